"""Builds one running desk from the settings: the only place where engine, broker, market and journal meet."""

from __future__ import annotations

import asyncio
import datetime
import importlib.metadata
import logging
import os
import time
from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from console.broker_groups import groups_refused
from console.broker_setup import (
    FOR_BARS,
    FOR_DATA,
    BrokerSpec,
    UnknownDataError,
    alpaca_days,
    alpaca_settings,
    connections_of,
    fan_out,
    further_brokers,
    ibkr_days,
    ibkr_settings,
    make_broker,
    market_of,
    spec_of,
    wall_per_market,
)
from console.config.load import DeskConfig
from console.config.paths import closed_to_others, make_private, open_to_group
from console.control_handler import ControlHandler
from console.hooks.teller import Teller
from console.limits_in_force import limits_in_force
from console.live.audit import keep_noted
from console.live.consent import Consent, check_consent, check_profile
from console.live.probe import check_account
from console.market_setup import MarketSetup, real, replayed, simulated
from console.options import RunOptions
from console.pin.vault import PinVault
from console.session_hours import watch_sessions
from console.tca.recall import recall_day
from engine.inputs import Unlock
from engine.journal.chain import GENESIS, Head
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.head_copy import FileCopy, SyslogCopy, reopen
from engine.journal.latch import KillLatch, Latch
from engine.journal.mirror import TradesMirror
from engine.journal.place import text_of
from engine.journal.snapshot_child import Job
from engine.journal.store import open_journal
from engine.market.calendar import Calendar, CalendarError
from engine.market.quotes import QuoteCache
from engine.market.venues import Venues
from engine.model.enums import AlertLevel
from engine.model.money import CENT
from engine.protocol import DataProvider, MarketSink
from engine.risk.gate import Gate
from engine.runtime.bounded import DISK_BOUND_S, within
from engine.runtime.clock import WallClock
from engine.runtime.control import ControlServer
from engine.runtime.feed import ReplayFeed, SimulatedFeed
from engine.runtime.head_copying import HeadKeeper
from engine.runtime.lock import DeskLock
from engine.runtime.settings import DeskSettings
from engine.runtime.shell import Shell
from engine.runtime.snapshotting import SnapshotKeeper
from engine.runtime.thread import EngineThread, Running
from engine.surroundings import Surroundings

MIRROR_EVERY_S = 2.0
IBKR = "IBKR"
SATURDAY = 5

log = logging.getLogger("tradedesk.wiring")


class Plan(msgspec.Struct):
    """A desk that is ready to be built: everything that can be refused before a file is opened has been."""

    config: DeskConfig
    options: RunOptions
    market: MarketSetup
    wall: WallClock
    broker: BrokerSpec


def plan_desk(config: DeskConfig, options: RunOptions) -> Plan:
    """Check what the run asks for. Raises TapeError, StartTimeError, CalendarError, UnknownBrokerError, and
    LiveRefusedError where a consent to live mode is missing."""
    spec = spec_of(config.profile, options.broker)
    check_profile(config.profile, spec, os.environ, replay=bool(options.replay))
    wall = WallClock()
    if options.replay:
        market = replayed(
            config.universe,
            options.replay,
            options.from_time,
            Decimal(1) if options.speed is None else options.speed,
            wall,
            [path.expanduser() for path in config.profile.history],
            config.corporate_actions,
        )
    elif (options.data or config.profile.data) == "alpaca":
        settings = alpaca_settings(config.profile.account, live=config.profile.mode == "live")
        past = [path.expanduser() for path in config.profile.history]
        market = real(
            config.universe,
            f"ALPACA {settings.feed}",
            wall,
            past,
            config.corporate_actions,
            alpaca_days(settings, config.universe),
        )
    elif (options.data or config.profile.data) == "ibkr":
        at = ibkr_settings(config.profile.ibkr, live=config.profile.mode == "live").beside(FOR_BARS)
        past = [path.expanduser() for path in config.profile.history]
        market = real(config.universe, IBKR, wall, past, config.corporate_actions, ibkr_days(at, config.universe))
    elif options.data not in (None, "sim"):
        raise UnknownDataError(options.data)
    else:
        market = simulated(config.universe, config.profile.sim.seed, wall)
    return Plan(config, options, market, wall, spec)


