"""corporate_actions.yaml: what it says, and what is wrong with it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from console.config.corporate_file import CORPORATE_ACTIONS, load_corporate_actions
from console.config.errors import ConfigError
from engine.model.corporate import CorporateAction


def load(folder: Path, text: str) -> tuple[CorporateAction, ...]:
    path = folder / "corporate_actions.yaml"
    path.write_text(text)
    path.chmod(0o600)
    return load_corporate_actions(path)


def test_a_split_a_symbol_change_and_a_dividend_are_read_as_they_stand(tmp_path: Path) -> None:
    text = CORPORATE_ACTIONS.replace("actions: []\n", "actions:\n").replace("#  -", "  -")
    assert load(tmp_path, text) == (
        CorporateAction("2014-06-09", "AAPL", Decimal(7), Decimal(1)),
        CorporateAction("2011-03-23", "QQQQ", to="QQQ"),
        CorporateAction("2014-05-08", "AAPL", dividend=Decimal("3.29")),
    )


def test_no_file_and_the_file_of_a_first_start_know_of_nothing(tmp_path: Path) -> None:
    assert load_corporate_actions(tmp_path / "corporate_actions.yaml") == ()
    assert load(tmp_path, CORPORATE_ACTIONS) == ()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{date: 2014-06-31, symbol: AAPL, split: '7:1'}", "actions.0.date"),
        ("{date: 2014-06-09, symbol: aapl, split: '7:1'}", "like AAPL"),
        ("{date: 2014-06-09, symbol: AAPL, split: 7}", 'like "7:1"'),
        ("{date: 2014-06-09, symbol: AAPL, split: '7:0'}", 'like "7:1"'),
        ("{date: 2014-06-09, symbol: AAPL}", "one of split, to and dividend"),
        ("{date: 2014-06-09, symbol: AAPL, split: '7:1', to: APPL}", "one of split, to and dividend"),
        ("{date: 2014-06-09, symbol: AAPL, dividend: -1}", "above 0"),
        ("{date: 2014-06-09, symbol: AAPL, dividnd: 1}", "nearest valid key 'dividend'"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_expected(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, f"actions:\n  - {line}\n")
    assert "corporate_actions.yaml:2" in str(raised.value)
    assert says in str(raised.value)
