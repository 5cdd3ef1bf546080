"""What the gateway finds out about a broker's condition becomes facts and alerts here, in the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.model.enums import AlertLevel
from engine.risk import triggers

if TYPE_CHECKING:
    from engine.desk import Desk


def handed_over(desk: Desk, news: i.HandedOver) -> None:
    """When orders left the desk: kept for the latencies of its statistics."""
    desk.emit(f.OrdersHandedOver(news.sends))


def breaker_moved(desk: Desk, news: i.BreakerMoved) -> None:
    """Open: new orders are withheld. Half-open: the next read decides. Closed: orders go out again."""
    if desk.state.breakers.get(news.broker, "closed") == news.state:
        return
    desk.emit(f.BreakerSet(news.broker, news.state, news.reason))
    if news.state == "open":
        text = f"breaker of {news.broker} open: {news.reason}; new orders are withheld, cancels still try"
        desk.alert(AlertLevel.ALARM, "BREAKER_OPEN", text)
    elif news.state == "half-open":
        desk.alert(AlertLevel.NOTICE, "BREAKER_HALF_OPEN", f"breaker of {news.broker} half-open: a read decides")
    else:
        desk.alert(AlertLevel.NOTICE, "BREAKER_CLOSED", f"breaker of {news.broker} closed: orders go out again")


def health_moved(desk: Desk, news: i.HealthMoved) -> None:
    """The lamp changes its colour."""
    if desk.state.health.get(news.broker, "ok") == news.health:
        return
    desk.emit(f.BrokerHealthSet(news.broker, news.health, news.reason))
    if news.health == "ok":
        desk.alert(AlertLevel.NOTICE, "BROKER_HEALTH", f"{news.broker} is healthy again")
    else:
        level = AlertLevel.ALARM if news.health == "down" else AlertLevel.WARN
        desk.alert(level, "BROKER_HEALTH", f"{news.broker} is {news.health}: {news.reason}")


def skew_moved(desk: Desk, news: i.SkewMoved) -> None:
    """The clocks came apart, or together again."""
    known = desk.state.skews.get(news.broker)
    if (known.level if known is not None else "ok") == news.level:
        return
    desk.emit(f.ClockSkewSet(news.broker, news.level, news.skew_ns, news.limit_ns))
    off = f"the clock of {news.broker} is {abs(news.skew_ns) / 1e9:.3f} s {'ahead' if news.skew_ns > 0 else 'behind'}"
    if news.level == "stop":
        desk.alert(AlertLevel.ALARM, "CLOCK_SKEW", f"{off}: no order that increases risk goes out")
    elif news.level == "warn":
        desk.alert(AlertLevel.WARN, "CLOCK_SKEW", off)
    else:
        desk.alert(AlertLevel.NOTICE, "CLOCK_SKEW", f"the clock of {news.broker} agrees with ours again")
    triggers.on_skew(desk, news.broker, too_far=news.level == "stop", text=off)
