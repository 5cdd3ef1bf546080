"""The three consents of live mode: `mode: live` in the profile, TRADEDESK_ALLOW_LIVE=1 in the environment, the PIN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from console.live.errors import LiveRefusedError
from console.pin.vault import PinError, PinVault, Verdict
from engine.model.secret import Secret

if TYPE_CHECKING:
    # The console's screens know a consent, and nothing of settings and brokers: neither delays the first paint.
    from console.broker_setup import BrokerSpec
    from console.config.models import Profile

ALLOW: Final = "TRADEDESK_ALLOW_LIVE"


class Consent(msgspec.Struct, frozen=True):
    """The PIN was given, by this user, for this account. `ConsentDesk` alone makes it."""

    account: str
    user: str


def check_profile(profile: Profile, spec: BrokerSpec, environ: Mapping[str, str], *, replay: bool) -> None:
    """The first two consents, and that there is a broker that could be live. Raises LiveRefusedError."""
    if profile.mode != "live":
        return
    if environ.get(ALLOW) != "1":
        raise LiveRefusedError(
            f"live mode needs three consents: mode: live in the profile (given), {ALLOW}=1 in the environment "
            "(missing), and the PIN; nothing was opened"
        )
    if replay:
        raise LiveRefusedError("a recorded day is never live: expected a paper profile with --replay")
    if spec.name == "paper" and spec.socket is None:
        raise LiveRefusedError(
            "the embedded paper broker is never live; expected the broker of a real account, or for a rehearsal "
            "broker: paper@SOCKET, served by `python -m brokers.paper.serve --live`"
        )


class ConsentDesk:
    """Asks for the third consent."""

    def __init__(self, vault: PinVault, account: str, user: str) -> None:
        """`account`: as the broker reports it. Raises LiveRefusedError when there is no PIN to be given."""
        if not vault.is_set:
            raise LiveRefusedError("live mode needs a PIN, and none is set: tradedesk pin set; nothing was opened")
        self._vault = vault
        self._account = account
        self._user = user

    def left_s(self) -> int:
        """For how many seconds no PIN is taken."""
        return self._vault.left_s()

    def check(self, pin: Secret, where: str) -> Verdict:
        """Try a PIN; blocks for as long as a hash takes."""
        try:
            return self._vault.check(pin, self._user, where)
        except PinError as error:  # reset meanwhile
            raise LiveRefusedError(str(error)) from None

    def consent(self, verdict: Verdict) -> Consent:
        """The consent that a right PIN is. Raises LiveRefusedError for any other verdict."""
        if not verdict.ok:
            raise LiveRefusedError(f"not opened: {verdict.words}")
        return Consent(self._account, self._user)


def check_consent(mode: str, account: str, consent: Consent | None) -> None:
    """What stands before every live desk, whoever opens it. Raises LiveRefusedError."""
    if mode == "live" and (consent is None or consent.account != account):
        raise LiveRefusedError(f"not opened: the PIN was not given for account {account}")
