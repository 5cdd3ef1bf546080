"""Every fact has one clear line."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from engine import facts as f
from engine.facts import Stamped
from engine.inputs import AlgoSpec
from engine.model.enums import AlertLevel, OrdType, Side, TradingState
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution
from engine.publish.fact_text import SENTENCES, Narrator
from engine.views import Denial
from tests.engine.journal.samples import KINDS, any_fact

AT = 1_700_000_000_000_000_000
REQUEST = OrderRequest(
    "SIM-1", "IBM", Side.BUY, Decimal(1000), OrdType.LIMIT, Decimal("190.50"), user="ann", tag="breakout"
)
QUOTE = Quote("IBM", Decimal("190.45"), Decimal("190.52"), None, None, AT - 120_000_000)
FILL = Execution(
    "E7", "K7Q000000001", "P-9", "SIM-1", "IBM", Side.BUY, Decimal(100), Decimal("190.5"), AT, Decimal("0.35")
)


def test_every_kind_of_fact_has_its_own_sentence() -> None:
    assert set(SENTENCES) == set(KINDS)


@given(any_fact)
def test_any_fact_is_told_in_one_printable_line(fact: f.Fact) -> None:
    text = Narrator().text(Stamped(1, AT, AT, fact))
    assert text
    assert text.isprintable()


TOLD = [
    (
        f.OrderIntended(14, "K7Q000000001", REQUEST, Decimal("190.50"), QUOTE, notes=("190.503 rounded down",)),
        "order 14 intended by ann: BUY 1,000 IBM LMT 190.50 DAY #breakout; checks passed at worst 190.50 on"
        " bid 190.45 ask 190.52, 120 ms old (190.503 rounded down)",
    ),
    (
        f.OrderDenied(
            14, "K7Q000000001", REQUEST, (Denial("MAX_POSITION_PCT", "0.12", "0.10", "IBM", "too much"),), None
        ),
        "order 14 DENIED by ann: BUY 1,000 IBM LMT 190.50 DAY #breakout:"
        " MAX_POSITION_PCT: value=0.12 limit=0.10 scope=IBM; no usable quote",
    ),
    (f.OrderWithheld("K7Q000000001", "gate closed"), "order K7Q000000001 WITHHELD, never sent: gate closed"),
    (f.OrderFilled(FILL), "order K7Q000000001 filled: bought 100 IBM at 190.5, fee 0.35, execution E7"),
    (f.OrderCanceled("K7Q000000001", "", Decimal(40)), "order K7Q000000001 canceled, 40 filled in all"),
    (f.CancelIntended("K7Q000000001", "ann", "", 3), "cancel of order K7Q000000001 intended by ann, attempt 3"),
    (
        f.ReplaceIntended(
            "K7Q000000001r1", "K7Q000000001", Decimal(80), Decimal("190.45"), None, Decimal("190.45"), "ann"
        ),
        "change of order K7Q000000001 to 80 at 190.45 intended by ann as K7Q000000001r1, at worst 190.45",
    ),
    (
        f.KillPulled(3, "console", "kill key", "grace", ("a", "b")),
        "KILL 3 pulled by console: kill key; 2 open orders, flatten after the grace period",
    ),
    (
        f.TradingStateSet("instrument:IBM", TradingState.REDUCING, "engine", "break"),
        "instrument:IBM is REDUCING by engine: break",
    ),
    (f.AlertRaised(1, AlertLevel.ALARM, "NOT_FLAT", "IBM is not flat"), "ALARM NOT_FLAT: IBM is not flat"),
    (
        f.AlgoLaunched(
            2,
            AlgoSpec("twap", "SIM-1", "IBM", Side.SELL, Decimal(500), 0, 1),
            ((0, Decimal(250)), (1, Decimal(250))),
            None,
        ),
        "algo 2 launched: TWAP SELL 500 IBM, 2 slices, arrival price unknown",
    ),
    (
        f.MarksSampled((("IBM", Decimal("190.45"), Decimal("190.52"), AT),), Decimal(5000000), None),
        "marks sampled: equity 5,000,000.00; IBM 190.45/190.52",
    ),
]


@pytest.mark.parametrize(("fact", "says"), TOLD, ids=lambda value: type(value).__name__)
def test_a_sentence_says_who_did_what_and_why(fact: f.Fact, says: str) -> None:
    told = Narrator().text(Stamped(1, AT, AT, fact))
    assert told == says


def test_an_order_is_called_by_its_number_once_that_was_told_and_so_are_its_changes() -> None:
    narrator = Narrator()
    change = f.ReplaceIntended("K7Q000000001r1", "K7Q000000001", Decimal(8), None, None, Decimal(1), "")
    told = [
        narrator.text(Stamped(seq, AT, AT, fact))
        for seq, fact in enumerate(
            [
                f.OrderAccepted("K7Q000000001", "P-9"),
                f.OrderIntended(14, "K7Q000000001", REQUEST, Decimal("190.50"), QUOTE),
                change,
                f.CancelIntended("K7Q000000001r1", "", ""),
            ],
            1,
        )
    ]
    assert told[0] == "order K7Q000000001 accepted, the broker's id P-9"
    assert told[2].startswith("change of order 14 to 8 intended as K7Q000000001r1")
    assert told[3] == "cancel of order 14 intended"


def test_the_state_may_know_numbers_that_were_never_told() -> None:
    narrator = Narrator({"K7Q000000001": 14}.get)
    assert narrator.text(Stamped(1, AT, AT, f.OrderExpired("K7Q000000001"))) == "order 14 expired"
    assert narrator.text(Stamped(2, AT, AT, f.OrderExpired("else"))) == "order else expired"


def test_what_a_broker_wrote_can_not_move_the_cursor() -> None:
    told = Narrator().text(Stamped(1, AT, AT, f.OrderRejected("X", "no\n\x1b[2Jmargin")))
    assert told == "order X REJECTED by the broker: no  [2Jmargin"
