"""Where TWS or the Gateway listens, and who we are there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from brokers.errors import SettingsError
from engine.protocol import NotConnectedError

TWS_LIVE, TWS_PAPER = 7496, 7497
GATEWAY_LIVE, GATEWAY_PAPER = 4001, 4002
PORTS: Final = {
    TWS_LIVE: "TWS, live",
    TWS_PAPER: "TWS, paper",
    GATEWAY_LIVE: "Gateway, live",
    GATEWAY_PAPER: "Gateway, paper",
}
PAPER_PREFIXES: Final = ("DU", "DF")
"""How the ids of paper accounts begin; every other account is real money."""


class ClientIdInUseError(NotConnectedError):
    """Another program is connected to this TWS under the same client id."""


class IbkrSettings(msgspec.Struct, frozen=True):
    """`client_id`: of this desk, always the same: only it can cancel and change its orders. Times in seconds."""

    host: str = "127.0.0.1"
    port: int = TWS_PAPER
    client_id: int = 1
    timeout_s: float = 4.0
    """For an answer to a request."""
    connect_timeout_s: float = 5.0
    commission_wait_s: float = 1.0
    """How long a fill waits for the report of its commission."""
    messages_per_s: int = 45
    """The broker ends a session that sends more than 50."""
    reserved: int = 5
    """Of these, for cancels alone."""
    what_if_above: Decimal | None = None
    """Orders worth more (in the instrument's currency) are held against the account's margin before they are sent;
    None: none is."""
    what_if_wait_s: float = 1.0
    """For the answer; without one the order goes out: IB holds each against the margin itself."""
    leg_pause_s: float = 0.05
    """How long an order of a group is given to arrive before the next one that hangs on it, unless TWS says sooner that
    it has it: a leg that comes too fast may be refused (10006)."""
    memory: Path | None = None
    """The file of what must outlive the process; None: nothing does."""
    delayed_data: bool = True
    """Take delayed quotes, marked as such, where there is no subscription."""

    @property
    def where(self) -> str:
        """For messages."""
        known = PORTS.get(self.port)
        return f"{self.host}:{self.port}" + (f" ({known})" if known else "")

    def beside(self, offset: int) -> IbkrSettings:
        """For a connection beside the desk's own: another client id, and nothing kept."""
        return msgspec.structs.replace(self, client_id=self.client_id + offset, memory=None)


def is_live(account: str) -> bool:
    """Whether this account's money is real. Whatever is not known to be paper is live."""
    return not account.upper().startswith(PAPER_PREFIXES)


def with_environment(settings: IbkrSettings, environment: Mapping[str, str]) -> IbkrSettings:
    """With IBKR_HOST, IBKR_PORT and IBKR_CLIENT_ID in place of the profile's, where they are set. Raises
    SettingsError."""
    changes: dict[str, str | int] = {}
    if environment.get("IBKR_HOST"):
        changes["host"] = environment["IBKR_HOST"]
    for name, field, most in (("IBKR_PORT", "port", 65_535), ("IBKR_CLIENT_ID", "client_id", 2**31 - 1)):
        text = environment.get(name, "")
        if not text:
            continue
        if not text.isdecimal() or int(text) > most:
            raise SettingsError(f"{name} is {text!r}; expected a number up to {most}")
        changes[field] = int(text)
    return msgspec.structs.replace(settings, **changes)
