"""Roles on the running product: over the real socket, in the console, and from other logins of the system."""

from __future__ import annotations

import grp
import json
import os
import pwd
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from console.config.defaults import write_missing
from console.wire import Answer
from engine import facts as f
from tests.desk.product import PATIENCE_S, Product

ME: Final = pwd.getpwuid(os.geteuid()).pw_name
ROLES: Final = ("viewer", "trader", "risk_manager", "admin", "")
STAFF, TRADE, RISK, ANY = "trader risk_manager admin", "trader admin", "risk_manager admin", "*"

#: (verb, line, word of level 3) -> who may, written from the brief.
LINES: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("order", "buy 1 aapl lmt 1", "", TRADE),
    ("order", "buy 1 aapl lmt 1 tp 900 sl 0.50", "", TRADE),
    ("mod", "mod 1 qty 2", "", TRADE),
    ("release", "release 1", "RELEASE", TRADE),
    ("launch", "twap buy 10 aapl duration 30m slices 3", "", TRADE),
    ("algo", "algo 1 resume", "", TRADE),
    ("algo", "algo 1 pause", "", STAFF),
    ("cxl", "cxl aapl", "", STAFF),
    ("flat", "flat aapl", "", STAFF),
    ("reconcile", "reconcile", "", STAFF),
    ("dlq", "dlq replay 1", "", TRADE),
    ("dlq", "dlq discard 1 reason old", "", STAFF),
    ("resolve", "resolve 1 dead reason by phone", "DEAD", RISK),
    ("resend", "resend 1 reason again", "RESEND", RISK),
    ("book", "book deposit 5 reason found", "BOOK", RISK),
    ("limit", "limit risk.max_order_qty 77 reason tighter", "LIMIT", RISK),
    ("halt", "halt", "", ANY),
    ("resume", "resume reason go on", "RESUME", RISK),
)


def denied(answer: Answer) -> bool:
    """Whether the roles refused it."""
    return not answer.ok and ("may not" in answer.error or "ROLE" in answer.error)


