"""The picture for the README."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("scene", ["main", "order", "amber", "halted"])
def test_the_picture_shows_the_desk_and_loads_nothing(tmp_path: Path, scene: str) -> None:
    out = tmp_path / "console.svg"
    argv = [sys.executable, "-m", "tools.screenshot", str(out), "--scene", scene]
    subprocess.run(argv, check=True, cwd=ROOT)
    svg = out.read_text()
    ElementTree.fromstring(svg)
    assert "Positions" in svg.replace("&#160;", " ")
    assert set(re.findall(r"https?://[^\s\"')]+", svg)) <= {"http://www.w3.org/2000/svg"}


def test_a_bad_size_is_named(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tools.screenshot", str(tmp_path / "x.svg"), "--size", "big"]
    done = subprocess.run(argv, check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "'big' is no size; expected COLUMNSxROWS such as 120x40" in done.stderr
