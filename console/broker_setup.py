"""Which broker the desk trades at: the embedded paper broker, one that is served on a socket, or Alpaca."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from brokers.paper.apart import Apart, market_apart
from console.config.models import IbkrConfig, PaperConfig, Profile
from console.config.paths import Paths, StatePaths
from console.market_setup import MarketSetup
from engine.market.history import History
from engine.market.matching import FillConfig, hours_by_calendar
from engine.market.venues import Venues
from engine.model.instrument import Instrument
from engine.model.market import MarketEvent
from engine.protocol import BrokerAdapter, BrokerError, MarketSink

if TYPE_CHECKING:
    from brokers.alpaca.settings import AlpacaSettings
    from brokers.ibkr.settings import IbkrSettings
    from brokers.paper.remote import RemotePaper

log = logging.getLogger("tradedesk.brokers")
KNOWN: Final = "paper, paper@SOCKET, alpaca, ibkr"


#: Client ids beside a desk's own at TWS: of its quotes, of daily bars, and of a single question.
FOR_DATA, FOR_BARS, BESIDE = 1, 2, 50


class UnknownBrokerError(ValueError):
    """The named broker is not in this version."""

    def __init__(self, name: str) -> None:
        super().__init__(f"broker {name!r} is not in this version; expected {KNOWN}")


class UnknownDataError(ValueError):
    """The named data source is not in this version."""

    def __init__(self, name: str) -> None:
        super().__init__(f"data source {name!r} is not in this version; expected sim, alpaca or ibkr")


class BrokerMismatchError(ValueError):
    """A run asks for another kind of broker than its profile's: their orders would share one journal."""


class BrokerSpec(msgspec.Struct, frozen=True):
    """A broker as named on the command line or in the profile; `socket` is where a served paper broker listens."""

    name: str
    socket: Path | None = None
    ibkr: IbkrConfig | None = None
    """Where TWS is."""

    @classmethod
    def parse(cls, text: str, profile_socket: Path | None = None, ibkr: IbkrConfig | None = None) -> BrokerSpec:
        """`paper`, `paper@SOCKET`, `alpaca` or `ibkr`. Raises UnknownBrokerError."""
        if text == "alpaca":
            return cls(text)
        if text == "ibkr":
            return cls(text, ibkr=ibkr)
        name, _, socket = text.partition("@")
        if name != "paper" or (text.endswith("@")):
            raise UnknownBrokerError(text)
        return cls(name, Path(socket) if socket else profile_socket)


def spec_of(profile: Profile, asked: str | None) -> BrokerSpec:
    """The broker of a run: the profile's, or the one that was asked for in its place. Raises UnknownBrokerError, and
    BrokerMismatchError where the profile's journal is another kind of broker's."""
    spec = BrokerSpec.parse(asked or profile.broker, profile.paper.socket, profile.ibkr)
    if spec.name != profile.broker.partition("@")[0]:
        raise BrokerMismatchError(
            f"broker {spec.name} needs a profile of its own (broker, account, data) in tradedesk.yaml; this one is for "
            f"broker {profile.broker}: choose it with --profile"
        )
    return spec


class Broker(msgspec.Struct):
    """The adapter, where its market's events go (embedded), and the broker's own feed (served)."""

    adapter: BrokerAdapter
    on_market: MarketSink | None
    feed: RemotePaper | None
    apart: Apart = Apart()
    """How the embedded broker's market differs from the desk's."""


def make_broker(
    spec: BrokerSpec, profile: Profile, state: StatePaths, market: MarketSetup, wall_per_market: Callable[[], float]
) -> Broker:
    """The adapter of this run. Raises BooksError when the paper books can't be opened."""
    return _made(spec, profile.account, profile.paper, state.paper_books, profile, market, wall_per_market)


def further_brokers(
    profile: Profile, state: StatePaths, market: MarketSetup, wall_per_market: Callable[[], float]
) -> dict[str, Broker]:
    """Those of the profile's further accounts, by account. Raises BooksError when paper books can't be opened."""
    return {
        account.name: _made(
            BrokerSpec("paper", account.broker_socket),
            account.name,
            account.paper,
            state.paper_books_of(account.name),
            profile,
            market,
            wall_per_market,
        )
        for account in profile.accounts
    }


