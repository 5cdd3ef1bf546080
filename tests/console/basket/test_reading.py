"""A basket's file: what its rows become, and how each mistake is named with its row and column."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from console.basket.reading import BasketFileError, Reading, name_of, read_basket, read_file
from console.basket.rows import COLUMNS, MOST_TEXT
from console.verbs import load_grammar
from engine.model.basket import MOST_LINES, digest_of
from engine.model.enums import OrdType, Side, TimeInForce
from tests.console.grammar.desk import context

GRAMMAR = load_grammar()
D = Decimal


def read(text: str, name: str = "morning") -> Reading:
    return read_basket(text, name, GRAMMAR, context())


def mistakes(text: str) -> list[str]:
    return [str(problem) for problem in read(text).problems]


def test_rows_become_orders_with_every_choice_made() -> None:
    found = read(
        "side,qty,symbol,type,px,stop,trail,tif,ext,reduce,account,tag\n"
        "buy,100,aapl,lmt,190.50,,,gtc,,,,core\n"
        "sell,40,IBM,mkt,,,,,,yes,,\n"
        "\n"
        "# what follows protects\n"
        "sell,10,aapl,,185,188,,,,,PAPER2,\n"
        "SHORT,20,tsla,trail,,,2%,day,yes,,,\n"
    )
    assert not found.problems
    requests = [item.requests[0] for item in found.items]
    assert [item.row for item in found.items] == [2, 3, 6, 7]
    assert [r.side for r in requests] == [Side.BUY, Side.SELL, Side.SELL, Side.SELL_SHORT]
    kinds = [OrdType.LIMIT, OrdType.MARKET, OrdType.STOP_LIMIT, OrdType.TRAILING_STOP]
    assert [r.ord_type for r in requests] == kinds
    assert (requests[0].limit_px, requests[0].time_in_force) == (D("190.50"), TimeInForce.GTC)
    assert (requests[2].stop_px, requests[2].limit_px, requests[2].account) == (D(188), D(185), "PAPER2")
    assert (requests[3].trail_pct, requests[3].extended, requests[1].reduce_only) == (D("0.02"), True, True)
    assert [r.tag for r in requests] == ["core", "morning", "morning", "morning"]
    assert {r.user for r in requests} == {"ann"}


def test_a_file_of_lines_takes_brackets_and_packages_as_well() -> None:
    found = read(
        "line\n"
        "buy 100 aapl lmt 190.5 tp 195 sl 188\n"
        "buy 1 aapl131220c190 / sell 1 aapl131220c200 lmt 3.10 #spread\n"
        'oco sell 100 ibm lmt 195 gtc / sell 100 ibm stop 170 gtc #"two words"\n'
    )
    assert not found.problems
    assert [item.contingency for item in found.items] == ["bracket", None, "oco"]
    assert len(found.items[0].requests) == 3
    assert len(found.items[1].requests[0].legs) == 2
    assert found.items[2].requests[0].tag == "two words"
    assert 'gtc @PAPER #"two words"' in found.items[2].line


def test_every_mistake_is_named_with_its_row_and_column() -> None:
    found = mistakes(
        "side,qty,symbol,type,px,tif,ext\n"
        "bye,100,aapl,lmt,190,day,\n"
        "buy,,aapl,lmt,190,day,\n"
        "buy,many,aapl,lmt,190,day,\n"
        "buy,10,zzzz,lmt,190,day,\n"
        "buy,10,aapl,peg,190,day,\n"
        "buy,10,aapl,mkt,190,day,\n"
        "buy,10,aapl,lmt,,day,\n"
        "buy,10,aapl,lmt,dear,day,\n"
        "buy,10,aapl,lmt,190,later,\n"
        "buy,10,aapl,lmt,190,day,perhaps\n"
        "buy,10,aapl,lmt,190,day,,more\n"
        "buy,10,aapl,,,day,\n"
        "buy,10 20,aapl,mkt,,day,\n"
    )
    starts = [
        "row 2, column side: 'bye' is no command",
        "row 3, column qty: nothing is given; expected 100",
        "row 4, column qty: 'many' is no quantity",
        "row 5, column symbol: 'zzzz' is no symbol",
        "row 6, column type: 'peg' is no type of order; expected mkt, mid, lmt",
        "row 7, column px: '190' has no meaning with mkt",
        "row 8, column px: nothing is given; expected 190.50",
        "row 9, column px: 'dear' is no price",
        "row 10, column tif: 'later' can't stand here; expected",
        "row 11, column ext: 'perhaps' is neither yes nor no",
        "row 12: 8 cells under 7 columns",
        "row 13, column type: nothing is given, and no px",
        "row 14, column qty: '10 20' is more than one word",
    ]
    assert len(found) == len(starts)
    for said, start in zip(found, starts, strict=True):
        assert said.startswith(start)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty; expected a header like side,qty,symbol,type,px"),
        ("side,qty,symbol\n", "the file has a header and no orders"),
        ("side,qty,symbol,colour\nbuy,1,aapl,red\n", "row 1, column colour: is no column; expected side, qty"),
        ("side,qty\nbuy,1\n", "row 1, column symbol: the column is missing"),
        ("side,qty,shares,symbol\nbuy,1,1,aapl\n", "row 1, column shares: the column qty is there twice"),
        ("line,tag\nbuy 1 aapl mkt,x\n", "row 1, column line: a file with a column line has no other"),
        ("line\nflat all\n", "row 2, column line: flat is no order; a basket has orders only"),
        ("line\ntwap buy 100 aapl 30m\n", "row 2, column line: twap is no order"),
        ("line\nbuy 100 aapl lmt 190 fit\n", "row 2, column line: fit has no place in a basket"),
        ("x" * (MOST_TEXT + 1), f"the file has {MOST_TEXT + 1} characters; a basket's has at most {MOST_TEXT}"),
        ("line\n" + "buy 1 aapl lmt 190\n" * (MOST_LINES + 1), f"{MOST_LINES + 1} orders; a basket has at most"),
    ],
)
def test_a_file_that_is_none_says_why(text: str, said: str) -> None:
    (found,) = mistakes(text)
    assert found.startswith(said)
    assert not read(text).items


def test_good_rows_are_kept_beside_bad_ones() -> None:
    found = read("side,qty,symbol,px\nbuy,10,aapl,190\nbuy,10,nothing,190\n")
    assert [item.row for item in found.items] == [2]
    assert [problem.row for problem in found.problems] == [3]


def test_a_missing_quote_is_told_apart_from_a_mistake() -> None:
    found = read("side,qty,symbol,type\nbuy,10,msft,mid\nbuy,10,aapl,mid\n")
    assert found.quotes == ("MSFT",)
    assert [item.requests[0].symbol for item in found.items] == ["AAPL"]


def test_other_separators_and_other_names_of_columns_do() -> None:
    for mark in ";\t":
        text = f"Action{mark}Quantity{mark}Ticker{mark}Limit Px\nbuy{mark}1{mark}aapl{mark}190\n"
        # A blank in a name is an underscore.
        assert not read("\ufeff" + text).problems


def test_an_order_by_the_market_is_the_same_at_another_price() -> None:
    same = digest_of(read("side,qty,symbol,type\nbuy,10,aapl,mid\n").items)
    items = read("side,qty,symbol,type\nbuy,10,aapl,mid\n", name="other").items
    moved = tuple(type(item)(item.row, item.line, item.requests, said=item.said) for item in items)
    assert digest_of(moved) == same
    assert digest_of(read("side,qty,symbol,type,px\nbuy,10,aapl,lmt,@bid\n").items) != same
    assert digest_of(read("line\nbuy 10 aapl lmt 190\n").items) == digest_of(
        read("side,qty,symbol,px\nbuy,10,aapl,190.00\n", name="x").items
    )


def test_the_file_names_the_basket(tmp_path: Path) -> None:
    assert name_of("books/am rebalance (2).csv") == "am-rebalance-2"
    assert name_of(".csv") == "csv"
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BasketFileError, match="is no text"):
        read_file(str(path))
    with pytest.raises(BasketFileError, match="can't be read: No such file"):
        read_file(str(tmp_path / "none.csv"))


def test_every_column_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "baskets.md").read_text(encoding="utf-8")
    for name in COLUMNS:
        assert f"| `{name}` |" in page
