"""The console at "Alpaca" by its keys, a whole day; and not a byte of the key in anything that it leaves behind."""

from __future__ import annotations

import subprocess

import pytest

from tests.desk.alpaca import AtAlpaca
from tests.desk.by_keys import a_day_by_keys

pytestmark = pytest.mark.timeout(180)


def test_a_stream_that_loses_fills_a_crash_in_a_twap_and_a_kill_by_keys(at_alpaca: AtAlpaca) -> None:
    a_day_by_keys(at_alpaca, lambda pid: the_process_shows_no_key(at_alpaca, pid))
    nothing_shows_the_key(at_alpaca)


def the_process_shows_no_key(product: AtAlpaca, pid: int) -> None:
    # `e`: what a program was started with, and its environment.
    seen = subprocess.run(["ps", "eww", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    assert "tradedesk" in seen
    assert "ALPACA_BASE_URL" in seen
    assert product.broker.server.secret not in seen


def nothing_shows_the_key(product: AtAlpaca) -> None:
    """Not a byte of it in what the desk wrote, nor in what its doctor says."""
    server = product.broker.server
    secrets = [server.key, server.secret]
    home = product.paths.config.parent
    written = [path for path in home.rglob("*") if path.is_file() and path != product.paths.secrets_file]
    assert {product.state.journal, product.state.log, product.state.trades} <= set(written)
    for path in written:
        assert not any(secret.encode() in path.read_bytes() for secret in secrets), path
    server.secret = "changed"
    refused = product.shell("doctor", "--json")
    assert "forbidden" in refused.stdout
    assert not any(secret in refused.stdout + refused.stderr for secret in secrets)
