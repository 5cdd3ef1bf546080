"""The report as tables, the same everywhere: a title, columns, rows of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from console.json_rows import iso
from engine.model.eod import Counts, EodReport
from engine.model.money import CENT, plain
from engine.model.performance import Measure

Cell = str | None


class Section(msgspec.Struct, frozen=True):
    """One table. `key`: its name in files; `nothing`: what is said instead of no rows."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    nothing: str
    narrow: tuple[str, ...] = ()
    """The columns that a narrow screen has room for; none = all."""


class Clock(msgspec.Struct, frozen=True):
    """How a table says when something was: `moment` with its date, `time` within the day. Both take ns."""

    moment: Callable[[int], str]
    time: Callable[[int], str]


_COUNTS: Final = {
    "orders": "orders sent",
    "by_hand": "  by hand",
    "children": "  children of algos",
    "liquidations": "  liquidations",
    "held": "taken in to wait here",
    "denied": "denied by our checks",
    "rejected": "rejected by the broker",
    "withheld": "withheld at the gate",
    "unknown": "outcome not known at first",
    "dead": "  absent or declared dead",
    "cancels": "cancels asked for",
    "canceled": "canceled",
    "expired": "expired",
    "replaces": "changes asked for",
    "fills": "executions",
    "filled_orders": "orders with executions",
    "busts": "busts",
}


def sections(report: EodReport, times: Clock | None = None) -> list[Section]:
    """Every table of the report, in its order. `times`: how times are told; as in files, UTC to the ns, without it."""
    times = times or Clock(iso, iso)
    return [
        _summary(report, times),
        _positions(report),
        _accounts(report),
        _counts(report.counts),
        _costs(report),
        _open(report, "local", "LOCAL orders: they wait in the desk, and do nothing while it is down"),
        _open(report, "open", "Open orders"),
        _breaks(report, times),
        _touched(report),
        _events(report, times),
        _targets(report.targets),
    ]


def _summary(report: EodReport, times: Clock) -> Section:
    last = times.time(report.compared_ns) if report.compared_ns else "-"
    compared = f"{report.comparisons}, last {last}" if report.comparisons else "none in the day"
    rows: list[tuple[Cell, ...]] = [
        ("day", report.day),
        ("account", f"{report.mode} {report.account}"),
        ("facts", f"{report.first_seq} to {report.last_seq}"),
        ("from", times.moment(report.from_ns)),
        ("until", f"{times.moment(report.until_ns)}{', stopped' if report.closed else ''}"),
        ("trading state", report.trading_state),
        ("equity at the beginning", _money(report.day_equity)),
        ("equity", _money(report.equity)),
        ("paid in less taken out", _money(report.flows)),
        ("day P&L", _money(report.day_pnl, sign=True)),
        ("compared with the broker", compared),
        ("breaks found, open", f"{report.breaks_found}, {len(report.breaks)}"),
    ]
    return Section("summary", f"End of day, money in {report.currency}", ("figure", "value"), tuple(rows), "")


def _positions(report: EodReport) -> Section:
    columns = ("account", "symbol", "qty", "avg_px", "mark", "market_value", "unrealized", "realized", "fees",
               "bought", "sold", "currency")  # fmt: skip
    rows = tuple(
        (
            p.account, p.symbol, plain(p.qty), _text(p.avg_px), _text(p.mark), _money(p.market_value),
            _money(p.unrealized, sign=True), _money(p.realized, sign=True), _money(p.fees), plain(p.bought),
            plain(p.sold), p.currency,
        )
        for p in report.positions
    )  # fmt: skip
    narrow = ("symbol", "qty", "avg_px", "mark", "unrealized", "realized", "fees")
    nothing = "nothing is held, nothing was traded"
    return Section("positions", "Positions and P&L by symbol", columns, rows, nothing, narrow)


def _accounts(report: EodReport) -> Section:
    columns = ("account", "currency", "realized", "fees", "unrealized", "cash")
    rows = tuple(
        (a.account, a.currency, _money(a.realized, sign=True), _money(a.fees), _money(a.unrealized, sign=True),
         _money(a.cash))
        for a in report.accounts
    )  # fmt: skip
    return Section("accounts", "P&L by account", columns, rows, "no account was seen")


