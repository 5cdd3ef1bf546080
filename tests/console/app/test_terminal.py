"""What Textual is told before it is imported."""

from __future__ import annotations

import subprocess
import sys

from console.terminal import prepare_terminal


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
    heavy = ("textual.widgets._markdown", "textual.widgets._text_area", "plotext", "numpy", "pandas", "sqlite3", "yaml")
    code = f"import sys, console.app; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
