"""The page: well-formed, self-contained, and nothing that a name says is more than text."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.tca import charts
from console.tca.page import page
from engine import facts as f
from engine.model.enums import Side
from engine.tca.book import TcaBook
from engine.tca.groups import Choice
from tests.engine.dealing import BUY, SELL, Dealing

D = Decimal
EVIL = "<script>alert(1)</script>"


def book_of(*, broker: str = "sim") -> TcaBook:
    desk = Dealing("300").connect()
    for n in range(4):
        order = desk.place(BUY if n % 2 else SELL, "20", "100.05" if n % 2 else "99.95")
        desk.fill(order, "10", "100.02")
        desk.pass_s(2)
        desk.fill(order, "10", "100.03")
        desk.pass_s(2)
    book = TcaBook()
    for wall_ns, market_ns, fact in desk.stamped:
        if isinstance(fact, f.DeskOpened):
            fact = f.DeskOpened("D", "paper", "A1", broker, "USD", "average", "", "", "0")
        book.apply(fact, wall_ns, market_ns)
    return book


class Tags(HTMLParser):
    """Which elements there are, and whether each is closed by its own end."""

    VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone() -> None:
    text = page(book_of(), Choice())
    tags = Tags(text)
    assert {"svg", "table", "h1", "style"} <= tags.seen
    assert not tags.seen & {"script", "link", "img", "iframe", "object", "form", "input", "a", "base"}
    assert not tags.attributes & {"href", "src", "xlink:href", "onload", "onclick", "style"}
    assert "url(" not in text
    assert not re.search(r"https?:", text)
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ET.fromstring(svg)


def test_a_name_is_text_wherever_it_stands() -> None:
    text = page(book_of(broker=EVIL), Choice(broker=EVIL))
    assert "script" not in Tags(text).seen
    assert "&lt;script&gt;" in text


def test_nothing_chosen_is_a_page_that_says_so() -> None:
    text = page(book_of(), Choice(symbol="NONE"))
    Tags(text)
    assert "Nothing was traded" in text


def test_figures_of_the_page_are_those_of_the_measure() -> None:
    text = page(book_of(), Choice())
    assert "order 2 buy IBM" in text
    # Bought 20 at 100.025 on average with 100.00 at release: 2.5 bps.
    assert "<td>2.5</td>" in text


VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, allow_subnormal=False)), min_size=1, max_size=12)


@settings(max_examples=25)
@given(VALUES, st.text(max_size=30))
def test_bars_and_lines_are_well_formed_whatever_they_show(values: list[float | None], name: str) -> None:
    # What XML can't hold at all, names of brokers and symbols don't either.
    name = "".join(c for c in name if c.isprintable())
    labels = [f"{name} {at}" for at in range(len(values))]
    errors = [abs(value) / 3 if value is not None else None for value in values]
    for draw in (charts.bars, charts.lines):
        drawn = draw(name, labels, [charts.Series(name, values, errors), charts.Series("b", values)], name)
        ET.fromstring(drawn)
        numbers = re.findall(r' (?:x|y|x1|x2|y1|y2|cx|cy|r|width|height)="([^"]*)"', drawn)
        assert all(math.isfinite(float(number)) for number in numbers)


@settings(max_examples=25)
@given(st.lists(st.floats(-1e5, 1e5, allow_subnormal=False), min_size=1, max_size=80))
def test_every_value_is_in_the_histogram(values: list[float]) -> None:
    drawn = charts.histogram("h", values, "bps", [("median", sorted(values)[len(values) // 2])])
    ET.fromstring(drawn)
    assert sum(int(count) for count in re.findall(r"bps: (\d+)</title>", drawn)) == len(values)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(1, 1e5), st.floats(1, 1e6)), min_size=1, max_size=20))
def test_dots_stay_within_their_frame(found: list[tuple[float, float, float]]) -> None:
    points = [charts.Point(x, y, size, "fill") for x, y, size in found]
    drawn = charts.dots("d", points, [charts.Level("arrival", found[0][1])], ("a", "b"), "price")
    ET.fromstring(drawn)
    for x, y in re.findall(r'cx="([^"]*)" cy="([^"]*)"', drawn):
        assert 0 <= float(x) <= charts.WIDTH
        assert 0 <= float(y) <= charts.HEIGHT


def test_ticks_are_round_numbers_within_the_range() -> None:
    drawn = charts.bars("t", ["a"], [charts.Series("s", [7.3])], "bps")
    assert re.findall(r'text-anchor="end">([^<]*)<', drawn) == ["0", "2", "4", "6"]


@pytest.mark.parametrize("value", [0.0, -3.0, 1e-9])
def test_one_value_alone_has_an_axis(value: float) -> None:
    ET.fromstring(charts.bars("t", ["a"], [charts.Series("s", [value])], "bps"))


def test_ticks_of_an_axis_have_the_same_places() -> None:
    points = [charts.Point(n, 1185.48 + n / 50, 10.0, "fill") for n in range(4)]
    drawn = charts.dots("t", points, [], ("a", "b"), "price")
    assert re.findall(r'text-anchor="end">([\d,.]*)<', drawn) == ["1,185.48", "1,185.50", "1,185.52", "1,185.54"]


def test_a_short_sale_is_named_as_it_is_typed() -> None:
    desk = Dealing().connect()
    order = desk.place(Side.SELL_SHORT, "20", "99.95")
    desk.fill(order, "20", "99.95")
    book = TcaBook()
    for wall_ns, market_ns, fact in desk.stamped:
        book.apply(fact, wall_ns, market_ns)
    assert f"order {order.id} short IBM" in page(book, Choice())
