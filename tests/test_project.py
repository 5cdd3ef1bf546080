"""Promises about the repository itself: its locks, its version, and that nothing in it names one machine."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, NetworkForbiddenError

LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-ib-async.lock"]
# name==version, perhaps with a marker; the hashes follow on lines of their own
REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[A-Za-z0-9.!+]+)(?: ; [^@]+)?$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root|home/\w+|Users/\w+)\b|file://|--(extra-)?index-url|--find-links")
TEMPORARY_PATH = re.compile(r"(?<![\w.~-])/tmp/\w")
SELF = "tests/test_project.py"


def requirements(lock: str) -> Iterator[tuple[str, list[str]]]:
    """Each requirement of a lock with its hashes: (the requirement's own text, the hash options)."""
    joined = (ROOT / lock).read_text().replace("\\\n", " ")
    for line in joined.splitlines():
        if line.strip():
            text, *hashes = re.split(r"\s+(?=--hash)", line.strip())
            yield text, hashes


def versions(lock: str) -> set[tuple[str, str]]:
    matches = [REQUIREMENT.match(text) for text, _ in requirements(lock)]
    return {(match["name"], match["version"]) for match in matches if match}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def tracked_files() -> list[Path]:
    command = ["git", "ls-files", "-z"]
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("needs a git checkout and git")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_has_hashes(lock: str) -> None:
    for text, hashes in requirements(lock):
        assert REQUIREMENT.match(text), f"{lock}: {text!r} is not name==version"
        assert hashes, f"{lock}: {text} has no hash"
        assert all(HASH.match(option) for option in hashes), f"{lock}: {text} has an odd hash"


def test_what_the_console_needs_is_the_same_in_both_locks() -> None:
    assert versions("requirements.lock") <= versions("requirements-dev.lock")


def test_the_lock_with_ib_async_is_the_other_one_but_for_what_it_takes_the_place_of() -> None:
    ours, fork = dict(versions("requirements-dev.lock")), dict(versions("requirements-ib-async.lock"))
    assert ours.keys() - fork.keys() == {"ib-insync", "eventkit"}
    assert fork.keys() - ours.keys() == {"ib-async", "aeventkit"}
    # ib_async allows no tzdata of 2026.
    assert [name for name in ours.keys() & fork.keys() if ours[name] != fork[name]] == ["tzdata"]


@pytest.mark.parametrize("heavy", ["pandas", "numpy", "alpaca-py", "ccxt", "ib-insync", "pytest"])
def test_the_lock_of_the_console_stays_small(heavy: str) -> None:
    assert heavy not in {name for name, _ in versions("requirements.lock")}


def test_the_version_is_the_newest_of_the_changelog() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == project()["version"]


def test_every_broker_sdk_comes_with_its_own_extra() -> None:
    assert {"alpaca", "ibkr", "etrade", "crypto", "postgres"} <= project()["optional-dependencies"].keys()
    core = " ".join(project()["dependencies"]).lower()
    assert not re.search(r"alpaca|ib_insync|ccxt|requests|asyncpg", core)


def test_no_tracked_file_names_a_machine() -> None:
    found = []
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        if name == SELF or path.suffix in {".gz", ".svg", ".png"}:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            hit = MACHINE_PATH.search(line) or (not name.startswith("tests/") and TEMPORARY_PATH.search(line))
            if hit:
                found.append(f"{name}:{number}: {hit[0]}")
    assert not found


def test_what_make_lock_leaves_behind_is_not_tracked() -> None:
    assert "uv.lock" not in {path.name for path in tracked_files()}


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("example.com", 80), ("2001:db8::1", 443)])
def test_a_test_cannot_reach_another_machine(address: tuple[str, int], forbidden_connections: list[str]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as end, pytest.raises(NetworkForbiddenError, match=re.escape(address[0])):
        end.connect(address)
    assert len(forbidden_connections) == 1
    forbidden_connections.clear()  # this attempt was the test


async def test_a_test_can_talk_to_itself() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"ping\n")
        assert await reader.readline() == b"ping\n"
        writer.close()
        await writer.wait_closed()


def test_each_test_has_a_state_folder_of_its_own(home: Path) -> None:
    assert home.is_dir()
    assert not list(home.iterdir())
    assert len(str(home / "state" / "live-ACCOUNT12345" / "desk.sock")) < 104
