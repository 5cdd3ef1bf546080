"""`limit`: key, scope and value are checked before anybody is asked for a word; percentages are shares."""

from __future__ import annotations

import pytest

from console.grammar.parsed import GrammarError
from engine.inputs import SetLimit
from tests.console.grammar.lines import parse

QTY = "risk.max_order_qty"


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        (f"limit {QTY} 500", QTY, "500"),
        ("limit risk.max_position_pct 5%", "risk.max_position_pct", "0.05"),
        ("limit risk.max_position_pct 0.05", "risk.max_position_pct", "0.05"),
        ("limit risk.max_gross_exposure 150%", "risk.max_gross_exposure", "1.5"),
        ("limit risk.max_correlation off", "risk.max_correlation", "off"),
        (f"limit account:PAPER2/{QTY} 5", f"account:PAPER2/{QTY}", "5"),
        (f"limit user:root/{QTY} 5", f"user:root/{QTY}", "5"),
        (f"limit user:uid4711/{QTY} 5", f"user:uid4711/{QTY}", "5"),
        (f"limit instrument:aapl/{QTY} 5", f"instrument:AAPL/{QTY}", "5"),
    ],
)
def test_a_limit_line_means_that_and_asks_for_the_word(line: str, key: str, value: str) -> None:
    parsed = parse(f"{line} reason thin book")
    assert parsed.command == SetLimit(key, value, "thin book", "ann")
    assert (parsed.level, parsed.confirm, parsed.notes) == (3, "LIMIT", ())
    assert parse(parsed.echo).command == parsed.command


def test_a_strategy_may_come_later_and_that_is_said() -> None:
    parsed = parse(f"limit strategy:mean/{QTY} 5 reason new")
    assert "once orders name it" in parsed.notes[0]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("limit risk.max_order_qtty 5 reason x", "did you mean risk.max_order_qty?"),
        (f"limit {QTY} lots reason x", "lots"),
        (f"limit {QTY} 5% reason x", "risk.max_order_qty takes no percentage, like 50000"),
        ("limit risk.max_position_pct 150% reason x", "can't be above 1"),
        ("limit risk.max_position_pct 0% reason x", "takes a percentage above 0"),
        ("limit risk.max_position_pct 0 reason x", "must be above 0"),
        (f"limit account:NONE/{QTY} 5 reason x", "'NONE' is no account of this desk"),
        (f"limit account:paper/{QTY} 5 reason x", "expected PAPER, PAPER2, HEDGE"),
        (f"limit user:no-such-login/{QTY} 5 reason x", "the system knows no user 'no-such-login'"),
        (f"limit instrument:nosuch/{QTY} 5 reason x", "'NOSUCH' is no instrument of the universe"),
        (f"limit planet:mars/{QTY} 5 reason x", "expected account:NAME, strategy:NAME, user:NAME, instrument:NAME"),
        ("limit user:root/risk.max_daily_loss_pct 5% reason x", "not for one user"),
        (f"limit {QTY} 5", "why?"),
    ],
)
def test_what_can_not_be_is_refused_before_it_is_confirmed(line: str, says: str) -> None:
    with pytest.raises(GrammarError) as raised:
        parse(line)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
