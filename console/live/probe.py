"""Asking the broker whose account it is, before a desk is opened on it. On a connection of its own, closed again."""

from __future__ import annotations

import asyncio
from typing import Final

from console.broker_setup import BrokerSpec, connection_to
from console.config.models import Profile
from console.live.errors import LiveRefusedError
from engine.model.snapshot import AccountSnapshot
from engine.protocol import AuthError, BrokerAdapter, BrokerError
from engine.reconcile.identity import Identity

_PATIENCE_S: Final = 3.0


def check_account(profile: Profile, spec: BrokerSpec) -> str:
    """The id of the account as its broker reports it; "" where a paper broker can't be reached (the desk opens, and
    asks again when it can).

    Raises LiveRefusedError when the account is another one than the profile names, or of the other kind of money, and
    when a live broker can't be asked.
    """
    if spec.name == "paper" and spec.socket is None:
        if profile.mode == "live":
            raise LiveRefusedError("the embedded paper broker is never live")
        return profile.account
    try:
        reported = asyncio.run(_account(connection_to(spec, profile.account, _PATIENCE_S, live=profile.mode == "live")))
    except AuthError as error:
        raise LiveRefusedError(f"not opened: {error}") from None
    except (BrokerError, TimeoutError) as error:
        if profile.mode == "live":
            why = str(error) or f"no answer within {_PATIENCE_S:g} s"
            raise LiveRefusedError(f"not opened: the broker can't say whose account it is: {why}") from None
        return ""
    wrong = Identity(profile.account, profile.mode).mismatch(reported)
    if wrong:
        raise LiveRefusedError(f"not opened: {wrong}")
    return reported.account


async def _account(broker: BrokerAdapter) -> AccountSnapshot:
    async with asyncio.timeout(2 * _PATIENCE_S):
        await broker.connect(lambda report: None)
        try:
            return await broker.account()
        finally:
            await broker.disconnect()
