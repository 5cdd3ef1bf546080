from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.widgets.grid.painted import COLUMNS, Painted, PaintedCompactly, row
from widgets.grid import Cell, Column, GridTable, Row


def keys_of(app: Painted) -> list[str]:
    return [line.split()[0] for line in app.lines()[1:] if line.strip()]


async def start(pilot: Pilot[Any], focused: bool = False) -> Painted:
    app = pilot.app
    assert isinstance(app, Painted)
    if not focused:
        await pilot.press("tab")
    await app.settle(pilot)
    return app


class TestWhatIsShown:
    async def test_the_header_and_the_cells_stand_under_one_another(self) -> None:
        async with Painted().run_test(size=(60, 10)) as pilot:
            app = await start(pilot)
            app.show([row("AAPL", "190.50", "100", "abc"), row("IBM", "7.1", "5", "")])
            await pilot.pause()
            assert app.lines()[:3] == [
                "Symbol       Price    Qty Note",
                "AAPL        190.50    100 abc",
                "IBM           7.1       5",
            ]

    async def test_set_rows_alone_shows_nothing_and_a_flush_shows_it(self) -> None:
        async with Painted().run_test(size=(60, 10)) as pilot:
            app = await start(pilot)
            app.table.set_rows([row("AAPL")])
            await pilot.pause()
            assert keys_of(app) == []
            app.table.flush()
            await pilot.pause()
            assert keys_of(app) == ["AAPL"]

    async def test_an_empty_table_says_so_until_rows_come_and_again_when_they_are_gone(self) -> None:
        async with Painted(empty="no positions").run_test(size=(60, 10)) as pilot:
            app = await start(pilot)
            assert app.lines()[1] == "no positions"
            app.show([row("AAPL")])
            await pilot.pause()
            assert app.lines()[1].startswith("AAPL")
            app.show([])
            await pilot.pause()
            assert app.lines()[1] == "no positions"
            app.table.set_empty("flat")
            await pilot.pause()
            assert app.lines()[1] == "flat"

    async def test_a_sort_marker_stands_at_its_title(self) -> None:
        async with Painted().run_test(size=(60, 10)) as pilot:
            app = await start(pilot)
            app.table.set_sort_marker("price", descending=True)
            await pilot.pause()
            assert app.lines()[0] == "Symbol      Price▼    Qty Note"
            app.table.set_sort_marker(None)
            await pilot.pause()
            assert app.lines()[0] == "Symbol       Price    Qty Note"

    async def test_ascii_only_uses_no_other_character(self) -> None:
        async with Painted(ascii_only=True).run_test(size=(60, 10)) as pilot:
            app = await start(pilot)
            app.table.set_sort_marker("symbol")
            app.show([row("Zürich überlang", note="日本語")])
            await pilot.pause()
            shown = "".join(app.lines())
            assert shown.isascii()
            assert "Symbol^" in shown
            assert "Zurich >" in shown

    async def test_wide_and_combining_characters_do_not_move_the_columns(self) -> None:
        odd = [
            "日本語日本語",
            "e\u0301e\u0301e\u0301",
            "👩\u200d👩\u200d👧",
            "a\tb\nc",
            "\x1b[31mred",
            "\u202eabc",
            "❤\ufe0f",
        ]
        async with Painted().run_test(size=(60, 12)) as pilot:
            app = await start(pilot)
            app.show([Row(f"k{number}", (text, "1.00", "7", "end")) for number, text in enumerate(odd)])
            await pilot.pause()
            for line in range(1, len(odd) + 1):
                drawn = [app.terminal.buffer[line][x].data for x in range(60)]
                assert drawn[24] == "7", f"{odd[line - 1]!r} moved its line"
                assert drawn[26:29] == ["e", "n", "d"]

    async def test_a_number_too_long_for_its_column_is_not_cut_but_marked(self) -> None:
        async with Painted().run_test(size=(60, 10)) as pilot:
            app = await start(pilot)
            app.show([row("AAPL", "1,234,567.00")])
            await pilot.pause()
            assert app.lines()[1].split()[1] == "#########"

    async def test_a_row_with_too_few_cells_leaves_the_rest_empty(self) -> None:
        async with Painted().run_test(size=(60, 10)) as pilot:
            app = await start(pilot)
            app.show([Row("k", ("only",))])
            await pilot.pause()
            assert app.lines()[1] == "only"

    async def test_an_unknown_style_is_named(self) -> None:
        async def show_purple() -> None:
            async with Painted().run_test(size=(60, 10)) as pilot:
                app = await start(pilot)
                app.show([Row("k", (Cell("x", "purple"),))])
                await pilot.pause()

        with pytest.raises(ValueError, match="'purple' is no cell style; expected one of normal, up, down"):
            await show_purple()

    async def test_a_repeated_key_is_named(self) -> None:
        with pytest.raises(ValueError, match="'IBM' is the key of more than one row"):
            GridTable(COLUMNS).set_rows([row("IBM"), row("IBM")])


