"""The report as one HTML page: tables and charts in it, no script, no network, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from typing import Final

from console.tca import rows
from console.tca.charts import Level, Point, Series, bars, dots, histogram, lines
from console.tca.style import whole
from engine.model.enums import Side
from engine.tca.book import TcaBook
from engine.tca.groups import By, Choice, Group, grouped, groups, measured
from engine.tca.marks import HORIZONS
from engine.tca.measure import Measured
from engine.tca.reading import last_seen
from engine.tca.tickets import Ticket

#: Pictures of single parents: the newest so many.
MOST_PICTURES: Final = 40
_SECOND_NS: Final = 1_000_000_000
_PARTS: Final = ("delay", "trading", "opportunity", "fees")
_AGAINST: Final = ("arrival", "vwap", "twap", "pwp", "close")

CONVENTIONS: Final = (
    "Positive = cost, for buys and sales alike. Mark-outs and spread capture are gains when positive.",
    "Shortfall after Kissell (expanded): delay on the whole order, opportunity from arrival; after CFA the delay "
    "counts on what was filled and the missed trade from the decision price; after Perold execution and opportunity "
    "both from the decision price. All three sum to the same, in bps of the whole order at its decision price.",
    "Arrival: mid at release. VWAP: eligible prints from release to the last fill (or the end), without our own; "
    "“with own” counts ours too. TWAP: mean of the mids at whole seconds. Close: mid at the end of the horizon, or "
    "when the rest was cancelled. PWP: average price of the first X / 20 % that traded from release on.",
    "Means are weighted by money filled, ± the standard error of a weighted mean; median, p5 and p95 count each order "
    "once. “-” is not known (a desk that was down in between says so) or not to be measured.",
)


def page(book: TcaBook, choice: Choice) -> str:
    """The whole page for what is chosen of a book."""
    found = measured(book, choice, "parent", lambda ticket: last_seen(book, ticket))
    title = " ".join(["Transaction costs", *_chosen(choice)])
    days = sorted({one.day for one in found})
    span = f"{days[0]} to {days[-1]}" if len(days) > 1 else days[0] if days else "no trading day"
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{escape(span)}; {len(found)} orders and parents.</p>"]
    if found:
        parts += [
            *_overall(found),
            *_groups(book, choice, found),
            *_tickets(found),
            *_pictures(book, found),
            *_latencies(found),
        ]
    else:
        parts.append("<p>Nothing was traded that is chosen here.</p>")
    parts += ["<h2>What the words mean</h2><ul>", *(f"<li>{escape(words)}</li>" for words in CONVENTIONS), "</ul>"]
    return whole(title, parts)


def _chosen(choice: Choice) -> list[str]:
    named = (
        ("", choice.day), ("", choice.symbol), ("", choice.algo), ("account ", choice.account),
        ("broker ", choice.broker), ("#", choice.tag), ("algo ", str(choice.parent or "")), ("order ", choice.order),
    )  # fmt: skip
    return [f"{before}{value}" for before, value in named if value]


# --- overall --------------------------------------------------------------------------------------------------------


def _overall(found: Sequence[Measured]) -> list[str]:
    by_currency: dict[str, list[Measured]] = {}
    for one in found:
        by_currency.setdefault(one.currency, []).append(one)
    parts = ["<h2>Overall</h2>"]
    for currency in sorted(by_currency):
        parts += _whole(grouped(by_currency[currency], "day", currency))
    slippage = [float(one.slippage_bps["arrival"]) for one in found if one.slippage_bps["arrival"] is not None]
    if len(slippage) > 1:
        middle = sorted(slippage)[len(slippage) // 2]
        parts.append("<h3>How slippage against arrival is distributed</h3>")
        parts.append(histogram("Slippage against arrival", slippage, "bps", [("median", middle)]))
    return parts


def _whole(group: Group) -> list[str]:
    row = rows.group(group)
    shortfall = row["shortfall"]
    parts = [
        _table(
            ("money filled", "orders", "fill rate", "reject rate", *_PARTS, "total", "total bps", "± se"),
            [
                (
                    f"{_money(row['notional'])} {group.currency}",
                    group.orders,
                    _percent(row["fill_rate"]),
                    _percent(row["reject_rate"]),
                    *(_money(shortfall[part]) for part in _PARTS),
                    _money(shortfall["total"]),
                    _bps(shortfall["total_bps"]),
                    _bps((row["shortfall_bps"] or {}).get("se")),
                )
            ],
        )
    ]
    marks = group.markouts_bps
    if any(marks.values()):
        means = [spread.mean if (spread := marks[name]) is not None else None for name in HORIZONS]
        errors = [spread.se if (spread := marks[name]) is not None else None for name in HORIZONS]
        parts.append("<h3>Mark-outs: how the mid moved after our fills (above 0: in our favour)</h3>")
        parts.append(lines("Mark-outs", tuple(HORIZONS), [Series("mark-out", means, errors)], "bps"))
    return parts


# --- groups ---------------------------------------------------------------------------------------------------------


def _groups(book: TcaBook, choice: Choice, found: Sequence[Measured]) -> list[str]:
    parts: list[str] = []
    bys: tuple[By, ...] = ("algo", "symbol", "broker", "day")
    orders = measured(book, choice, "broker", lambda ticket: last_seen(book, ticket))
    for by in bys:
        each = groups(orders if by == "broker" else found, by)
        parts.append(f"<h2>By {by}</h2>")
        if len(each) > 1 or by == "algo":
            parts.append(_chart_of(each))
        parts.append(_table(_GROUP_HEAD, [_group_cells(group) for group in each]))
    return parts


_GROUP_HEAD: Final = (
    "", "tickets", "money filled", "fill rate", "arrival bps", "± se", "median", "p5", "p95", "VWAP bps", "TWAP bps",
    "PWP bps", "shortfall bps", "1m mark-out",
)  # fmt: skip


def _chart_of(each: Sequence[Group]) -> str:
    labels = [f"{group.name} {group.currency}" for group in each]
    series = []
    for which in ("arrival", "vwap", "twap"):
        spreads = [group.slippage_bps[which] for group in each]
        means = [spread.mean if spread is not None else None for spread in spreads]
        series.append(Series(which, means, [spread.se if spread is not None else None for spread in spreads]))
    return bars("Slippage", labels, series, "bps")


def _group_cells(group: Group) -> tuple[object, ...]:
    row = rows.group(group)
    arrival = row["slippage_bps"]["arrival"] or {}
    return (
        f"{group.name} {group.currency}",
        group.tickets,
        _money(row["notional"]),
        _percent(row["fill_rate"]),
        *(_bps(arrival.get(name)) for name in ("mean", "se", "median", "p5", "p95")),
        *(_bps((row["slippage_bps"][which] or {}).get("mean")) for which in ("vwap", "twap", "pwp")),
        _bps(row["shortfall"]["total_bps"]),
        _bps((row["markouts_bps"]["1m"] or {}).get("mean")),
    )


# --- single tickets -------------------------------------------------------------------------------------------------


def _name(one: Measured) -> str:
    kind = f"{one.algo} {one.no}" if one.key.startswith("algo ") else f"order {one.no}"
    return f"{kind} {'short' if one.side is Side.SELL_SHORT else one.side.value} {one.symbol}"


def _tickets(found: Sequence[Measured]) -> list[str]:
    head = (
        "", "day", "wanted", "filled", "avg price", "arrival", *(f"{which} bps" for which in _AGAINST), "shortfall bps",
        *_PARTS, "participation", "eff. spread", "1s", "1m", "30m", "status",
    )  # fmt: skip
    cells = []
    for one in found:
        row = rows.ticket(one)
        shortfall, slippage, after = row["shortfall"], row["slippage_bps"], row["markouts_bps"]
        cells.append(
            (
                _name(one),
                one.day,
                row["order_qty"],
                row["cum_qty"],
                _places(row["avg_px"], 4),
                row["arrival_px"],
                *(_bps(slippage[which]) for which in _AGAINST),
                _bps(shortfall["total_bps"]),
                *(_money(shortfall[part]) for part in _PARTS),
                _percent(row["participation"]),
                _bps(row["effective_spread_bps"]),
                *(_bps(after[name]) for name in ("1s", "1m", "30m")),
                one.status,
            )
        )
    notes = [f"<li>{escape(_name(one))}: {escape(note)}</li>" for one in found for note in one.notes]
    return [
        "<h2>Orders and parents</h2>",
        _table(head, cells),
        *(["<ul>", *notes, "</ul>"] if notes else []),
    ]


def _pictures(book: TcaBook, found: Sequence[Measured]) -> list[str]:
    """Fills of single parents over time against their benchmarks, and the three decompositions."""
    parts: list[str] = []
    chosen = [one for one in found if one.fills > 1][-MOST_PICTURES:]
    for one in chosen:
        parts.append(f"<h3>{escape(_name(one))}, {escape(one.day)}</h3>")
        parts.append(_picture(book.tickets[one.key], one))
        parts.append(_decompositions(one))
    return ["<h2>Single parents</h2>", *parts] if parts else []


def _picture(ticket: Ticket, one: Measured) -> str:
    fills = ticket.all_fills
    points = [
        Point(fill.ts_ns / _SECOND_NS, float(fill.px), float(fill.qty), f"{_clock(fill.ts_ns)} {fill.qty} at {fill.px}")
        for fill in fills
    ]
    named = (("arrival", one.arrival_px), ("VWAP", one.vwap), ("TWAP", one.twap), ("average", one.avg_px))
    levels = [Level(name, float(px)) for name, px in named if px is not None]
    ends = (_clock(fills[0].ts_ns), _clock(fills[-1].ts_ns))
    return dots(f"Fills of {_name(one)}", points, levels, ends, "price")


def _decompositions(one: Measured) -> str:
    row = rows.ticket(one)["decompositions"]
    cells = []
    for method, parts in row.items():
        if parts is not None:
            names = [name for name in parts if name != "total" and not name.endswith("_bps")]
            shown = ", ".join(
                f"{name.replace('_', ' ')} {_money(parts[name])} ({_bps(parts[f'{name}_bps'])})" for name in names
            )
            cells.append((method, shown, _money(parts["total"]), _bps(parts["total_bps"])))
    return _table(("", "parts in money (bps)", "total", "bps"), cells, words=(1,)) if cells else ""


def _latencies(found: Sequence[Measured]) -> list[str]:
    group = rows.group(grouped(found, "day", ""))
    cells = [
        (step.replace("_", " "), each["count"], *(_places(each[name], 3) for name in ("p50", "p95", "p99", "max")))
        for step, each in group["latency_ms"].items()
        if each is not None
    ]
    if not cells:
        return []
    return ["<h2>Latencies, ms</h2>", _table(("", "orders", "p50", "p95", "p99", "max"), cells)]


# --- words ----------------------------------------------------------------------------------------------------------


def _table(head: Sequence[str], cells: Iterable[Sequence[object]], words: Sequence[int] = ()) -> str:
    def cell(tag: str, at: int, value: object) -> str:
        shown = "-" if value is None or value == "" else str(value)
        attribute = ' class="words"' if at in words else ""
        return f"<{tag}{attribute}>{escape(shown)}</{tag}>"

    top = "".join(cell("th", at, name or " ") for at, name in enumerate(head))
    body = "".join("<tr>" + "".join(cell("td", at, value) for at, value in enumerate(line)) + "</tr>" for line in cells)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _places(value: str | None, places: int) -> str | None:
    if value is None:
        return None
    shown = f"{Decimal(value):,.{places}f}"
    return shown.removeprefix("-") if not shown.strip("-0.,") else shown


def _bps(value: str | None) -> str | None:
    return _places(value, 1)


def _money(value: str | None) -> str | None:
    return _places(value, 2)


def _percent(value: str | None) -> str | None:
    return None if value is None else f"{Decimal(value) * 100:.1f} %"


def _clock(ts_ns: int) -> str:
    return f"{datetime.fromtimestamp(ts_ns // _SECOND_NS, UTC):%H:%M:%S} UTC"
