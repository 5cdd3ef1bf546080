"""Each connection of a profile: is it there, is it the account that is meant, may it do what the desk will ask for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from brokers.checks import Check, Verdict
from brokers.errors import SettingsError
from console.broker_setup import BESIDE, FOR_DATA, BrokerSpec, alpaca_found, connection_to, ibkr_settings
from console.config.models import Profile
from console.config.paths import Paths
from console.doctor.finding import Finding
from console.secrets.search import SecretsError
from engine.market.calendar import Calendar
from engine.market.told_sessions import differences
from engine.model.snapshot import AccountSnapshot
from engine.protocol import (
    AuthError,
    BrokerAdapter,
    BrokerError,
    NotConnectedError,
    TellsSessions,
    TellsTime,
    ThrottledError,
    WrongAccountError,
)
from engine.reconcile.identity import Identity
from engine.resilience.settings import Resilience
from engine.resilience.skew import ClockSkew
from engine.runtime.lock import is_held

if TYPE_CHECKING:
    from brokers.alpaca.settings import AlpacaSettings

PATIENCE_S: Final = 5.0
NS: Final = 1_000_000_000
STOCKS: Final = "XNYS"
PROBE: Final = "SPY"
AHEAD: Final = 14
"""So many days of the broker's calendar are compared."""
NEAR: Final = 5
"""So many where a broker tells no more."""
SHOWN: Final = 3


def examine(paths: Paths, name: str, profile: Profile, *, wall_ns: Callable[[], int] = time.time_ns) -> list[Finding]:
    """The connections of one profile; it takes as long as its brokers do. A stream that a running desk of the profile
    has is left alone: a key gets one."""
    state = paths.state_of(profile.mode, profile.account, profile.journal.url, profile.broker)
    return [Finding.of(check, name) for check in _checks(profile, wall_ns, runs=is_held(state.lock))]


def _checks(profile: Profile, wall_ns: Callable[[], int], *, runs: bool) -> Iterator[Check]:
    spec = BrokerSpec.parse(profile.broker, profile.paper.socket, profile.ibkr)
    settings = None
    if "alpaca" in (spec.name, profile.data):
        settings, check = _key(profile)
        yield check
    if spec.name == "alpaca":
        if settings is not None:
            found = list(_broker(spec, profile, wall_ns))
            yield from found
            if any(check.check == "account" for check in found):
                yield from _trading(settings, runs=runs)
            if any(check.check == "key" for check in found):
                return
    elif spec.name == "ibkr":
        yield from _ibkr(spec, profile, wall_ns, runs=runs)
    elif spec.name == "paper" and spec.socket is None:
        yield Check("broker", "ok", "paper, inside the desk")
    else:
        yield from _broker(spec, profile, wall_ns)
    if profile.data == "alpaca" and settings is not None:
        from brokers.alpaca.checkup import market_data

        yield from market_data(settings, streams=not runs)
    if profile.data == "ibkr" and spec.name != "ibkr":
        yield from _ibkr_data(profile)


def _ibkr(spec: BrokerSpec, profile: Profile, wall_ns: Callable[[], int], *, runs: bool) -> Iterator[Check]:
    from brokers.ibkr.checkup import api, client_id, port

    live = profile.mode == "live"
    try:
        settings = ibkr_settings(profile.ibkr, live=live)
    except SettingsError as error:
        yield Check("broker", "FAIL", str(error))
        return
    yield from port(settings, live=live)
    answers = asyncio.run(api(settings.beside(BESIDE)))
    yield answers
    if answers.verdict == "FAIL":
        return
    yield from _broker(spec, profile, wall_ns)
    if not runs:
        yield asyncio.run(client_id(settings))
    if profile.data == "ibkr":
        yield from _ibkr_data(profile)


def _ibkr_data(profile: Profile) -> Iterator[Check]:
    from brokers.ibkr.checkup import market_data

    try:
        settings = ibkr_settings(profile.ibkr, live=profile.mode == "live")
        yield asyncio.run(market_data(settings.beside(BESIDE + FOR_DATA)))
    except SettingsError as error:
        yield Check("market data", "FAIL", str(error))


def _key(profile: Profile) -> tuple[AlpacaSettings | None, Check]:
    """Whether Alpaca's package and key are there; nobody else is asked."""
    try:
        settings, place = alpaca_found(profile.account, live=profile.mode == "live")
    except (SettingsError, SecretsError) as error:
        return None, Check("key", "FAIL", str(error))
    return msgspec.structs.replace(settings, timeout_s=PATIENCE_S), Check("key", "ok", f"from {place}")


