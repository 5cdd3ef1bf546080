"""Real money at "Alpaca": who gets in, and one order, on an emulated account that reports itself as live."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.facts import OrderFilled
from tests.desk.live import PIN, LiveProduct
from tests.desk.product import Product

pytestmark = pytest.mark.timeout(180)
LIVE = "847362915"
PROFILE = """\
default_profile: real
profiles:
  real: {{mode: {mode}, broker: alpaca, account: '{account}', data: alpaca}}
"""
UNIVERSE = "instruments: {IBM: {sector: Technology, calendar: 24x7}}\n"


class AtAlpaca(LiveProduct):
    """The default profile is at Alpaca; `variables` is what the emulator says to put into the environment."""

    def __init__(self, home: Path, variables: dict[str, str]) -> None:
        Product.__init__(self, home)
        self.allowed = True
        self.variables = variables
        self.paths.config.mkdir(parents=True)
        self.means("live", LIVE)
        (self.paths.config / "universe.yaml").write_text(UNIVERSE)
        self.state = self.paths.state_of("live", LIVE)
        self.set_pin()

    def means(self, mode: str, account: str) -> None:
        """What the profile says."""
        self.paths.desk_file.write_text(PROFILE.format(mode=mode, account=account))

    def refuses(self) -> str:
        """What a start without a desk says."""
        done = self.shell("start")
        assert done.returncode == 1
        assert not self.state.journal.exists()
        return done.stderr

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), **self.variables}


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AtAlpaca]:
    command = [sys.executable, "-m", "tests.emulators.alpaca", "--live"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        variables = dict(word.split("=", 1) for word in process.stdout.readline().split()[1:])
        made = AtAlpaca(tmp_path_factory.mktemp("b") / "h", variables)
        try:
            yield made
        finally:
            made.close()
            process.terminate()


def test_real_money_at_alpaca_needs_all_three_consents_and_the_right_account(desk: AtAlpaca) -> None:
    desk.allowed = False
    assert "TRADEDESK_ALLOW_LIVE=1 in the environment (missing)" in desk.refuses()
    desk.allowed = True
    desk.means("paper", LIVE)
    assert f"account {LIVE} is a live account, the profile says paper" in desk.refuses()
    desk.means("live", "111111111")
    assert f"the broker reports account {LIVE}, the profile says 111111111" in desk.refuses()
    desk.means("live", LIVE)
    right = desk.variables
    desk.variables = {**right, "ALPACA_SECRET_KEY": "wrong"}
    assert "forbidden. (HTTP 403); 127.0.0.1 takes the keys of the account there alone" in desk.refuses()
    desk.variables = right

    console = desk.console()
    console.see("PIN", "(nothing typed)", f"LIVE {LIVE}")
    desk.give(console, PIN)
    console.opened()
    desk.wait(lambda: desk.ask("order", line="buy 1 ibm mkt", dry_run=True, yes=True).ok, "a fresh quote")
    assert desk.ask("order", line="buy 10 ibm mkt", yes=True).ok
    desk.wait(lambda: desk.facts(OrderFilled), "the fill")
    assert console.leave("l") == 0

    desk.means("live", "111111111")
    killed = desk.shell("kill")
    assert "not cancelled at the broker" in killed.stdout + killed.stderr
    assert f"the broker reports account {LIVE}, the profile says 111111111" in killed.stdout + killed.stderr
