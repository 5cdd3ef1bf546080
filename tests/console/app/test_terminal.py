"""What Textual is told before it is imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

from console.terminal import colours_of, degraded, prepare_terminal, unusable
from widgets.glyphs import ASCII, UNICODE, glyphs_for


def test_nothing_moves_by_itself() -> None:
    environ: dict[str, str] = {}
    prepare_terminal(environ)
    assert environ["TEXTUAL_ANIMATIONS"] == "none"
    assert environ["TEXTUAL_SMOOTH_SCROLL"] == "0"
    assert "TEXTUAL_COLOR_SYSTEM" not in environ


def test_a_slow_link_gets_fewer_frames_and_shorter_colours() -> None:
    environ: dict[str, str] = {}
    prepare_terminal(environ, slow_link=True)
    assert (environ["TEXTUAL_FPS"], environ["TEXTUAL_COLOR_SYSTEM"]) == ("10", "256")


def test_what_the_user_has_set_stays() -> None:
    environ = {"TEXTUAL_FPS": "20", "TEXTUAL_COLOR_SYSTEM": "truecolor"}
    prepare_terminal(environ, slow_link=True)
    assert environ["TEXTUAL_FPS"] == "20"
    assert environ["TEXTUAL_COLOR_SYSTEM"] == "truecolor"


def test_the_registry_of_keys_can_be_read_without_loading_textual() -> None:
    code = "import sys, console.actions, console.terminal; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_console_loads_nothing_heavy() -> None:
    heavy = (
        "textual.widgets._markdown", "textual.widgets._text_area", "plotext", "numpy", "pandas", "sqlite3", "yaml",
        "pydantic",
        "engine.risk.refusing",
    )  # fmt: skip
    code = f"import sys, console.app; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "term", ["xterm", "xterm-256color", "screen", "screen.xterm", "tmux-256color", "linux", "rxvt"]
)
def test_a_terminal_that_says_nothing_of_true_colours_gets_256(term: str) -> None:
    environ = {"TERM": term}
    prepare_terminal(environ)
    assert environ["TEXTUAL_COLOR_SYSTEM"] == "256"
    assert colours_of(environ) == 256
    assert not unusable(environ)
    assert not degraded(environ)
    true = {"TERM": term, "COLORTERM": "truecolor"}
    prepare_terminal(true)
    assert "TEXTUAL_COLOR_SYSTEM" not in true


@pytest.mark.parametrize("term", ["vt100", "vt220", "screen.vt100"])
def test_an_old_terminal_gets_no_colours_and_plain_signs_and_is_told_so(term: str) -> None:
    environ = {"TERM": term, "LANG": "C.UTF-8"}
    assert degraded(environ) == f"TERM={term}: shown without colours and with plain signs"
    prepare_terminal(environ)
    assert colours_of(environ) == 0
    assert glyphs_for(environ) is ASCII


@pytest.mark.parametrize("environ", [{}, {"TERM": ""}, {"TERM": "dumb"}, {"TERM": "unknown"}])
def test_a_terminal_without_a_screen_is_refused_in_one_line(environ: dict[str, str]) -> None:
    problem = unusable(environ)
    assert problem.startswith(f"TERM={environ['TERM']}: " if environ.get("TERM") else "TERM is not set: ")
    assert "\n" not in problem


def test_signs_follow_the_locale_and_the_font() -> None:
    assert glyphs_for({"TERM": "xterm", "LANG": "de_DE.UTF-8"}) is UNICODE
    for plain in ({"LANG": "C"}, {"LANG": "C.UTF-8", "LC_ALL": "POSIX"}, {"LANG": "C.UTF-8", "TERM": "linux"}):
        assert glyphs_for(plain) is ASCII