def market_of(account: str, broker: Broker, venues: Venues, tick_of: Callable[[str], Decimal]) -> MarketSink | None:
    """Where the desk's market events go for this account's embedded broker. One whose market is apart from the
    desk's gets its own quotes, and so do `venues`."""
    if broker.on_market is None or not broker.apart.is_apart:
        return broker.on_market
    return market_apart(broker.apart, tick_of, venues.open(account), broker.on_market)


def fan_out(sinks: Sequence[MarketSink | None]) -> MarketSink | None:
    """What gives the desk's own feed to each embedded broker."""
    wanted = [sink for sink in sinks if sink is not None]
    if len(wanted) < 2:
        return wanted[0] if wanted else None

    def to_all(event: MarketEvent) -> None:
        for sink in wanted:
            sink(event)

    return to_all


def connections_of(profile: Profile, first: str) -> dict[str, str]:
    """Account -> name of its connection; none for a desk with one account. `first`: the name of the default one's."""
    if not profile.accounts:
        return {}
    return {profile.account: first, **{account.name: f"paper:{account.name}" for account in profile.accounts}}


def _made(
    spec: BrokerSpec,
    account: str,
    paper: PaperConfig,
    books: Path,
    profile: Profile,
    market: MarketSetup,
    wall_per_market: Callable[[], float],
) -> Broker:
    if spec.name == "alpaca":
        from brokers.alpaca.adapter import AlpacaBroker

        listed = {instrument.symbol: instrument for instrument in market.instruments}
        there = alpaca_settings(account, live=profile.mode == "live")
        return Broker(AlpacaBroker(there, account=account, instruments=listed), None, None)
    if spec.name == "ibkr":
        from brokers.ibkr.adapter import IbkrBroker

        listed = {instrument.symbol: instrument for instrument in market.instruments}
        at = ibkr_settings(profile.ibkr, live=profile.mode == "live", memory=books.with_name("ibkr.jsonl"))
        patience_s = float(profile.resilience.request_timeout) * 0.8
        return Broker(
            IbkrBroker(msgspec.structs.replace(at, timeout_s=patience_s), account=account, instruments=listed),
            None,
            None,
        )
    if spec.socket is not None:
        from brokers.paper.remote import RemotePaper

        remote = RemotePaper(spec.socket, account=account)
        return Broker(remote, None, remote)
    from brokers.paper.adapter import PaperBroker
    from brokers.paper.settings import PaperSettings

    settings = PaperSettings(
        account=account,
        currency=profile.currency,
        cash=paper.cash,
        latency_ms=paper.latency_ms,
        seed=paper.seed,
        fills=FillConfig(
            slippage_bps=paper.slippage_bps,
            commission_per_share=paper.commission_per_share,
            commission_bps=paper.commission_bps,
            commission_min=paper.commission_min,
            limit_fill_prob=paper.limit_fill_probability,
            default_display=paper.default_display,
            fx_display=paper.fx_display,
            margin=paper.margin,
        ),
    )
    embedded = PaperBroker(
        books,
        settings,
        market.instruments,
        now_ns=market.clock.now_ns,
        # The simulated market never closes, but its day ends, and day orders with it.
        hours=hours_by_calendar(lambda name: market.calendar) if market.sim is not None else hours_by_calendar(),
        wall_per_market=wall_per_market,
    )
    return Broker(embedded, embedded.on_market, None, Apart(paper.quote_ticks, paper.quote_size))