class TestSizes:
    async def test_columns_hide_on_narrow_screens_and_by_priority(self) -> None:
        async with Painted().run_test(size=(60, 10)) as pilot:
            app = await start(pilot)
            app.show([row("AAPL", note="note")])
            await pilot.resize_terminal(39, 10)
            await pilot.pause()
            assert app.lines()[0].split() == ["Symbol", "Price", "Note"]
            await pilot.resize_terminal(24, 10)
            await pilot.pause()
            assert app.lines()[0].split() == ["Symbol", "Price"]
            await pilot.resize_terminal(80, 10)
            await pilot.pause()
            assert app.lines()[0].split() == ["Symbol", "Price", "Qty", "Note"]

    async def test_a_table_wider_than_its_window_scrolls_sideways(self) -> None:
        columns = [Column(f"c{number}", f"T{number}", 10) for number in range(10)]
        async with Painted(columns).run_test(size=(40, 10)) as pilot:
            app = await start(pilot, focused=True)
            app.show([Row("k", tuple(f"v{number}" for number in range(10)))])
            await pilot.pause()
            assert app.lines()[0].split() == ["T0", "T1", "T2", "T3", "›"], "a marker says that there is more"
            assert app.lines()[1].split() == ["v0", "v1", "v2", "v3"]
            for _ in range(20):
                await pilot.press("right")
            await pilot.pause()
            assert app.lines()[0].split() == ["‹", "T7", "T8", "T9"]
            assert app.lines()[1].split()[-1] == "v9"

    @pytest.mark.parametrize("size", [(1, 1), (2, 3), (10, 2), (200, 60)])
    async def test_no_size_is_too_small_or_too_large(self, size: tuple[int, int]) -> None:
        async with Painted().run_test(size=(60, 10)) as pilot:
            app = await start(pilot)
            app.show([row(f"K{number}") for number in range(100)])
            await pilot.resize_terminal(*size)
            await pilot.press("shift+tab", "end", "pageup", "down", "home", "pagedown")
            app.show([row("K1", "2.00")])
            await pilot.resize_terminal(60, 10)
            await pilot.pause()
            assert keys_of(app) == ["K1"]

    async def test_a_table_without_columns_or_rows_shows_nothing(self) -> None:
        async with Painted(()).run_test(size=(60, 10)) as pilot:
            app = await start(pilot, focused=True)
            app.show([Row("k", ())])
            await pilot.press("down", "enter", "end")
            app.show([])
            await pilot.press("down", "enter", "pageup")
            assert "".join(app.lines()).strip() == ""


