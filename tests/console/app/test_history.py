"""The history of the command line: what is kept, what never is, and how it is found again."""

from __future__ import annotations

from pathlib import Path

from console.screens.history import MOST_KEPT, History
from tests.support.console_app import console
from tests.support.desk_views import BUSY


def walked(history: History, by: int, typed: str = "") -> list[str]:
    """What stands on the line after each step, until nothing changes."""
    seen = [typed]
    while (text := history.step(by, seen[-1])) != seen[-1]:
        seen.append(text)
    return seen[1:]


def of(*lines: str) -> History:
    history = History()
    for line in lines:
        history.add(line)
    return history


def test_a_line_that_is_sent_again_is_kept_once_at_its_newest_place() -> None:
    assert walked(of("cxl 1", "cxl 2", "cxl 1", "cxl 1"), -1) == ["cxl 1", "cxl 2"]


def test_up_walks_only_through_lines_that_begin_as_what_was_typed() -> None:
    history = of("buy 100 aapl mkt", "cxl 1", "BUY 5 ibm mkt", "sell 5 ibm mkt")
    assert walked(history, -1, "buy") == ["BUY 5 ibm mkt", "buy 100 aapl mkt"]
    assert walked(history, 1, "buy 100 aapl mkt") == ["BUY 5 ibm mkt", "buy"]


def test_what_is_typed_after_a_step_begins_a_walk_of_its_own() -> None:
    history = of("buy 100 aapl mkt", "cxl 1", "cxl 2")
    assert history.step(-1, "") == "cxl 2"
    assert walked(history, -1, "b") == ["buy 100 aapl mkt"]


def test_search_finds_the_words_anywhere_and_goes_round() -> None:
    history = of("buy 100 aapl mkt", "cxl 1", "sell all aapl mkt", "flat ibm")
    first = history.search("mkt aapl")
    assert first is not None
    second = history.search(first.text)
    assert second is not None
    third = history.search(second.text)
    assert [(first.text, first.no), (second.text, second.no)] == [("sell all aapl mkt", 1), ("buy 100 aapl mkt", 2)]
    assert third == first
    assert history.search("no such thing") is None


def test_a_line_that_may_hold_a_pin_is_never_kept(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    for line in ("unlock 135790", "UNL 135790 ?", "pin 135790", "unlock", "cxl 1"):
        history.add(line)
    history.close()
    assert (tmp_path / "history").read_text() == "unlock\ncxl 1\n"


def test_the_file_is_private_and_bounded_and_the_next_console_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("".join(f"cxl {number % 700}\n" for number in range(2 * MOST_KEPT)))
    path.chmod(0o644)
    history = History(path)
    history.add("flat ibm")
    history.close()
    kept = path.read_text().splitlines()
    assert path.stat().st_mode & 0o777 == 0o600
    assert (len(kept), kept[-2:]) == (MOST_KEPT + 1, ["cxl 299", "flat ibm"])
    assert len(set(kept)) == len(kept)
    assert walked(History(path), -1) == kept[:0:-1]


async def test_ctrl_r_searches_and_enter_after_it_sends_what_is_seen() -> None:
    async with console(BUSY, (80, 24)) as c:
        for line in ("cxl 28", "cxl 27", "algo 3 pause"):
            await c.command(line)
            await c.press("enter", "escape")
        c.desk.commands.clear()
        await c.command("28")
        await c.press("ctrl+r")
        assert c.app.desk.command_line.input.value == "cxl 28"
        assert "history: 1 of 1 with 28" in c.text()
        await c.press("ctrl+r")
        assert c.desk.commands == []
        await c.press("enter")
        assert len(c.desk.commands) == 1