def open_desk(plan: Plan, *, headless: bool, consent: Consent | None = None) -> tuple[EngineThread, DeskLock]:
    """Take the state folder and start the desk in its own thread. Raises LockHeldError, JournalError, OSError ..., and
    LiveRefusedError: no live desk opens without the consent that a right PIN is, and no desk at all on an account that
    is not the profile's."""
    check_consent(plan.config.profile.mode, plan.config.profile.account, consent)
    state = plan.config.state
    make_private(state.folder)
    if plan.config.roles.socket_gid is not None:
        open_to_group(state.folder, plan.config.roles.socket_gid)
    lock = DeskLock(state.lock)
    lock.acquire(headless=headless, run=plan.options.to_text())
    try:
        check_account(plan.config.profile, plan.broker)
        latch = KillLatch(state.latch)
        gate = Gate(closed=True, on_close=lambda reason, scope, by: _latch(latch, plan.wall, reason, scope, by))
        thread = EngineThread(gate, lambda handle: _build(plan, handle, latch, lock, consent))
        thread.start()
    except BaseException:
        lock.release()
        raise
    return thread, lock


def _latch(latch: KillLatch, wall: WallClock, reason: str, scope: str, by: str) -> None:
    """Persist a slam of the gate at once, in whatever thread it was slammed."""
    mine = latch.of(scope)
    if not mine.exists():
        within(DISK_BOUND_S, lambda: mine.write(Latch(0, wall.wall_ns(), by or "engine", reason, "no")), "kill latch")


def _business_days(exchange: str) -> Callable[[str], bool]:
    """Whether the exchange trades on an ISO date; beyond its table every weekday counts."""
    calendar = Calendar.load(exchange)

    def is_business_day(text: str) -> bool:
        day = datetime.date.fromisoformat(text)
        try:
            return calendar.session_on(day) is not None
        except CalendarError:
            return day.weekday() < SATURDAY

    return is_business_day