def connection_to(
    spec: BrokerSpec, account: str, timeout_s: float, *, live: bool, as_desk: bool = False
) -> BrokerAdapter:
    """An adapter of a broker that is a process of its own, for one question or a kill beside the desk. `live`: whether
    the profile is; `as_desk`: in the place of a desk that is dead, where that makes a difference. Raises SettingsError
    and SecretsError."""
    if spec.name == "ibkr":
        from brokers.ibkr.adapter import IbkrBroker

        at = msgspec.structs.replace(ibkr_settings(spec.ibkr, live=live), timeout_s=timeout_s)
        beside = at.beside(BESIDE)
        if as_desk:  # single orders can be cancelled by the client that placed them
            return IbkrBroker(at, account=account, instruments={}, spare_client_id=beside.client_id)
        return IbkrBroker(beside, account=account, instruments={})
    if spec.name == "alpaca":
        from brokers.alpaca.adapter import AlpacaBroker

        settings = msgspec.structs.replace(alpaca_settings(account, live=live), timeout_s=timeout_s)
        # The desk may have the one stream that a key gets.
        return AlpacaBroker(settings, account=account, instruments={}, listens=False)
    from brokers.paper.remote import RemotePaper

    assert spec.socket is not None
    return RemotePaper(spec.socket, account=account, timeout_s=timeout_s)


def ibkr_settings(config: IbkrConfig | None, *, live: bool, memory: Path | None = None) -> IbkrSettings:
    """Where TWS is, by the profile and the environment. Raises SettingsError, also where no SDK is installed."""
    from brokers.errors import SettingsError
    from brokers.ibkr.settings import TWS_LIVE, TWS_PAPER, IbkrSettings, with_environment

    if not any(importlib.util.find_spec(name) for name in ("ib_insync", "ib_async")):
        raise SettingsError(
            "Interactive Brokers needs ib_insync, which is not installed: .venv/bin/pip install 'tradedesk[ibkr]'"
        )
    chosen = config if config is not None else IbkrConfig()
    return with_environment(
        IbkrSettings(
            chosen.host,
            chosen.port or (TWS_LIVE if live else TWS_PAPER),
            chosen.client_id,
            what_if_above=chosen.what_if_above,
            delayed_data=chosen.delayed_data,
            memory=memory,
        ),
        os.environ,
    )


def alpaca_settings(account: str, *, live: bool) -> AlpacaSettings:
    """With the secrets of this account, which is a live one or not. Raises SettingsError, also where the SDK is not
    installed, and SecretsError."""
    return alpaca_found(account, live=live)[0]


def alpaca_found(account: str, *, live: bool) -> tuple[AlpacaSettings, str]:
    """The settings, and the place that has their secrets. Raises SettingsError and SecretsError."""
    from brokers.alpaca.settings import KEY, SECRET, SettingsError, settings_of
    from console.secrets.search import find

    if importlib.util.find_spec("alpaca") is None:
        raise SettingsError("Alpaca needs alpaca-py, which is not installed: .venv/bin/pip install 'tradedesk[alpaca]'")
    found = find((KEY, SECRET), account, os.environ, Paths.of(os.environ).secrets_file)
    return settings_of(found.secrets, os.environ, live=live), found.place


def ibkr_days(settings: IbkrSettings, universe: Sequence[Instrument]) -> Callable[[Sequence[str], date], History]:
    """Daily bars of IB's; none where it can't be asked, as with Alpaca's."""
    listed = {instrument.symbol: instrument for instrument in universe}

    def days(symbols: Sequence[str], today: date) -> History:
        from brokers.ibkr.bars import daily_bars

        try:
            return History.of(daily_bars(settings, {symbol: listed[symbol] for symbol in symbols}, today))
        except BrokerError as error:
            log.warning("no daily bars from Interactive Brokers: %s", error)
            return History.empty()

    return days


def alpaca_days(settings: AlpacaSettings, universe: Sequence[Instrument]) -> Callable[[Sequence[str], date], History]:
    """Daily bars of Alpaca's; none where it can't be asked: what needs them is refused then, and the log says why."""
    known = {instrument.symbol: instrument for instrument in universe}

    def days(symbols: Sequence[str], today: date) -> History:
        from brokers.alpaca.bars import daily_bars

        try:
            return History.of(daily_bars(settings, symbols, today, known))
        except BrokerError as error:
            log.warning("no daily bars from Alpaca: %s", error)
            return History.empty()

    return days


def wall_per_market(speed: Decimal) -> Callable[[], float]:
    """Wall seconds a market second takes at this speed; as fast as possible counts as nothing."""
    share = float(1 / speed) if speed else 0.0
    return lambda: share
