"""The gateway by hand: commands, the program as such, and that it leans on nothing of ours."""

from __future__ import annotations

import ast
import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.emulators.ibkr.commands import COMMANDS, HELP, run
from tests.emulators.ibkr.faults import Faults
from tests.emulators.ibkr.raw import Lab
from tests.emulators.ibkr.server import IbGateway


async def test_commands_make_things_happen(gateway: IbGateway) -> None:
    lines = """\
        hand BUY 100 IBM 99.00 mine
        quote IBM 98.95 99.00 60
        fill 1381152601 40 98.99
        correct 0000e0d5.5252b759.02.01 40 98.50
        deliver SPY -10 540
        fault submit lost
        phase closed"""
    said = [await run(gateway, line) for line in lines.splitlines()]
    assert said == ["order 1381152601 Submitted", *["done"] * 6]
    assert await run(gateway, "orders") == (
        "1381152601 client 0 order 0 mine: BUY 100 IBM LMT 99 Filled, 100 at 98.80000000"
    )
    assert "SPY -10 at 540" in await run(gateway, "positions")
    assert gateway.faults.requests["submit"][0] == "lost"
    assert gateway.books.phase == "closed"


@pytest.mark.parametrize(
    "line",
    ["jump", "quote IBM", "quote XYZ 1 2", "fill 7 1 1", "fault submit sideways", "report filled torn", "phase dusk",
     "hand KEEP 1 IBM", "halt IBM x", "silent maybe"],
)  # fmt: skip
async def test_a_command_that_makes_no_sense_says_so(gateway: IbGateway, line: str) -> None:
    assert "see help" in await run(gateway, line)


def test_help_has_every_command() -> None:
    told = {word.strip() for line in HELP.splitlines() for word in line.split("  ")[0].split(",")}
    assert {word.split()[0] for word in told} == COMMANDS.keys() - {"help"}


def test_a_fault_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no such request"):
        Faults().expect("submit", "sideways")


async def test_the_program_says_where_it_listens_hears_commands_and_ends_with_a_signal(lab: Lab) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.emulators.ibkr", "--port", "0", "--account", "U7654321", "--still",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert program.stdin is not None
    assert program.stdout is not None
    first = (await program.stdout.readline()).decode()
    assert "account U7654321 (live)" in first
    exported = (await program.stdout.readline()).decode().split()
    port = int(exported[-1].removeprefix("IBKR_PORT="))
    client = await lab.connect_to(port)
    assert (await client.next())[0] == "176"
    client.send(71, 2, 1, "")
    assert await client.next() == ["15", "1", "U7654321"]
    program.stdin.write(b"positions\ncut\n")
    while await client.next():
        pass
    program.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(program.wait(), 10) == 0


def test_the_emulator_imports_nothing_of_the_desk_and_no_sdk() -> None:
    ours = [path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("test_")]
    for path in ours:
        if path.name in ("conftest.py", "hands.py"):
            continue  # the tests' own, with the library as the client
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.startswith("tests.emulators.ibkr") or name.split(".")[0] in sys.stdlib_module_names, path
