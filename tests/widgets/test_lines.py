"""The few-line widgets: what they repaint, and how they cut."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Region

from widgets.glyphs import ASCII, UNICODE, bar, glyphs_for
from widgets.lines import Line, Lines, Part, changed_spans, clipped, in_ascii, justified, length

parts = st.lists(st.tuples(st.text("abc ", max_size=8), st.sampled_from(["normal", "dim"])), max_size=6)


@given(parts, parts)
def test_what_is_outside_the_changed_spans_is_equal(old: list[Part], new: list[Part]) -> None:
    spans = changed_spans(old, new)
    before = [(c, s) for text, s in old for c in text]
    after = [(c, s) for text, s in new for c in text]
    for x in range(max(len(before), len(after))):
        inside = any(start <= x < end for start, end in spans)
        same = x < len(before) and x < len(after) and before[x] == after[x]
        assert inside or same
    assert spans == sorted(spans)


@given(parts, st.integers(min_value=0, max_value=60))
def test_a_clipped_line_fits(line: list[Part], width: int) -> None:
    assert length(clipped(line, width)) <= width


@given(parts, parts, st.integers(min_value=30, max_value=120))
def test_a_justified_line_fills_its_width_and_keeps_its_right_end(
    left: list[Part], right: list[Part], width: int
) -> None:
    right = clipped(right, 20)
    line = justified(left, right, width)
    assert length(line) == width
    assert "".join(text for text, _ in line).endswith("".join(text for text, _ in right))


class Counter(Lines):
    """Two lines, of which one changes."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.regions: list[Region] = []

    def build(self, width: int) -> Sequence[Line]:
        return [[("constant", "dim")], [("count ", "label"), (f"{self.number:4}", "strong")]]

    def refresh(self, *regions: Region, **options: object) -> Counter:  # type: ignore[override]
        self.regions.extend(regions)
        return super().refresh(*regions, **options)  # type: ignore[arg-type]


async def test_only_the_cells_that_changed_are_repainted() -> None:
    class CounterApp(App[None]):
        CSS = "Counter { height: 2; }"

        def compose(self) -> ComposeResult:
            yield Counter()

    app = CounterApp()
    async with app.run_test(size=(40, 4)) as pilot:
        counter = app.query_one(Counter)
        await pilot.pause()
        counter.regions.clear()
        counter.redraw()
        assert counter.regions == []
        counter.number = 7
        counter.redraw()
        assert counter.regions == [Region(9, 1, 1, 1)]


@given(st.floats(min_value=-1, max_value=3), st.integers(min_value=1, max_value=40))
def test_a_bar_shows_something_for_something_and_full_only_for_all(share: float, width: int) -> None:
    text = bar(share, width, UNICODE)
    assert len(text) == width
    assert (UNICODE.full in text) == (share > 0)
    if width > 1:
        assert (UNICODE.empty in text) == (share < 1)


def test_a_mark_stands_where_the_schedule_is() -> None:
    assert bar(0.5, 8, ASCII, 0.75) == "####..|."
    assert bar(1.0, 4, ASCII, 1.0) == "###|"


def test_ascii_signs_are_ascii_and_one_cell_wide() -> None:
    for name in ASCII.__struct_fields__:
        sign = getattr(ASCII, name)
        assert sign.isascii()
        assert len(sign) == len(getattr(UNICODE, name)) == (8 if name == "levels" else 1)


@given(st.text())
def test_any_text_can_be_written_in_ascii_at_the_same_length(text: str) -> None:
    assert in_ascii(text).isascii()
    assert len(in_ascii(text)) == len(text)


def test_the_axes_of_a_chart_have_stand_ins_of_their_own() -> None:
    assert in_ascii("9.5┤ │ └┬──┴┼") == "9.5+ | ++--++"


def test_the_locale_decides_about_unicode() -> None:
    assert glyphs_for({"LANG": "en_US.UTF-8"}) is UNICODE
    assert glyphs_for({"LANG": "en_US.UTF-8", "LC_ALL": "C"}) is ASCII
    assert glyphs_for({"LC_CTYPE": "C.utf8"}) is UNICODE
    assert glyphs_for({}) is ASCII