def allowed(rule: str, role: str) -> bool:
    return rule == ANY or role in rule.split()


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A home that other logins can pass through."""
    with tempfile.TemporaryDirectory(prefix="td-") as folder:
        Path(folder).chmod(0o711)
        home = Path(folder) / "home"
        home.mkdir(mode=0o711)
        yield home


@pytest.mark.parametrize("role", ROLES)
def test_every_line_of_every_role_over_the_socket(product: Product, role: str) -> None:
    write_missing(product.paths)
    given = f"  {ME}: [{role}]\n" if role else ""
    product.paths.roles_file.write_text(f"users:\n  nobody: [trader]\n{given}")
    assert product.shell("start").returncode == 0
    for verb, line, word, rule in LINES:
        answer = product.ask(verb, line=line, confirm=word, yes=True)
        assert denied(answer) is not allowed(rule, role), f"{role or 'no role'}: {line}: {answer}"
    assert denied(product.ask("status")) is (not role)
    assert product.ask("kill").ok, "anybody may pull the kill switch"
    stopped = product.ask("stop", how="cancel")
    assert denied(stopped) is not allowed(STAFF, role)
    no = sum(not allowed(rule, role) for *_, rule in LINES) + (not role) + (not allowed(STAFF, role))
    bracket = 0 if allowed(TRADE, role) else 2
    deadline = time.monotonic() + PATIENCE_S
    while len(refused := refusals(product)) < no + bracket and time.monotonic() < deadline:
        time.sleep(0.05)  # nobody waited for the last one
    assert len(refused) == no + bracket, "each denied attempt is journaled, and of a bracket each order"
    assert all(ME in str(x) for x in refused)


def refusals(product: Product) -> list[object]:
    """Everything that the roles refused, as the journal has it."""
    return [
        *(x for x in product.facts(f.CommandRefused) if "ROLE" in x.reason),
        *(x for x in product.facts(f.OrderDenied) if any(d.code == "ROLE" for d in x.denials)),
        *(x for x in product.facts(f.AlgoRefused) if any(d.code == "ROLE" for d in x.denials)),
        *(x for x in product.facts(f.ReplaceRefused) if any(d.code == "ROLE" for d in x.denials)),
    ]


def test_a_viewers_console_looks_says_so_and_can_still_kill(product: Product) -> None:
    write_missing(product.paths)
    product.paths.roles_file.write_text(f"users:\n  {ME}: [viewer]\n")
    console = product.console().opened()
    console.see("NO ORDERS", "ACTIVE")
    console.type("buy 1 aapl lmt 1")
    console.see("may not place an order")
    console.press("enter")
    console.normal()
    console.press("f12")
    console.see("HALTED")
    product.wait(lambda: bool(product.facts(f.KillPulled)), "the kill in the journal")
    assert not product.facts(f.OrderIntended)


def test_a_limit_is_changed_and_shown_and_outlives_a_restart(product: Product) -> None:
    assert product.shell("start").returncode == 0
    unsure = product.shell("risk", "set", "risk.max_order_qty", "500", "--reason", "thin book")
    assert unsure.returncode == 1
    assert "--confirm LIMIT" in unsure.stderr
    done = product.shell("risk", "set", "risk.max_order_qty", "500", "--reason", "thin book", "--confirm", "LIMIT")
    assert done.returncode == 0, done.stderr
    assert "MAX_ORDER_QTY: value=501 limit=500" in product.shell("order", "buy 501 aapl lmt 1").stderr
    (row,) = [row for row in limits(product) if row["key"] == "risk.max_order_qty"]
    assert (row["value"], row["old"], row["in_file"], row["origin"]) == ("500", "50000", "50000", "changed")
    assert (row["by"], row["reason"]) == (ME, "thin book")
    assert "thin book" in product.shell("risk", "show").stdout
    assert product.shell("stop", "--leave").returncode == 0
    assert product.shell("start").returncode == 0
    assert "MAX_ORDER_QTY" in product.shell("order", "buy 502 aapl lmt 1").stderr
    assert product.shell("stop", "--leave").returncode == 0
    product.change(product.paths.risk_file, "max_order_qty: 50000", "max_order_qty: 40000")
    assert product.shell("start").returncode == 0
    assert [row["value"] for row in limits(product) if row["key"] == "risk.max_order_qty"] == ["40000"]
    assert [x.key for x in product.facts(f.LimitChangeDropped)] == ["risk.max_order_qty"]
    bad = product.shell("risk", "set", "risk.max_order_qty", "lots", "--reason", "x", "--confirm", "LIMIT")
    assert bad.returncode == 1
    assert "lots" in bad.stderr


def limits(product: Product) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(product.shell("risk", "show", "--json").stdout)
    return rows


def as_login(name: str, group: str, path: Path, **request: object) -> dict[str, Any]:
    """Ask over the socket in a process that belongs to somebody else. (A fork: another login may not be allowed to run
    this interpreter.)"""
    uid, gid = pwd.getpwnam(name).pw_uid, grp.getgrnam(group).gr_gid
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(20)
                connection.connect(str(path))
                connection.sendall(json.dumps(request).encode() + b"\n")
                answer = connection.makefile("rb").readline()
        except BaseException as error:
            answer = json.dumps({"ok": False, "error": str(error)}).encode()
        os.write(writing, answer[:60_000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other logins")
def test_other_logins_reach_the_desk_through_its_group_and_are_who_the_kernel_says(open_home: Path) -> None:
    product = Product(open_home)
    try:
        write_missing(product.paths)
        product.paths.roles_file.write_text(
            "users:\n  daemon: [viewer]\n  bin: [trader]\n  sys: [risk_manager]\nsocket_group: daemon\n"
        )
        assert product.shell("start").returncode == 0
        product.state.folder.parent.chmod(0o711)
        path = product.state.socket
        assert path.stat().st_mode & 0o777 == 0o660
        assert product.state.folder.stat().st_mode & 0o777 == 0o710
        assert as_login("daemon", "daemon", path, verb="status")["ok"]
        viewer = as_login("daemon", "daemon", path, verb="order", line="buy 1 aapl lmt 1")
        assert viewer["result"]["denials"][0]["code"] == "ROLE"
        assert as_login("bin", "daemon", path, verb="order", line="buy 1 aapl lmt 1")["ok"]
        assert not as_login("bin", "daemon", path, verb="resume", line="resume reason x", confirm="RESUME")["ok"]
        outsider = as_login("nobody", "nogroup", path, verb="ping")
        assert "Permission" in outsider["error"], "who is not in the group does not get to the socket"
        stranger = as_login("nobody", "daemon", path, verb="status")
        assert "roles.yaml gives them none" in stranger["error"]
        assert as_login("nobody", "daemon", path, verb="kill")["ok"], "but anybody may kill"
        assert next(x.by for x in product.facts(f.KillPulled)).startswith("uid")
        assert {x.user for x in product.facts(f.CommandRefused)} >= {"bin"}
    finally:
        product.close()


def test_a_socket_group_that_is_not_there_stops_the_start(product: Product) -> None:
    write_missing(product.paths)
    product.paths.roles_file.write_text("socket_group: no-such-group-here\n")
    done = product.shell("start")
    assert done.returncode != 0
    assert "no group 'no-such-group-here'" in done.stderr
