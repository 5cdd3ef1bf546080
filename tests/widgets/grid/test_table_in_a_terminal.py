from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support.pty import spawn


@pytest.mark.parametrize("seed", [1, 2])
def test_after_random_updates_a_real_terminal_shows_the_model(seed: int, tmp_path: Path) -> None:
    model = tmp_path / "model.json"
    argv = [sys.executable, "-m", "tests.widgets.grid.child", str(seed), str(model)]
    with spawn(argv, size=(70, 40)) as terminal:
        terminal.wait_until(lambda _: model.exists() and model.stat().st_size > 0, 30, "the last round")
        rows = terminal.wait_quiet()
    expected = json.loads(model.read_text())
    shown = [row[:69].split(maxsplit=3) for row in rows[2 : 2 + len(expected)]]
    assert [[text.strip() for text in row] for row in shown] == expected
