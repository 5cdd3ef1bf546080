"""Themes on the screen: chosen by command and key, reloaded, and no colour where none is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.style import Style

from console.looks import Looks, Places
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY, HALTED, STALE
from tests.support.live_views import LIVE
from themes.palettes import THEMES


def styles(c: Console) -> list[tuple[str, Style]]:
    strips = c.app.screen._compositor.render_strips(c.app.size)
    return [(segment.text, segment.style or Style()) for strip in strips for segment in strip]


def colour_behind(c: Console, word: str) -> str:
    style = next(style for text, style in styles(c) if word in text)
    assert style.bgcolor is not None
    return style.bgcolor.get_truecolor().hex


async def test_every_theme_draws_the_same_words() -> None:
    async with console(STALE) as c:
        words = c.text()
        for look in THEMES.values():
            c.app.show_look(look)
            await c.pilot.pause()
            assert c.text() == words, look.name


async def test_a_theme_is_chosen_by_command_and_by_key_and_colours_everything_at_once() -> None:
    async with console(BUSY) as c:
        assert colour_behind(c, "PAPER") == THEMES["okabe_ito"].variables["paper-back"]
        await c.command("theme light")
        await c.press("enter")
        await c.pilot.pause()
        assert "theme light" in c.text()
        assert colour_behind(c, "PAPER") == THEMES["light"].variables["paper-back"]
        assert colour_behind(c, "IBM") in (THEMES["light"].background, THEMES["light"].variables["cursor"])
        await c.press("escape", "f8")
        await c.pilot.pause()
        assert "theme high_contrast" in c.text()
        assert colour_behind(c, "PAPER") == THEMES["high_contrast"].variables["paper-back"]
        await c.command("theme pink")
        await c.press("enter")
        await c.pilot.pause()
        assert "there is no theme 'pink'; expected one of okabe_ito" in c.text().replace("\n", " ")
        await c.type("theme")
        await c.press("enter")
        await c.pilot.pause()
        assert "theme high_contrast, of okabe_ito, red_green, light" in c.text()


async def test_the_users_file_is_read_again_while_the_console_runs(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[colours]\npaper-back = "#ffffff"\n')
    looks = Looks("mine", places=Places(tmp_path, tmp_path / "memory"))
    async with console(BUSY, looks=looks) as c:
        assert colour_behind(c, "PAPER") == "#ffffff"
        path.write_text('[colours]\npaper-back = "#aaffaa"\n\n')
        c.app._look_again()
        await c.pilot.pause()
        assert colour_behind(c, "PAPER") == "#aaffaa"
        path.write_text("[colours]\npaper-back = 3\n")
        c.app._look_again()
        await c.pilot.pause()
        assert "mine.toml:2: colours.paper-back: '3' is no colour" in c.text()
        assert colour_behind(c, "PAPER") == "#aaffaa"


async def test_without_colours_none_is_sent_and_what_matters_is_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(LIVE, looks=Looks(environ={"TERM": "xterm-256color", "NO_COLOR": "1"})) as c:
        await c.press("2", "down")
        for view, badges in ((LIVE, ("LIVE SIM-1", "F12 KILL")), (HALTED, ("PAPER SIM-1", " HALTED 14:03:22"))):
            await c.show(view)
            shown = styles(c)
            assert [text for text, style in shown if style.color or style.bgcolor] == []
            for badge in badges:
                seen = [style.reverse for text, style in shown if badge in text]
                assert seen, badge
                assert all(seen), badge


async def test_no_color_is_no_grey_either_and_a_theme_asked_for_by_name_has_its_colours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(BUSY, looks=Looks("light", environ={"TERM": "xterm-256color", "NO_COLOR": "1"})) as c:
        assert colour_behind(c, "PAPER") == THEMES["light"].variables["paper-back"]


async def test_what_is_typed_after_a_theme_was_chosen_is_still_a_line_and_no_key() -> None:
    async with console(BUSY) as c:
        await c.command("theme light")
        await c.press("enter")
        await c.pilot.pause()
        await c.type("bell off\r")
        await c.pilot.pause()
        assert "alarms don't ring on this console" in c.text()
        await c.type("cxl 3")
        assert ": cxl 3" in c.text()
