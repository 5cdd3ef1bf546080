"""What every test stands on: a fixed environment, a state folder of its own, the recorded data, no network.

The environment is set when this file is imported: Textual reads some of it when a test imports Textual.
"""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# A developer's own desk, theme or broker keys must neither change a result nor be reached by a test.
_FOREIGN = ("TRADEDESK_", "TEXTUAL")
_BROKERS = ("ALPACA_", "IBKR_", "ETRADE_", "BINANCE_", "COINBASE_", "OKX_", "OANDA_", "SNAPTRADE_")
_SNAPSHOT_PLUGIN = "TEXTUAL_SNAPSHOT_"  # how pytest-textual-snapshot tells its workers where to report
_UNSET = ("CREDENTIALS_DIRECTORY", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "ESCDELAY")
_FIXED = {
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "TEXTUAL_ANIMATIONS": "none",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
}


def _fix_environment() -> None:
    for name in list(os.environ):
        if name.startswith(_SNAPSHOT_PLUGIN):
            continue
        if name.startswith(_FOREIGN + _BROKERS) or name in _UNSET:
            del os.environ[name]
    os.environ.update(_FIXED)
    time.tzset()


_fix_environment()

# The machine may be shared and slow: pytest-timeout says when a test takes too long, not a single example.
# CI repeats the same examples: a red run is red again. A developer's run goes on looking for new ones.
settings.register_profile(
    "tradedesk",
    deadline=None,
    print_blob=True,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tradedesk")


def pytest_collection_finish() -> None:
    """The cycle collector looks at what a test makes, and rarely: walking all that was collected again and again, and
    each console that a test leaves behind, was a quarter of the suite's processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A test that forgets `home` writes into a temporary folder, never into the developer's own desk."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower(), numbered=False)))
        yield


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh, empty TRADEDESK_HOME, set in the environment; short, since a socket's path is limited."""
    folder = tmp_path_factory.mktemp("h")
    monkeypatch.setenv("TRADEDESK_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The recorded market data beside the repository. Absent: the test skips, and under CI=true it fails."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        reason = "needs the recorded market data in ../shared/data, beside the repository"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}; in CI it must be there", pytrace=False)
        pytest.skip(reason)
    return folder


class NetworkForbiddenError(OSError):
    """A test tried to reach another machine."""


def _stays_here(address: object) -> bool:
    """Whether a socket address is a Unix path, an address of the loopback range, or localhost by name."""
    if not isinstance(address, tuple):
        return True
    host = address[0]
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session")
def forbidden_connections() -> Iterator[list[str]]:
    """Each attempt to leave this machine raises in the code that made it, and is noted for the test's end."""
    attempts: list[str] = []

    def refuse_if_foreign(address: object) -> None:
        if not _stays_here(address):
            attempts.append(repr(address))
            raise NetworkForbiddenError(f"tests may only use loopback addresses, not {address!r}")

    real_connect, real_connect_ex, real_sendto = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.socket.sendto,
    )

    def connect(self: socket.socket, address: Any) -> None:
        refuse_if_foreign(address)
        real_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        refuse_if_foreign(address)
        return real_connect_ex(self, address)

    def sendto(self: socket.socket, data: Any, *flags_and_address: Any) -> int:
        refuse_if_foreign(flags_and_address[-1])
        return real_sendto(self, data, *flags_and_address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        patch.setattr(socket.socket, "connect_ex", connect_ex)
        patch.setattr(socket.socket, "sendto", sendto)
        yield attempts


@pytest.fixture(autouse=True)
def _no_network(forbidden_connections: list[str]) -> Iterator[None]:
    """Fail a test that tried to leave this machine, also where the code under test swallowed the error."""
    forbidden_connections.clear()
    yield
    if forbidden_connections:
        pytest.fail(f"the test tried to reach {', '.join(forbidden_connections)}", pytrace=False)