def _trading(settings: AlpacaSettings, *, runs: bool) -> Iterator[Check]:
    from brokers.alpaca.checkup import account_state, updates

    yield from account_state(settings)
    yield Check("trade updates", "ok", "in use by this profile's desk, which runs") if runs else updates(settings)


def _broker(spec: BrokerSpec, profile: Profile, wall_ns: Callable[[], int]) -> Iterator[Check]:
    """What any adapter can be asked."""
    try:
        broker = connection_to(spec, profile.account, PATIENCE_S, live=profile.mode == "live")
        yield from asyncio.run(_asked(broker, profile, wall_ns))
    except (ValueError, ImportError, OSError) as error:
        yield Check("broker", "FAIL", str(error))


async def _asked(broker: BrokerAdapter, profile: Profile, wall_ns: Callable[[], int]) -> list[Check]:
    found: list[Check] = []
    try:
        async with asyncio.timeout(3 * PATIENCE_S):
            await broker.connect(lambda report: None)
            found.append(Check("broker", "ok", f"{broker.name} answers"))
            found.append(_whose(profile, await broker.account()))
            if isinstance(broker, TellsTime):
                found.append(await _clock(broker, profile.resilience.settings(), wall_ns))
            if isinstance(broker, TellsSessions):
                found.append(await _sessions(broker, wall_ns()))
    except WrongAccountError as error:
        found.append(Check("account", "FAIL", str(error)))
    except AuthError as error:
        found.append(Check("key", "FAIL", str(error)))
    except NotConnectedError as error:
        found.append(Check("broker", "FAIL", str(error)))
    except ThrottledError as error:
        found.append(Check("broker", "warn", f"asked too often, try again in a minute: {error}"))
    except TimeoutError:
        found.append(Check("broker", "FAIL", f"no answer within {3 * PATIENCE_S:g} s"))
    except BrokerError as error:
        found.append(Check("broker", "FAIL", f"there, but it does not answer as it should: {error}"))
    finally:
        await broker.disconnect()
    return found


def _whose(profile: Profile, reported: AccountSnapshot) -> Check:
    wrong = Identity(profile.account, profile.mode).mismatch(reported)
    if wrong:
        return Check("account", "FAIL", f"{wrong}: the desk will not open on it")
    return Check("account", "ok", f"{reported.account}, {profile.mode}")


async def _clock(broker: TellsTime, limits: Resilience, wall_ns: Callable[[], int]) -> Check:
    skew = ClockSkew(int(limits.skew_warn_s * NS), int(limits.skew_stop_s * NS))
    asked_ns = wall_ns()
    theirs = await broker.server_time_ns()
    if theirs is None:
        return Check("clock", "ok", "this broker tells no time")
    skew.measured(theirs, asked_ns, wall_ns())
    if skew.skew_ns is None:
        return Check("clock", "warn", "the answer took too long to tell the time by it")
    apart = f"{abs(skew.skew_ns) / NS:.3f} s {'behind' if skew.skew_ns > 0 else 'ahead of'} the broker's"
    verdicts: dict[str | None, tuple[Verdict, str]] = {
        "warn": ("warn", f"; {limits.skew_stop_s:g} s and more stop new orders: set it by NTP"),
        "stop": ("FAIL", "; the desk takes no new orders like this: set it by NTP"),
    }
    verdict, words = verdicts.get(skew.level, ("ok", ""))
    return Check("clock", verdict, f"this machine's clock is {apart}{words}")


async def _sessions(broker: TellsSessions, now_ns: int) -> Check:
    calendar = Calendar.load(STOCKS)
    today = calendar.to_exchange_time(now_ns).date()
    for ahead in (AHEAD, NEAR):
        last = today + timedelta(days=ahead)
        told = await broker.sessions(PROBE, today, last)
        if told is not None:
            break
    else:
        return Check("calendar", "ok", f"this broker tells no sessions of {PROBE}")
    apart = differences(calendar, told, today, last)
    if not apart:
        return Check("calendar", "ok", f"{STOCKS} is the broker's for the next {ahead} days")
    both = "market orders go out only while both are open"
    return Check("calendar", "warn", f"{'; '.join(apart[:SHOWN])}; {both}")