class TestTheCursor:
    async def test_keys_move_it_and_say_so(self) -> None:
        seen: list[tuple[str | None, bool]] = []

        class Listening(Painted):
            def on_grid_table_row_highlighted(self, event: GridTable.RowHighlighted) -> None:
                seen.append((event.key, event.by_user))

        async with Listening().run_test(size=(60, 12)) as pilot:
            app = await start(pilot, focused=True)
            app.show([row(f"K{number}") for number in range(30)])
            await pilot.press("down", "j", "k", "end", "home", "pagedown", "pageup", "up")
            await pilot.pause()
            assert seen == [
                ("K0", False),
                ("K1", True),
                ("K2", True),
                ("K1", True),
                ("K29", True),
                ("K0", True),
                ("K9", True),
                ("K0", True),
            ]

    async def test_enter_selects_the_row_and_does_nothing_without_rows(self) -> None:
        selected: list[str] = []

        class Listening(Painted):
            def on_grid_table_row_selected(self, event: GridTable.RowSelected) -> None:
                selected.append(event.key)

        async with Listening().run_test(size=(60, 12)) as pilot:
            app = await start(pilot, focused=True)
            await pilot.press("enter")
            app.show([row("A"), row("B")])
            await pilot.press("down", "enter")
            await pilot.click(GridTable, offset=(3, 1), times=2)
            await pilot.pause()
            assert selected == ["B", "A"]

    async def test_it_scrolls_the_window_no_further_than_needed(self) -> None:
        async with Painted().run_test(size=(60, 7)) as pilot:
            app = await start(pilot, focused=True)
            app.show([row(f"K{number}") for number in range(30)])
            for _ in range(7):
                await pilot.press("down")
            await pilot.pause()
            assert keys_of(app) == ["K3", "K4", "K5", "K6", "K7"]

    async def test_it_stays_on_its_row_when_rows_come_and_go(self) -> None:
        async with Painted().run_test(size=(60, 12)) as pilot:
            app = await start(pilot, focused=True)
            app.show([row(key) for key in "ABCDE"])
            app.table.move_cursor("C")
            app.show([row(key) for key in "BCDEF"])
            assert app.table.cursor_key == "C"
            await pilot.press("down")
            assert app.table.cursor_key == "D"

    async def test_a_removed_row_hands_it_to_the_neighbour_and_the_jump_is_known(self) -> None:
        async with Painted().run_test(size=(60, 12)) as pilot:
            app = await start(pilot, focused=True)
            app.show([row(key) for key in "ABCDE"])
            app.table.move_cursor("C")
            assert app.table.seconds_since_jump() is None
            app.show([row(key) for key in "ABDE"])
            app.now += 0.2
            assert app.table.cursor_key == "D"
            assert app.table.seconds_since_jump() == pytest.approx(0.2)
            app.show([row(key) for key in "AB"])
            assert app.table.cursor_key == "B"
            app.show([])
            assert app.table.cursor_key is None

    async def test_until_somebody_places_it_it_stands_on_the_first_row_and_the_window_on_the_first_rows(self) -> None:
        async with Painted().run_test(size=(60, 4)) as pilot:
            app = await start(pilot)
            app.show([row(key) for key in "DEF"])
            app.show([row(key) for key in "ABCDEF"])
            assert app.table.cursor_key == "A"
            app.table.set_rows([row(key) for key in "FEDCBA"])
            app.table.reorder()
            await pilot.pause()
            assert app.table.cursor_key == "F"
            assert keys_of(app) == ["F", "E"]
            assert app.table.seconds_since_jump() == 0

    async def test_a_new_order_that_was_asked_for_shows_at_once_the_first_rows_of_a_table_that_was_only_focused(
        self,
    ) -> None:
        async with Painted().run_test(size=(60, 4)) as pilot:
            app = await start(pilot, focused=True)
            app.show([row(key) for key in "CD"])
            app.show([row(key) for key in "ABCD"])
            assert app.table.cursor_key == "C"
            app.table.reorder()
            await pilot.pause()
            assert app.table.cursor_key == "A"
            assert keys_of(app) == ["A", "B"]

    async def test_a_table_put_in_order_before_it_has_a_place_on_the_screen_begins_with_its_first_row(self) -> None:
        async with Painted().run_test(size=(60, 6)) as pilot:
            app = await start(pilot)
            app.table.styles.height = 1
            await pilot.pause()
            app.show([row(key) for key in "ABCDEFGH"])
            app.table.reorder()
            await pilot.pause()
            app.table.styles.height = 5
            await pilot.pause()
            app.table.flush()
            await pilot.pause()
            assert keys_of(app)[:3] == ["A", "B", "C"]

    async def test_once_placed_it_follows_its_row_without_the_focus_too_until_it_is_left_on_top(self) -> None:
        async with Painted().run_test(size=(60, 4)) as pilot:
            app = await start(pilot, focused=True)
            app.show([row(key) for key in "ABCDE"])
            await pilot.press("down", "tab")
            app.show([row(key) for key in "XABCDE"])
            assert app.table.cursor_key == "B"
            await pilot.press("shift+tab", "home", "tab")
            app.show([row(key) for key in "YXABCDE"])
            await pilot.pause()
            assert app.table.cursor_key == "Y"
            assert keys_of(app) == ["Y", "X"]

    async def test_it_looks_different_without_the_focus_and_needs_no_colour_to_be_seen_with_it(self) -> None:
        async with Painted().run_test(size=(60, 12)) as pilot:
            app = await start(pilot, focused=True)
            app.show([row("A"), row("B")])
            await pilot.pause()
            focused, other = app.terminal.buffer[1][0], app.terminal.buffer[2][0]
            assert focused.bold
            assert not other.bold
            await pilot.press("tab")
            await pilot.pause()
            blurred = app.terminal.buffer[1][0]
            assert len({focused.bg, blurred.bg, other.bg}) == 3


