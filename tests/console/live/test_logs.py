"""The log of a desk: every line names mode and account, and nothing secret is in it."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from console.config.paths import StatePaths
from console.logs import open_log
from engine.model.secret import Secret

PIN = "correct-horse-7"


def test_every_line_names_mode_and_account_and_a_secret_is_not_in_it(tmp_path: Path) -> None:
    state = StatePaths(tmp_path / "state")
    root = logging.getLogger("tradedesk")
    before, level, propagate = root.handlers[:], root.level, root.propagate
    open_log(state, "LIVE U1234567")
    try:
        log = logging.getLogger("tradedesk.test")
        log.warning("a plain line")
        pin = Secret(PIN)
        log.warning("tried %s of %r", pin, {"pin": pin})
        try:
            raise ValueError(f"no use for {pin}")
        except ValueError:
            log.exception("a defect beside it")
        for handler in root.handlers:
            handler.close()  # the records that wait in memory are written
        _wait_for(state.log, 3)
    finally:
        for handler in root.handlers[:]:
            root.removeHandler(handler)
        for handler in before:
            root.addHandler(handler)
        root.setLevel(level)
        root.propagate = propagate
    lines = [json.loads(line) for line in state.log.read_text().splitlines()]
    assert len(lines) == 3
    assert {line["desk"] for line in lines} == {"LIVE U1234567"}
    assert PIN not in state.log.read_text()
    assert "Traceback" in lines[2]["exception"]
    assert state.log.stat().st_mode & 0o777 == 0o600


def _wait_for(path: Path, lines: int) -> None:
    import time

    deadline = time.monotonic() + 20
    while len(path.read_text().splitlines()) < lines:
        if time.monotonic() > deadline:
            pytest.fail("the log was not written")
        time.sleep(0.05)
