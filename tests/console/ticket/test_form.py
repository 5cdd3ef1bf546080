"""The form without a screen: the line that it writes, which the grammar reads, and what keys do to its fields."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from console.grammar.parsed import GrammarError
from console.ticket import fields
from console.ticket.compose import compose
from console.ticket.editor import Editor
from console.ticket.fields import FIELDS, SIDES, SIZES
from console.ticket.form import Form
from console.ticket.prefill import prefilled
from console.verbs import load_grammar
from engine.inputs import LaunchAlgo, PlaceGroup, PlaceOrder
from engine.model.enums import OrdType, Side, TimeInForce
from tests.console.grammar.desk import context
from tests.support.desk_views import ALGOS, FILLS, ORDERS, POSITIONS, QUOTES, order

ONE = ("PAPER",)
GRAMMAR = load_grammar()
DESK = context(accounts=ONE)
BASE = {"symbol": "AAPL", "qty": "100", "limit": "190"}

LINES = [
    ({}, "buy 100 AAPL lmt 190 day"),
    ({"side": "short", "type": "mid", "tif": "ioc"}, "short 100 AAPL mid ioc"),
    ({"type": "mkt", "ext": "on", "tag": "dip"}, "buy 100 AAPL mkt day ext #dip"),
    ({"side": "sell", "qty": "half", "type": "mkt"}, "sell half AAPL mkt day"),
    ({"by": "money", "money": "10k"}, "buy $10k AAPL lmt 190 day"),
    ({"by": "money", "money": "$10k", "type": "mkt"}, "buy $10k AAPL mkt day"),
    ({"type": "stop", "stop": "195", "trigger": "last"}, "buy 100 AAPL stop 195 trigger last day"),
    ({"type": "stoplmt", "stop": "195", "limit": "195.5"}, "buy 100 AAPL stoplmt 195 195.5 day"),
    ({"side": "sell", "type": "trail", "trail": "2%", "reduce": "on"}, "sell 100 AAPL trail 2% day reduce"),
    ({"tif": "gtd", "until": "15:30"}, "buy 100 AAPL lmt 190 gtd 15:30"),
    ({"tif": "cls", "type": "mkt"}, "buy 100 AAPL mkt cls"),
    ({"tp": "195", "sl": "188", "full": "on"}, "buy 100 AAPL lmt 190 day tp 195 sl 188 full"),
    ({"sl": "trail 2%", "fit": "on"}, "buy 100 AAPL lmt 190 day sl trail 2% fit"),
    ({"by": "risk", "risk": "200", "sl": "188", "tp": "195"}, "buy risk 200 AAPL lmt 190 day tp 195 sl 188"),
    ({"by": "risk", "risk": "0.5%", "sl": "189", "limit": ""}, "buy risk 0.5% AAPL day sl 189"),
    (
        {"by": "kelly", "wins": "0.55", "payoff": "1.5", "fraction": "0.5", "cap": "20%", "fit": "on"},
        "buy kelly 0.55 1.5 fraction 0.5 cap 20% AAPL lmt 190 day fit",
    ),
    ({"by": "vol", "target": "10%", "realized": "25%", "type": "mkt"}, "buy vol 10% realized 25% AAPL mkt day"),
    (
        {"side": "sell", "group": "oco", "limit": "195", "type2": "stop", "stop2": "188", "tif": "gtc"},
        "oco sell 100 AAPL lmt 195 gtc / sell 100 AAPL stop 188 gtc",
    ),
    (
        {"group": "oto", "type2": "trail", "trail2": "2%", "qty2": "50", "full": "on", "reduce": "on"},
        "oto buy 100 AAPL lmt 190 day / sell 50 AAPL trail 2% day reduce full",
    ),
]


@pytest.mark.parametrize(("values", "line"), LINES, ids=[line for _, line in LINES])
def test_a_form_writes_the_line_that_a_trader_would_type(values: dict[str, str], line: str) -> None:
    composed = compose(Form(ONE, BASE | values))
    assert composed.text == line
    assert not composed.missing
    command = GRAMMAR.parse(line, DESK).command
    assert isinstance(command, PlaceOrder | PlaceGroup)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"when": "30m", "options": "slices 7", "tag": "x"}, "twap buy 100 AAPL duration 30m slices 7 #x"),
        ({"side": "sell", "when": "10:20-11:30", "within": "189.5"}, "twap sell 100 AAPL 10:20-11:30 limit 189.5"),
        ({"type": "pov", "when": "1h", "options": "rate 10%"}, "pov buy 100 AAPL duration 1h rate 10%"),
        ({"type": "iceberg", "within": "189.9", "options": "show 20"}, "iceberg buy 100 AAPL limit 189.9 show 20"),
        (
            {"type": "scale", "within": "1", "options": "from 189 to 185 steps 5"},
            "scale buy 100 AAPL from 189 to 185 steps 5",
        ),
    ],
)
def test_an_algo_is_written_in_its_own_words(values: dict[str, str], line: str) -> None:
    form = Form(ONE, BASE | {"type": "twap", "tp": "195", "tif": "gtc"} | values, fields.ALGOS)
    assert compose(form).text == line
    assert isinstance(GRAMMAR.parse(line, DESK).command, LaunchAlgo)
    assert Form(ONE, {"type": "twap"}).algo == "", "what the command language lacks is not offered"


def test_what_an_algo_lacks_is_said_where_it_belongs() -> None:
    at = {kind: compose(Form(ONE, BASE | {"type": kind}, fields.ALGOS)) for kind in ("twap", "scale")}
    assert at["twap"].field_at(len(at["twap"].text)) == "when"
    assert at["scale"].field_at(len(at["scale"].text)) == "options"


def test_a_desk_with_several_accounts_always_names_one() -> None:
    assert compose(Form(("PAPER", "B"), BASE)).text.endswith(" @PAPER")
    assert compose(Form(("PAPER", "B"), BASE | {"account": "B"})).text.endswith(" @B")
    assert "account" not in [field.id for field in Form(ONE).visible()]


@pytest.mark.parametrize(
    ("values", "missing", "text"),
    [
        ({}, "symbol", "buy "),
        ({"qty": "100"}, "symbol", "buy 100 "),
        ({"symbol": "AAPL"}, "qty", "buy "),
        ({"qty": "100", "symbol": "AAPL"}, "limit", "buy 100 AAPL lmt "),
        (BASE | {"type": "stoplmt", "stop": "195", "limit": ""}, "limit", "buy 100 AAPL stoplmt 195 "),
        (BASE | {"tif": "gtd"}, "until", "buy 100 AAPL lmt 190 gtd "),
        (BASE | {"by": "risk", "risk": "200"}, "sl", "buy risk 200 AAPL lmt 190 day "),
        (BASE | {"by": "kelly", "wins": "0.55"}, "payoff", "buy kelly 0.55 "),
        (BASE | {"group": "oco"}, "limit2", "oco buy 100 AAPL lmt 190 day / buy 100 AAPL lmt "),
    ],
)
def test_an_unfinished_form_ends_where_something_is_wanted(values: dict[str, str], missing: str, text: str) -> None:
    composed = compose(Form(ONE, values))
    assert (composed.text, composed.missing) == (text, missing)
    assert composed.field_at(len(text)) == missing
    with pytest.raises(GrammarError):
        GRAMMAR.parse(text, DESK)


def test_the_field_of_a_wrong_word_is_found() -> None:
    composed = compose(Form(ONE, BASE | {"limit": "cheap", "tp": "195"}))
    with pytest.raises(GrammarError) as caught:
        GRAMMAR.parse(composed.text, DESK)
    assert composed.field_at(caught.value.start) == "limit"


def test_no_form_says_anything_but_what_its_fields_say() -> None:
    """Every combination of choices: what the grammar makes of the line has the side, type and time of the form."""
    given = BASE | {"risk": "200", "wins": "0.55", "payoff": "1.5", "target": "10%", "realized": "25%", "money": "10k"}
    given |= {"until": "15:30", "stop": "191", "trail": "2%"}
    sides = {"buy": Side.BUY, "sell": Side.SELL, "short": Side.SELL_SHORT}
    types = {"lmt": OrdType.LIMIT, "mid": OrdType.LIMIT, "mkt": OrdType.MARKET, "stop": OrdType.STOP}
    types |= {"stoplmt": OrdType.STOP_LIMIT, "trail": OrdType.TRAILING_STOP}
    kinds = next(field for field in FIELDS if field.id == "type").choices
    times = next(field for field in FIELDS if field.id == "tif").choices
    read = 0
    for side, by, kind, tif in itertools.product(SIDES, SIZES, kinds, times):
        form = Form(ONE, given | {"side": side, "sl": "188" if side == "buy" else "193"})
        form["by"], form["type"], form["tif"] = by, kind, tif
        if form["type"] != kind:
            form["type"] = "lmt"
        try:
            command = GRAMMAR.parse(compose(form).text, DESK).command
        except GrammarError:
            continue
        assert isinstance(command, PlaceGroup), "with a stop loss it is a bracket"
        entry, stop = command.requests
        read += 1
        assert entry.side is sides[side]
        assert entry.ord_type is types[form["type"]]
        assert entry.time_in_force is TimeInForce(tif)
        assert stop.stop_px == Decimal(form["sl"])
    assert read > 250, "most of them mean something"


def test_a_size_from_risk_has_no_type_that_its_stop_could_be_taken_for() -> None:
    form = Form(ONE, BASE | {"type": "stop", "stop": "195"})
    form["by"] = "risk"
    assert form["type"] == "lmt"
    assert form.field("type").choices == ("lmt", "mkt", "mid", "stoplmt")


# --- what it begins with ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (POSITIONS[0], {"symbol": "BAC", "account": "SIM-1", "side": "buy", "qty": "all"}),
        (POSITIONS[1], {"symbol": "IBM", "account": "SIM-1", "side": "sell", "qty": "all"}),
        (POSITIONS[4], {"symbol": "XOM", "account": "SIM-1"}),
        (QUOTES[0], {"symbol": "AAPL"}),
        (FILLS[0], {"symbol": "IBM", "account": "SIM-1"}),
        (ALGOS[1], {"symbol": "MSFT", "account": "SIM-1"}),
        (None, {}),
    ],
)
def test_a_row_gives_what_it_has(row: object, expected: dict[str, str]) -> None:
    assert prefilled(row) == expected


def test_an_order_gives_another_like_it() -> None:
    assert compose(Form(("SIM-1",), prefilled(ORDERS[2]))).text == "buy 200 SPY lmt 167.90 day #dip"
    assert compose(Form(("SIM-1",), prefilled(ORDERS[4]))).text == "buy 5000 BAC stop 14.20 day"
    trailing = msgspec.structs.replace(
        order(40, "SPY", Side.SELL, "100", None), ord_type=OrdType.TRAILING_STOP, stop_px=Decimal("165"), trail="2%"
    )
    assert compose(Form(("SIM-1",), prefilled(trailing))).text == "sell 100 SPY trail 2% day"


# --- keys in fields --------------------------------------------------------------------------------------------------


def editor(field_id: str, **values: str) -> Editor:
    return Editor(Form(ONE, BASE | values), field_id)


def test_a_letter_chooses_and_again_the_next_with_that_letter() -> None:
    at = editor("side")
    assert at.type("s")
    assert at.form["side"] == "sell"
    assert at.type("s")
    assert at.form["side"] == "short"
    assert not at.type("x")
    assert (at.form["side"], at.unheard) == ("short", "x")
    assert at.type("b")
    assert (at.form["side"], at.unheard) == ("buy", "")
    assert not at.type("b"), "the only one with that letter"
    assert at.unheard == ""


@pytest.mark.parametrize("after", [lambda at: at.step(1), lambda at: at.turn(1), lambda at: at.clear()])
def test_what_meant_nothing_is_remembered_until_the_next_key(after: Callable[[Editor], object]) -> None:
    at = editor("reduce")
    assert not at.type("q")
    assert at.unheard == "q"
    after(at)
    assert at.unheard == ""


def test_choices_turn_both_ways_and_around_the_ends() -> None:
    at = editor("tif")
    assert at.turn(-1)
    assert at.form["tif"] == "cls"
    assert at.type(" ")
    assert at.form["tif"] == "day"


def test_a_text_is_edited_where_the_cursor_stands() -> None:
    at = editor("limit")
    at.turn(1)
    at.turn(-1)
    at.turn(-1)
    assert at.type("8")
    assert at.form["limit"] == "1890"
    assert at.edit("backspace")
    assert at.edit("delete")
    assert at.form["limit"] == "10"
    assert at.edit("home") is False
    assert at.type("9")
    assert at.form["limit"] == "910"
    assert at.edit("f5") is None
    assert at.clear()
    assert at.form["limit"] == ""


@pytest.mark.parametrize(
    ("key", "text"), [("7", "7"), ("backspace", ""), ("delete", ""), ("home", "7190"), ("end", "1907")]
)
def test_what_is_typed_into_a_field_just_reached_takes_the_place_of_its_text(key: str, text: str) -> None:
    at = editor("qty")
    at.go("limit")
    assert at.selected
    if key in ("home", "end"):
        at.edit(key)
        at.type("7")
    elif len(key) == 1:
        at.type(key)
    else:
        at.edit(key)
    assert at.form["limit"] == text
    assert not at.selected


def test_blanks_are_taken_only_where_words_belong() -> None:
    at = editor("limit")
    assert not at.type(" ")
    at = editor("sl")
    assert at.paste("trail 2%\ncxl all\n")
    assert at.form["sl"] == "trail 2%"


def test_the_cursor_goes_through_visible_fields_only_and_around() -> None:
    at = editor("type", type="mkt")
    at.step(1)
    assert at.field.id == "group"
    at.go("limit")
    assert at.field.id == "side", "there is no limit of a market order"
    at.step(-1)
    assert at.field.id == "tag"
