"""Brokers' own hours beside the desk's calendars: whoever asks for them while the desk runs."""

from __future__ import annotations

from console.market_setup import MarketSetup
from engine.model.enums import AlertLevel
from engine.protocol import BrokerAdapter, TellsSessions
from engine.runtime.session_watch import SessionWatch
from engine.runtime.shell import Shell


def watch_sessions(shell: Shell, market: MarketSetup, account: str, adapter: BrokerAdapter) -> SessionWatch | None:
    """Whoever asks this account's broker for its hours; None where it tells none, or the market is not the real one."""
    if not isinstance(adapter, TellsSessions) or not market.exchanges:
        return None
    taken = adapter.capabilities().asset_classes
    classes = {instrument.symbol: instrument.asset_class for instrument in market.instruments}
    calendars = {}
    for name, (calendar, symbols) in market.exchanges.items():
        of = [symbol for symbol in symbols if classes[symbol] in taken]
        if of:
            calendars[name] = (calendar, of)

    def session() -> int:
        found = shell.gateways.at(account).detail(account)
        return found.sessions if found.connected else 0

    return SessionWatch(
        account,
        adapter.name,
        adapter,
        session,
        calendars,
        market.clock.now_ns,
        shell.post,
        lambda text: shell.notice(AlertLevel.WARN, "SESSION_UNTOLD", text),
    )