class TestOrder:
    async def test_without_the_focus_a_new_order_is_taken_at_most_once_a_second(self) -> None:
        async with Painted().run_test(size=(60, 12)) as pilot:
            app = await start(pilot)
            rows = [row(key) for key in "ABC"]
            app.show(rows)
            app.show(rows, ["C", "B", "A"])
            await pilot.pause()
            assert keys_of(app) == ["C", "B", "A"]
            app.now += 0.9
            app.show(rows, ["B", "A", "C"])
            await pilot.pause()
            assert keys_of(app) == ["C", "B", "A"]
            app.now += 0.1
            app.table.flush()
            await pilot.pause()
            assert keys_of(app) == ["B", "A", "C"]

    async def test_with_the_focus_no_row_moves_and_new_ones_are_appended(self) -> None:
        async with Painted().run_test(size=(60, 12)) as pilot:
            app = await start(pilot, focused=True)
            app.show([row(key) for key in "ABC"])
            app.now += 60
            app.show([row(key) for key in "XCBYA"])
            await pilot.pause()
            assert keys_of(app) == ["A", "B", "C", "X", "Y"]

    async def test_the_order_that_waited_is_taken_when_the_focus_leaves(self) -> None:
        async with Painted().run_test(size=(60, 12)) as pilot:
            app = await start(pilot, focused=True)
            app.show([row(key) for key in "ABC"])
            app.show([row(key) for key in "XCBA"])
            await pilot.press("tab")
            app.table.flush()
            await pilot.pause()
            assert keys_of(app) == ["X", "C", "B", "A"]

    async def test_without_the_focus_new_rows_go_to_their_place_at_once(self) -> None:
        async with Painted().run_test(size=(60, 12)) as pilot:
            app = await start(pilot)
            app.show([row(key) for key in "BD"])
            for keys in ("ABD", "ABCD", "ABCDE"):
                app.show([row(key) for key in keys])
                await pilot.pause()
                assert keys_of(app) == list(keys)

    async def test_with_the_focus_the_cursors_row_keeps_its_line(self) -> None:
        async with Painted().run_test(size=(60, 9)) as pilot:
            app = await start(pilot, focused=True)
            names = [f"K{number:02}" for number in range(40)]
            app.show([row(name) for name in names])
            app.table.move_cursor("K20")
            await pilot.press("up", "up")
            await pilot.pause()
            before = app.lines().index(next(line for line in app.lines() if line.startswith("K18")))
            app.show([row(name) for name in names if name not in ("K03", "K04", "K05")])
            await pilot.pause()
            assert app.lines()[before].startswith("K18")