async def _build(
    plan: Plan, thread: EngineThread, latch: KillLatch, lock: DeskLock, consent: Consent | None
) -> Running:
    config, market = plan.config, plan.market
    codec = FactCodec()
    journal = await open_journal(config.state.place, codec)
    limits, left_out = limits_in_force(
        config.limits.limits,
        recorded=market.replay is not None,
        past_known=any(market.history.has(instrument.symbol) for instrument in market.instruments),
    )
    pace = wall_per_market(Decimal(1) if plan.options.speed is None else plan.options.speed)
    broker = make_broker(plan.broker, config.profile, config.state, market, pace)
    adapter = broker.adapter
    others = further_brokers(config.profile, config.state, market, pace)
    adapters = {config.profile.account: adapter, **{name: other.adapter for name, other in others.items()}}
    quotes = QuoteCache(limits, market.instruments)
    venues = Venues(quotes, lambda account: adapters[account].capabilities().fees if account in adapters else None)
    settings = DeskSettings(
        state_dir=config.state.folder,
        mode=config.profile.mode,
        account=config.profile.account,
        broker=adapter.name,
        market_label=market.label,
        run_label=market.run_label,
        version=importlib.metadata.version("tradedesk"),
        base_currency=config.profile.currency,
        pnl_method=config.profile.pnl_method,
        instruments=market.instruments,
        limits=limits,
        risk_hash=config.limits.hash,
        surroundings=Surroundings(
            market.session_closed,
            market.trading_day,
            lambda account: adapters.get(account, adapter).capabilities(),
            flatten_grace_ns=config.profile.kill.grace_ns,
            second_person_ns=config.profile.kill.second_person_ns,
            check_every_ns=config.profile.resilience.check_orders_ns,
            unacked_after_ns=config.profile.resilience.unanswered_ns,
            order_timeouts=config.profile.resilience.order_timeouts.settings(),
            session_bounds=market.session_bounds,
            history=market.history,
            past=market.past,
            benchmark=config.profile.benchmark or "",
            corporate_actions=config.corporate_actions,
            restricted=config.restricted,
            locates=config.locates,
            is_business_day=_business_days("XNYS"),
            new_session_after_ns=config.profile.unknown.new_session_after_s * 1_000_000_000,
            resend_within_ns=config.profile.unknown.resend_within_s * 1_000_000_000,
            idle_lock_ns=config.profile.live.idle_lock_ns,
            venues=venues,
            group_refusal=groups_refused(adapters, config.profile.groups),
            profiles=config.volume_profiles,
        ),
        session=market.session,
        watched=market.watched,
        request_timeout_s=float(config.profile.resilience.request_timeout),
        resilience=config.profile.resilience.settings(),
        connections=connections_of(config.profile, adapter.name),
        roles=config.roles.loaded,
    )
    shell = Shell(
        settings,
        journal,
        codec,
        adapter,
        quotes,
        market.clock,
        plan.wall,
        thread.gate,
        latch,
        fan_out(
            [
                market_of(account, each, venues, lambda symbol: _tick(shell, symbol))
                for account, each in {config.profile.account: broker, **others}.items()
            ]
        ),
        {name: other.adapter for name, other in others.items()},
    )
    before_seq = journal.head.seq
    try:
        await asyncio.to_thread(_reopen, config)
        await shell.start()
        shell.desk.tca.expect()
    except BaseException:
        await journal.close()
        raise
    feed: DataProvider = broker.feed if broker.feed is not None else _feed(plan, shell)
    own = {name: other.feed for name, other in others.items() if other.feed is not None}
    await _subscribe(shell, feed, quotes, market, {each: venues.open(name) for name, each in own.items()})
    for warning in config.warnings:
        shell.notice(AlertLevel.WARN, "CONFIG", warning)
    for code, words in left_out:
        shell.notice(AlertLevel.NOTICE, code, words)
    for line in market.odd:
        shell.notice(AlertLevel.WARN, "HISTORY", line)
    if not config.roles.enforced and config.roles.given is not None:
        shell.notice(
            AlertLevel.NOTICE, "ROLES_NOT_ENFORCED", "ROLES NOT ENFORCED: the trader can write roles or limits"
        )
    if config.roles.socket_gid is not None:
        for words in closed_to_others(config.state.folder.parent):
            shell.notice(AlertLevel.WARN, "SOCKET_GROUP", words)
    server = ControlServer(
        config.state.socket,
        ControlHandler(thread, market, config).handle,
        group=config.roles.socket_gid,
        users=config.roles.given or (),
    )
    await server.start()
    job = Job(text_of(config.state.place), str(config.state.snapshots))
    keeper = SnapshotKeeper(job, config.profile.journal.snapshot_every)
    mirror = TradesMirror(config.state.place, config.state.trades)
    beside = [
        asyncio.create_task(_keep_mirrored(mirror, lambda: shell.head)),
        asyncio.create_task(keeper.run(lambda: shell.head)),
        asyncio.create_task(recall_day(shell.desk, config.state.place, before_seq)),
    ]

    def noticed(level: AlertLevel, code: str, text: str) -> object:
        return shell.ask(lambda desk, now: shell.notice(level, code, text))

    for account, each_broker in adapters.items():
        watch = watch_sessions(shell, market, account, each_broker)
        if watch is not None:
            beside.append(asyncio.create_task(watch.run()))
    hooks = [each.hook() for each in config.profile.hooks]
    teller = Teller(hooks, shell.desk.state, shell.desk.first_alert, noticed)
    beside.append(asyncio.create_task(teller.run()))

    if consent is not None:
        shell.post(Unlock(consent.user))
        vault = PinVault.of(config.paths)
        noted = keep_noted(vault, lambda: shell.desk.state.pin_noted, shell.send, time.time_ns())
        beside.append(asyncio.create_task(noted))

    heads = _head_keepers(config, shell)
    beside += [asyncio.create_task(place.run(shell.desk.state.desk_id, lambda: shell.head)) for place in heads]

    async def close() -> None:
        await feed.close()
        for each in own.values():
            await each.close()
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await asyncio.to_thread(teller.close)
        await asyncio.to_thread(keeper.at_stop, shell.head if shell.settled else None, shell.desk.state)
        await asyncio.to_thread(_mirrored, mirror)
        for place in heads:
            await place.copy(shell.desk.state.desk_id, shell.head, "closed" if shell.settled else "")
        await server.close()
        lock.release()

    return Running(shell, close)