def _counts(counts: Counts) -> Section:
    rows = tuple((words, str(getattr(counts, name))) for name, words in _COUNTS.items())
    return Section("counts", "What was done", ("what", "count"), rows, "")


def _costs(report: EodReport) -> Section:
    columns = ("what", "kind", "symbol", "side", "qty", "filled", "avg_px", "arrival_bps", "vwap_bps", "shortfall",
               "shortfall_bps", "currency", "status")  # fmt: skip
    rows = tuple(
        (
            c.key, c.algo, c.symbol, c.side, plain(c.qty), plain(c.filled), _text(c.avg_px), _text(c.arrival_bps),
            _text(c.vwap_bps), _money(c.shortfall), _text(c.shortfall_bps), c.currency, c.status,
        )
        for c in report.costs
    )  # fmt: skip
    narrow = ("what", "symbol", "side", "filled", "avg_px", "arrival_bps", "shortfall", "status")
    return Section("costs", "Algos and orders with their costs (above 0: a cost)", columns, rows, "no orders", narrow)


def _open(report: EodReport, key: str, title: str) -> Section:
    columns = ("id", "account", "symbol", "side", "type", "tif", "leaves", "limit_px", "stop_px", "status", "lives_on",
               "tag")  # fmt: skip
    rows = tuple(
        (
            str(o.id), o.account, o.symbol, o.side, o.type, o.time_in_force, plain(o.leaves_qty), _text(o.limit_px),
            _text(o.stop_px), o.status, "yes" if o.lives_on else "no", o.tag or None,
        )
        for o in report.open_orders
        if o.local == (key == "local")
    )  # fmt: skip
    narrow = ("id", "symbol", "side", "leaves", "limit_px", "stop_px", "tif", "status", "lives_on")
    return Section(f"{key}_orders", title, columns, rows, "none", narrow)


def _breaks(report: EodReport, times: Clock) -> Section:
    columns = ("no", "kind", "account", "key", "ours", "theirs", "since", "why")
    rows = tuple(
        (str(b.no), b.kind, b.account, b.key, b.ours, b.theirs, times.moment(b.since_ns), b.why or None)
        for b in report.breaks
    )
    nothing = "none: the broker agrees with us"
    narrow = ("no", "kind", "key", "ours", "theirs", "why")
    return Section("breaks", "Breaks that are open", columns, rows, nothing, narrow)


def _touched(report: EodReport) -> Section:
    rows = tuple((t.code, t.scope, str(t.count), t.last) for t in report.touched)
    return Section("limits", "Limits and checks that refused", ("code", "scope", "count", "last"), rows, "none")


def _events(report: EodReport, times: Clock) -> Section:
    rows = tuple((times.time(e.at_ns), e.kind, e.text) for e in report.events)
    return Section("events", "Kills, halts, triggers, limits, baskets", ("at", "kind", "what"), rows, "none")


def _targets(targets: Sequence[Measure]) -> Section:
    rows = tuple(
        (m.label, _in_unit(m.value, m.unit), f"{'at most' if m.at_most else 'at least'} {_in_unit(m.target, m.unit)}",
         m.verdict, str(m.of))
        for m in targets
    )  # fmt: skip
    return Section("targets", "Targets", ("figure", "value", "target", "verdict", "of"), rows, "none")


def _text(value: Decimal | None) -> Cell:
    return None if value is None else plain(value)


def _money(value: Decimal | None, *, sign: bool = False) -> Cell:
    if value is None:
        return None
    cents = value.quantize(CENT)
    return f"{cents:+,f}" if sign else f"{cents:,f}"


def _in_unit(value: Decimal | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{plain(value)} ms" if unit == "ms" else f"{plain((value * 100).normalize())} %"


def as_json(value: object) -> object:
    """The report with Decimals as text and times as ISO (keys without their _ns)."""
    if isinstance(value, msgspec.Struct):
        found: dict[str, object] = {}
        for name in value.__struct_fields__:
            part = getattr(value, name)
            if name.endswith("_ns"):
                found[name.removesuffix("_ns")] = iso(part) if part else None
            else:
                found[name] = as_json(part)
        return found
    if isinstance(value, tuple | list):
        return [as_json(part) for part in value]
    return plain(value) if isinstance(value, Decimal) else value
