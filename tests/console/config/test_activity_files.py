"""restricted.yaml and locates.yaml: what they say, and what is wrong with them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from console.config.activity_files import LOCATES, RESTRICTED, load_locates, load_restricted
from console.config.errors import ConfigError
from engine.model.restricted import Restriction


def written(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_what_ships_forbids_nothing_and_locates_nothing(tmp_path: Path) -> None:
    assert not load_restricted(written(tmp_path, RESTRICTED)).lines
    locates = load_locates(written(tmp_path, LOCATES))
    assert locates.located("XYZ", "PAPER", "2026-11-26") == 0
    assert not locates.is_easy("XYZ")


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    assert not load_restricted(tmp_path / "restricted.yaml").lines
    assert load_locates(tmp_path / "locates.yaml").located("XYZ", "PAPER", "2026-11-26") == 0


def test_the_commented_lines_of_both_files_are_good_ones(tmp_path: Path) -> None:
    """Whoever takes the comment sign away gets what the line says."""
    text = RESTRICTED.replace("restricted: []", "restricted:").replace("#  - ", "  - ")
    listed = load_restricted(written(tmp_path, text))
    assert listed.covering("XYZ", "PAPER", "2026-01-01") == Restriction("XYZ", "insider list")
    line = listed.covering("ABC", "PAPER", "2026-12-31")
    assert line == Restriction("ABC", "winding down", "PAPER", True, "2026-12-31")
    assert listed.covering("ABC", "PAPER", "2027-01-01") is None
    assert listed.covering("ABC", "OTHER", "2026-01-01") is None
    text = LOCATES.replace("locates: []", "locates:").replace("#  - ", "  - ").replace("borrow: []", "borrow: [GME]")
    locates = load_locates(written(tmp_path, text))
    assert locates.located("XYZ", "PAPER", "2026-11-26") == Decimal(500)
    assert locates.is_easy("GME")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("restricted:\n  - {symbol: xyz, side: all, reason: x}", "symbol"),
        ("restricted:\n  - {symbol: XYZ, side: buy, reason: x}", "all or close_only"),
        ("restricted:\n  - {symbol: XYZ, reason: x}", "side"),
        ("restricted:\n  - {symbol: XYZ, side: all}", "reason"),
        ("restricted:\n  - {symbol: XYZ, side: all, reason: x, until: tomorrow}", "a date like"),
        ("restricted:\n  - {symbol: XYZ, side: all, reason: x, untill: 2026-01-01}", "untill"),
        ("restrict: []", "restrict"),
    ],
)
def test_a_slip_in_the_restricted_list_is_refused_and_named(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_restricted(written(tmp_path, text))
    assert what in str(raised.value)
    assert "file.yaml" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("locates:\n  - {symbol: XYZ, qty: 0, date: 2026-01-01, source: x}", "qty"),
        ("locates:\n  - {symbol: XYZ, qty: -5, date: 2026-01-01, source: x}", "qty"),
        ("locates:\n  - {symbol: XYZ, qty: NaN, date: 2026-01-01, source: x}", "qty"),
        ("locates:\n  - {symbol: XYZ, qty: 5, source: x}", "date"),
        ("locates:\n  - {symbol: XYZ, qty: 5, date: 2026-02-30, source: x}", "a date like"),
        ("locates:\n  - {symbol: XYZ, qty: 5, date: 2026-01-01}", "source"),
        ("easy_to_borrow: [gme]", "easy_to_borrow"),
    ],
)
def test_a_slip_in_the_locates_is_refused_and_named(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_locates(written(tmp_path, text))
    assert what in str(raised.value)
