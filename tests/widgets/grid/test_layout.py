from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.grid.layout import GAP, place_columns
from widgets.grid.model import Column, check_columns

columns = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from([0, 80, 120]), st.integers(0, 3), st.booleans()), max_size=8
).map(lambda many: [Column(f"c{number}", "T", w, "left", 0, s, p, f) for number, (w, s, p, f) in enumerate(many)])


@given(columns=columns, available=st.integers(0, 120), screen=st.sampled_from([60, 80, 120, 200]))
def test_columns_never_overlap_and_leave_the_window_only_if_none_may_be_hidden(
    columns: list[Column], available: int, screen: int
) -> None:
    layout = place_columns(columns, available, screen)
    end = -GAP
    for place in layout.placed:
        assert place.x == end + GAP
        assert place.width >= columns[place.index].width
        end = place.x + place.width
    assert layout.width == max(end, 0)
    shown = [columns[place.index] for place in layout.placed]
    assert layout.width <= available or all(column.priority == 0 for column in shown)
    assert all(column.min_screen_width <= screen for column in shown)


def test_flexible_columns_share_what_is_left_over() -> None:
    pair = [Column("a", "A", 5, flexible=True), Column("b", "B", 5), Column("c", "C", 5, flexible=True)]
    layout = place_columns(pair, 24, 80)
    assert [place.width for place in layout.placed] == [9, 5, 8]
    assert layout.width == 24


def test_neighbouring_columns_make_one_span_and_distant_ones_two() -> None:
    layout = place_columns([Column(f"c{number}", "T", 4) for number in range(4)], 80, 80)
    assert layout.spans([1, 2]) == [(5, 14)]
    assert layout.spans([0, 3]) == [(0, 4), (15, 19)]
    assert layout.spans([9]) == []


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([Column("a", "A", 5), Column("a", "B", 5)], "name a key twice"),
        ([Column("a", "A", 0)], "a has width 0; expected at least 1"),
    ],
)
def test_impossible_columns_are_refused(columns: list[Column], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_columns(columns)
