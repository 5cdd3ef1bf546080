"""No attribute of ours is one of Textual's own by accident: a box that noted `_closed` for itself closed its message
pump with it, and the console stood still for ever when its question ran out."""

from __future__ import annotations

import re
from pathlib import Path

import textual

from tests.conftest import ROOT

ASSIGNED = re.compile(r"\bself\.(_[a-z]\w*)\s*(?::[^=\n]+)?=[^=]")
THEIRS = ("message_pump.py", "dom.py", "widget.py", "screen.py", "app.py", "scroll_view.py", "widgets/_input.py")
MEANT = {("console/app.py", "_clipboard")}
"""Set on purpose, where Textual would."""


def test_no_widget_of_ours_overwrites_what_textual_keeps() -> None:
    folder = Path(textual.__file__).parent
    theirs = {name for each in THEIRS for name in ASSIGNED.findall((folder / each).read_text())}
    assert {"_closed", "_closing", "_parent"} <= theirs
    ours = {
        (str(path.relative_to(ROOT)), name)
        for part in ("console", "widgets")
        for path in (ROOT / part).rglob("*.py")
        if "textual" in (source := path.read_text()) or "screens" in path.parts
        for name in ASSIGNED.findall(source)
        if name in theirs
    }
    assert ours == MEANT
