"""Brackets and held stops on the real desk: from a shell, over a crash, to the end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.cli.test_real_desk import Shell, shell

__all__ = ["shell"]

pytestmark = pytest.mark.timeout(120)


def rows(shell: Shell) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in shell.json("blotter", "orders")}


def status(shell: Shell, number: int) -> str:
    return str(rows(shell)[number]["status"])


def test_a_bracket_outlives_a_crash_and_its_stop_still_protects(shell: Shell) -> None:
    assert shell("start").returncode == 0
    placed = shell.json("order", "buy 100 ibm mkt tp 400 sl trail 2% gtc", "--id", "swing")
    entry, (profit, loss) = placed["id"], placed["legs"]
    shell.until(lambda: status(shell, entry) == "FILLED", "the entry's fill")
    shell.until(lambda: status(shell, profit) == "NEW", "the take-profit at the broker")
    held = rows(shell)[loss]
    assert (held["status"], held["local"], held["trail"], held["leaves_qty"]) == ("HELD", True, "2%", "100")

    shell.crash()
    assert shell("start").returncode == 0
    shell.until(lambda: bool(shell.json("status")["brokers"][0]["connected"]), "the broker")
    assert status(shell, loss) == "HELD"
    again = shell.json("order", "buy 100 ibm mkt tp 400 sl trail 2% gtc", "--id", "swing")
    assert (again["id"], len(rows(shell))) == (entry, 3)

    # Sent by hand it goes the way of a stop that was reached: its partner at the broker first, then what that left.
    shell.until(lambda: shell("release", str(loss), "--yes").returncode == 0, "the desk to be ready")
    shell.until(lambda: status(shell, loss) == "FILLED", "the stop's fill")
    assert status(shell, profit) == "CANCELED"
    assert [row["qty"] for row in shell.json("blotter", "positions") if row["symbol"] == "IBM"] in ([], ["0"])
    assert shell("audit", "verify").returncode == 0


def test_a_group_that_makes_no_sense_is_refused_whole_with_one_line(shell: Shell) -> None:
    assert shell("start").returncode == 0
    refused = shell("order", "buy 100 ibm lmt 100 tp 90 sl 95")
    assert refused.returncode == 1
    assert "take-profit" in refused.stderr
    assert not shell.json("blotter", "orders")


def test_the_kill_switch_ends_what_is_held_here_too(shell: Shell) -> None:
    assert shell("start").returncode == 0
    placed = shell.json("order", "buy 100 ibm lmt 100 tp 400 sl 90 gtc")
    assert [status(shell, number) for number in placed["legs"]] == ["HELD", "HELD"]
    assert shell("kill").returncode == 0
    shell.until(lambda: all(row["status"] == "CANCELED" for row in rows(shell).values()), "the end of every order")
