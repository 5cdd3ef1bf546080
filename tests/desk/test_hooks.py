"""A desk without a screen tells a program of its alarms, and a broken hook holds up nothing."""

from __future__ import annotations

import json
from pathlib import Path

from tests.desk.product import Product


def test_a_kill_of_a_headless_desk_reaches_the_program_of_its_hook(product: Product, tmp_path: Path) -> None:
    out = tmp_path / "told"
    hooks = f"""\
    hooks:
      - {{name: broken, command: [/no/such/program, SECRET], level: info}}
      - {{name: file, command: [/bin/sh, -c, "cat >> {out}; echo >> {out}"], level: alarm, every: 0}}
    # hooks:  """
    product.change(product.paths.desk_file, "    # hooks:  ", hooks)
    assert product.shell("start").returncode == 0
    assert product.shell("kill").returncode == 0
    assert product.shell("stop").returncode == 0
    messages = [json.loads(line) for line in out.read_text().splitlines()]
    told = [alert for message in messages for alert in message["alerts"]]
    assert all(message["desk"] == "PAPER PAPER" for message in messages)
    kill = next(alert for alert in told if alert["code"] == "KILL")
    assert kill["text"].startswith("kill switch pulled by")
    assert {alert["level"] for alert in told} == {"alarm"}
    log = product.state.log.read_text()
    assert log.count("hook broken: the program can't be started") == 1
    assert "SECRET" not in log