class TestCost:
    async def test_one_changed_cell_is_one_region_and_the_same_rows_are_none(self) -> None:
        async with Painted().run_test(size=(60, 12)) as pilot:
            app = await start(pilot)
            rows = [row(f"K{number}") for number in range(5)]
            app.show(rows)
            await app.settle(pilot)
            app.table.set_rows(list(rows))
            assert app.table.flush() == 0
            app.table.set_rows([*rows[:3], row("K3", "2.00"), rows[4]])
            assert app.table.flush() == 1

    async def test_equal_rows_that_are_other_objects_cost_nothing_either(self) -> None:
        async with Painted().run_test(size=(60, 12)) as pilot:
            app = await start(pilot)
            app.show([row(f"K{number}") for number in range(5)])
            app.table.set_rows([row(f"K{number}") for number in range(5)])
            assert app.table.flush() == 0

    async def test_neighbouring_cells_are_one_region_and_distant_ones_are_two(self) -> None:
        async with Painted().run_test(size=(60, 12)) as pilot:
            app = await start(pilot)
            app.show([row("A")])
            app.table.set_rows([row("A", "2.00", "2")])
            assert app.table.flush() == 1
            app.table.set_rows([row("A", "3.00", "2", "new")])
            assert app.table.flush() == 2

    async def test_rows_outside_the_window_cost_nothing_on_the_wire(self) -> None:
        async with Painted().run_test(size=(60, 8)) as pilot:
            app = await start(pilot)
            rows = [row(f"K{number}") for number in range(50)]
            app.show(rows)
            await app.settle(pilot)
            sent = app.sent
            app.show([*rows[:10], *(row(f"K{number}", "9.99") for number in range(10, 50))])
            await app.settle(pilot)
            assert app.sent == sent

    async def test_one_changed_cell_takes_less_than_a_tenth_of_the_row(self) -> None:
        async with PaintedCompactly().run_test(size=(120, 40)) as pilot:
            app = await start(pilot)
            rows = [Row(f"K{n}", (f"K{n}", Cell("1.00", "up"), "5", Cell("text", "dim"))) for n in range(30)]
            app.show(rows)
            await app.settle(pilot)
            sent = app.sent
            app.show([*rows[:9], Row("K9", ("K9", Cell("1.01", "down"), "5", Cell("text", "dim"))), *rows[10:]])
            await app.settle(pilot)
            assert 0 < app.sent - sent < 80, "characters, with colours and the cursor's way there"


async def test_another_theme_repaints_everything_in_its_colours() -> None:
    async with Painted().run_test(size=(60, 10)) as pilot:
        app = await start(pilot)
        app.show([Row("k", (Cell("AAPL", "up"), "1.00", "1", ""))])
        await app.settle(pilot)
        before = app.terminal.buffer[1][0]
        app.theme = "gruvbox"
        await app.settle(pilot)
        after = app.terminal.buffer[1][0]
        assert before.fg != after.fg
        assert before.bg != after.bg


async def test_a_hidden_table_shows_the_present_rows_when_it_comes_back() -> None:
    async with Painted().run_test(size=(60, 10)) as pilot:
        app = await start(pilot)
        app.show([row("A"), row("B")])
        app.table.display = False
        await app.settle(pilot)
        app.show([row("A", "2.00"), row("C")])
        await app.settle(pilot)
        app.table.display = True
        await app.settle(pilot)
        assert [line.split()[:2] for line in app.lines()[1:3]] == [["A", "2.00"], ["C", "1.00"]]


async def test_other_columns_can_be_chosen_while_it_runs() -> None:
    async with Painted().run_test(size=(60, 10)) as pilot:
        app = await start(pilot)
        app.show([row("A")])
        app.table.set_columns([Column("price", "Price", 9, "decimal", 2), Column("symbol", "Symbol", 8)])
        app.show([Row("A", ("1.00", "A"))])
        await app.settle(pilot)
        assert app.lines()[:2] == ["    Price Symbol", "     1.00 A"]
