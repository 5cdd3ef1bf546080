"""A desk loads the SDK of the broker it trades at, and no other; the console itself loads none."""

from __future__ import annotations

import asyncio
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from tests.emulators.alpaca.server import AlpacaServer
from tests.emulators.ibkr.server import IbGateway

SDKS: Final = ("alpaca", "ib_insync", "ib_async", "eventkit", "ccxt", "requests_oauthlib", "asyncpg", "keyring")
#: What they bring in.
HEAVY: Final = ("pandas", "numpy", "requests", "websockets", "msgpack")

IMPORTS: Final = """
import sys, json, importlib, pkgutil
import console.app, console.run, console.wiring, console.headless, console.errors, console.doctor.connections
from console.verbs import load_grammar
load_grammar()
import brokers
names = ["brokers"] + [f"brokers.{found.name}" for found in pkgutil.iter_modules(brokers.__path__)]
names += [f"{name}.{part}" for name in names[1:] for part in ("adapter", "settings", "data")]
for name in names:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        assert error.name == name, error
print(json.dumps([name for name in sys.argv[1:] if name in sys.modules]))
"""
DESK: Final = """
import json, os, signal, sys, threading
from console.headless import serve
from console.options import RunOptions
reader, writer = os.pipe()

def look():
    with open(reader, encoding="utf-8") as said:
        up = said.readline().strip()
    print(json.dumps([up, [name for name in sys.argv[1:] if name in sys.modules]]), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=look).start()
sys.exit(serve(RunOptions(), writer))
"""


async def printed(code: str, *arguments: str) -> str:
    """What a Python of its own prints; it must end well."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        out, errors = await child.communicate()
    assert child.returncode == 0, errors.decode()
    return out.decode()


async def test_console_engine_and_adapters_import_no_sdk() -> None:
    assert json.loads(await printed(IMPORTS, *SDKS, *HEAVY)) == []


async def test_a_desk_on_paper_loads_none(home: Path) -> None:
    assert json.loads(await printed(DESK, *SDKS, *HEAVY)) == ["up", []]


async def test_a_desk_at_alpaca_loads_alpacas_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = AlpacaServer(per_minute=100_000)
    await server.start()
    await server.quote("IBM", Decimal("184.99"), Decimal("185.01"))
    config = home / "config"
    config.mkdir()
    (config / "tradedesk.yaml").write_text(
        f"default_profile: a\nprofiles:\n  a: {{broker: alpaca, account: {server.account_number}, data: alpaca}}\n"
    )
    secrets = config / "secrets.yaml"
    secrets.write_text(f"ALPACA_API_KEY: {server.key}\nALPACA_SECRET_KEY: {server.secret}\n")
    secrets.chmod(0o600)
    monkeypatch.setenv("ALPACA_BASE_URL", server.url)
    monkeypatch.setenv("ALPACA_DATA_URL", server.url)
    try:
        up, loaded = json.loads(await printed(DESK, *SDKS))
    finally:
        await server.stop()
    assert (up, loaded) == ("up", ["alpaca"])


async def test_a_desk_at_interactive_brokers_loads_theirs_alone(home: Path) -> None:
    gateway = IbGateway(per_second=100_000)
    await gateway.start()
    await gateway.quote("IBM", Decimal("184.99"), Decimal("185.01"))
    config = home / "config"
    config.mkdir()
    (config / "tradedesk.yaml").write_text(
        "default_profile: i\nprofiles:\n"
        f"  i: {{broker: ibkr, account: DU1234567, data: ibkr, ibkr: {{port: {gateway.port}}}}}\n"
    )
    try:
        up, loaded = json.loads(await printed(DESK, *SDKS))
    finally:
        await gateway.stop()
    assert (up, loaded) == ("up", ["ib_insync", "eventkit"])
