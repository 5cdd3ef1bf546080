"""A basket on the real desk from a shell: checked, released slowly, cut off by a crash, told by the day's report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.console.cli.test_real_desk import Shell, shell

__all__ = ["shell"]

pytestmark = pytest.mark.timeout(120)
ORDERS = "side,qty,symbol,type,px,tag\n" + "".join(
    f"buy,{qty},{symbol},lmt,{px},{tag}\n"
    for symbol, px in (("ibm", 100), ("aapl", 101), ("msft", 102))
    for qty, tag in ((10, ""), (11, "core"), (12, "two words"))
)


def basket(shell: Shell) -> dict[str, Any]:
    rows: list[dict[str, Any]] = shell.json("basket", "list")
    return rows[0]


def test_a_basket_from_a_file_to_the_report_of_its_day(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "morning.csv"
    file.write_text(ORDERS + "bye,1,ibm,lmt,1,\n")
    assert shell("start").returncode == 0
    assert shell("risk", "set", "risk.max_orders_per_s", "1", "--reason", "slow", "--confirm", "LIMIT").returncode == 0

    refused = shell("basket", "release", str(file), "--yes")
    assert refused.returncode == 1
    assert "row 11, column side: 'bye' is no command" in refused.stderr
    assert shell.json("basket", "list") == []

    file.write_text(ORDERS)
    checked = shell.json("basket", "check", str(file))
    assert (checked["verdict"], checked["orders"], checked["duration_s"]) == ("green", 9, 8)
    assert checked["bought"] == checked["total"]
    released = shell.json("basket", "release", str(file), "--yes", "--no-wait", "--id", "am")
    assert released["accepted"] is True
    assert shell.json("basket", "release", str(file), "--yes", "--no-wait", "--id", "am")["id"] == released["id"]
    again = shell("basket", "release", str(file), "--yes")
    assert "released today as basket morning" in again.stderr
    shell.until(lambda: basket(shell)["sent"] >= 2, "the second order")

    shell.crash()
    assert shell("start").returncode == 0
    shell.until(lambda: bool(shell.json("status")["brokers"][0]["connected"]), "the broker")
    found = shell.json("basket", "show", "morning")
    assert (found["status"], found["reason"]) == ("STOPPED", "the desk was restarted")
    assert found["sent"] + found["not_sent"] == 9
    assert found["not_sent"] >= 1
    orders = shell.json("blotter", "orders")
    assert len(orders) == found["sent"]
    assert {row["basket"] for row in orders} == {found["id"]}
    assert {row["tag"] for row in orders} <= {"morning", "core", "two words"}

    assert shell("cxl", "#core").returncode == 0
    assert shell("cxl", "basket", "morning").returncode == 0
    shell.until(lambda: not [row for row in shell.json("blotter", "orders") if row["leaves_qty"] != "0"], "the cancels")
    page = tmp_path / "day.html"
    assert shell("eod", "--html", "--out", str(page)).returncode == 0
    assert "<h2>Positions and P&amp;L by symbol</h2>" in page.read_text()
    day = shell.json("eod")
    counts = day["counts"]
    assert (counts["orders"], counts["fills"]) == (found["sent"], 0)
    # The one that was in hand at the crash may never have left: then the broker proved that it has none.
    assert counts["canceled"] + counts["dead"] == found["sent"]
    assert counts["dead"] <= 1
    assert [event["text"] for event in day["events"] if "not sent" in event["text"]]
    assert (day["open_orders"], day["breaks"], day["positions"]) == ([], [], [])
    assert day["comparisons"] >= 2
    assert shell("audit", "verify").returncode == 0