def _tick(shell: Shell, symbol: str) -> Decimal:
    instrument = shell.desk.state.instruments.get(symbol)
    return instrument.tick if instrument is not None else CENT


async def _subscribe(
    shell: Shell,
    feed: DataProvider,
    quotes: QuoteCache,
    market: MarketSetup,
    beside: Mapping[DataProvider, MarketSink],
) -> None:
    """Quotes of the universe and of every option that was listed before and has not expired; later ones as they
    come. `beside`: the feeds of further accounts' brokers, and who takes them."""
    now_ns = market.clock.now_ns()
    universe = {instrument.symbol for instrument in market.instruments}
    listed = [
        instrument
        for instrument in shell.desk.state.instruments.values()
        if instrument.symbol in universe or (instrument.option and now_ns < instrument.option.expires_ns)
    ]
    quotes.add_instruments(listed)
    takers = {feed: shell.on_market, **beside}
    for each, sink in takers.items():
        await each.subscribe(tuple(instrument.symbol for instrument in listed), sink)
    loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[None]]()

    def on_listed(symbol: str) -> None:
        for each, sink in takers.items():
            task = loop.create_task(each.subscribe((symbol,), sink))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    shell.on_listed = on_listed


def _head_keepers(config: DeskConfig, shell: Shell) -> list[HeadKeeper]:
    """One for the state folder, and one for the second place that the settings name."""
    journal = config.profile.journal
    places: list[FileCopy | SyslogCopy] = [FileCopy(config.state.heads)]
    if journal.head_copy is not None:
        places.append(FileCopy(journal.head_file) if journal.head_file is not None else SyslogCopy())

    def said(words: str) -> None:
        shell.notice(AlertLevel.WARN, "HEAD_COPY", words)

    return [HeadKeeper(place, journal.head_copy_every, said) for place in places]


def _reopen(config: DeskConfig) -> None:
    """Say that the journal goes on. Where that can't be said there is no reason not to start: an audit will name the
    rows that follow."""
    for path in (config.state.heads, config.profile.journal.head_file):
        try:
            if path is not None:
                reopen(path)
        except JournalError as error:
            log.warning("%s", error)


def _feed(plan: Plan, shell: Shell) -> DataProvider:
    market = plan.market

    def on_error(error: Exception) -> None:
        shell.notice(AlertLevel.ALARM, "FEED_DOWN", f"market data stopped: {error}")

    if market.replay is not None:
        return ReplayFeed(
            market.replay,
            market.clock,  # type: ignore[arg-type]
            lambda: shell.notice(AlertLevel.NOTICE, "TAPE_END", "the tape has ended; prices stand still"),
            on_error,
            shell.drained,
        )
    listed = {instrument.symbol: instrument for instrument in market.instruments}
    if market.real and market.label == IBKR:
        from brokers.ibkr.data import IbkrData

        profile = plan.config.profile
        at = ibkr_settings(profile.ibkr, live=profile.mode == "live").beside(FOR_DATA)
        return IbkrData(at, listed, lambda words: shell.notice(AlertLevel.WARN, "FEED_TROUBLE", words))
    if market.real:
        from brokers.alpaca.data import AlpacaData

        settings = alpaca_settings(plan.config.profile.account, live=plan.config.profile.mode == "live")
        return AlpacaData(settings, listed, lambda words: shell.notice(AlertLevel.WARN, "FEED_TROUBLE", words))
    assert market.sim is not None
    return SimulatedFeed(market.sim, market.clock, on_error)


async def _keep_mirrored(mirror: TradesMirror, head: Callable[[], Head]) -> None:
    """Keep trades.jsonl up with the journal, off the order path."""
    mirrored = GENESIS
    while True:
        await asyncio.sleep(MIRROR_EVERY_S)
        now = head()
        if now != mirrored and await asyncio.to_thread(_mirrored, mirror):
            mirrored = now


def _mirrored(mirror: TradesMirror) -> bool:
    """Whether trades.jsonl is level with the journal now; what failed is logged, and is made up for by a later try."""
    try:
        mirror.catch_up()
    except JournalError as error:
        log.warning("trades mirror: %s", error)
        return False
    return True
