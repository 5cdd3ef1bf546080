"""What F1 says of each pane: what it shows, what its columns mean, which commands belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec


class PaneText(msgspec.Struct, frozen=True):
    """`columns` explains each column by its key; `verbs` are names of commands."""

    what: str
    columns: Mapping[str, str]
    verbs: tuple[str, ...]


PANE_TEXTS: Final[Mapping[str, PaneText]] = {
    "positions": PaneText(
        "What the account holds, and what it closed today, each in the currency of its instrument. Open positions come "
        "first. `~` before a P&L: a price in it is stale. `-`: no value is known, which is not 0.",
        {
            "symbol": "the instrument; AAPL@B where it is in another account than the default one",
            "qty": "how many are held; - before it: sold short",
            "avg": "average price paid (or received) for what is held",
            "last": "the price that it is valued at; dimmed when stale",
            "value": "quantity at that price",
            "unrealized": "what closing at that price would bring",
            "realized": "what was closed today brought, fees included",
            "day": "what the position has made since the trading day began",
            "currency": "the currency of these amounts",
            "account": "the account that holds it",
        },
        ("flat", "sell", "reverse", "ticket"),
    ),
    "orders": PaneText(
        "Every order of the day: those that work on top, newest first, then those that ended, dimmed. A `?` behind a "
        "status: it may be out of date. E before a number: placed elsewhere. DENIED: our own checks refused it. "
        "UNKNOWN: sent, outcome not known; its money stays reserved. LOCAL: held by this desk, not by the broker.",
        {
            "id": "the order's own number of the day: what mod and cxl want",
            "symbol": "the instrument",
            "side": "BUY, SELL or SHORT; PKG for several legs",
            "qty": "how many were ordered",
            "filled": "how many of them have traded",
            "type": "MKT market, LMT limit, STP stop, and so on",
            "price": "the limit; of a stop its trigger",
            "status": "where it stands",
            "tif": "how long it lives: DAY, GTC, IOC ...",
            "time": "when something last happened to it, exchange time",
            "stop": "the trigger of a stop",
            "avg": "average price of what has traded",
            "parent": "the algo that placed it",
            "note": "its tag, its group, what the broker said of it",
        },
        ("buy", "sell", "short", "mod", "cxl", "oco", "ticket", "resolve", "resend", "release"),
    ),
    "fills": PaneText(
        "Every execution of the day, newest first: one order may have many. Enter shows the order.",
        {
            "time": "when it traded, exchange time",
            "order": "the number of its order",
            "symbol": "the instrument",
            "side": "bought or sold",
            "qty": "how many traded",
            "price": "at which price",
            "fee": "what the broker took for it; below 0: paid",
            "value": "quantity at that price",
            "broker": "who reported it",
            "exec_id": "the broker's own number of the execution",
        },
        ("blotter", "tca"),
    ),
    "algos": PaneText(
        "Parent orders that the desk works in pieces. Running ones first. The bar fills up to what is done; the mark "
        "in it is where the plan wanted to be by now.",
        {
            "id": "the algo's number: what `algo 1 pause` wants",
            "algo": "how it works: TWAP, VWAP, POV, IS ...",
            "symbol": "the instrument",
            "side": "BUY or SELL",
            "bar": "done, with the plan's mark",
            "done": "share of the quantity that has traded",
            "behind": "how many more (+) or fewer (-) than planned by now",
            "slippage": "basis points against the price at launch; + costs, - saved",
            "status": "RUNNING, PAUSED, STOPPING, DONE, CANCELED or FAILED",
            "cum": "how many have traded",
            "qty": "how many in all",
            "slices": "pieces sent, of how many",
            "avg": "average price so far",
            "arrival": "the price at launch",
            "ends": "when the plan ends, exchange time",
        },
        ("twap", "vwap", "pov", "is", "iceberg", "scale", "sor", "algo"),
    ),
    "risk": PaneText(
        "How much of each limit is used, nearest to its limit on top. `!` from 70 %, `!!` from 90 %. OFF: no limit is "
        "set. `~`: stands on stale prices. An order over a hard limit is refused, over a soft one it asks for a y.",
        {
            "label": "what is measured",
            "bar": "the share that is used",
            "used": "the same as a number",
            "sign": "! near the limit, !! very near",
            "value": "the value now",
            "note": "of a halt or a trigger: why, or how near it is",
            "limit": "the limit (risk_params.yaml, or changed by `limit`)",
        },
        ("limit", "reduce", "halt", "resume"),
    ),
    "alerts": PaneText(
        "What happened, newest first: info, note, WARN and ALARM. Warnings and alarms keep their colour, and alarms "
        "their line under the status line, until they are acknowledged.",
        {
            "no": "its number: what `ack 3` wants",
            "time": "when, exchange time",
            "level": "info, note, WARN or ALARM",
            "text": "what happened",
            "code": "its name in the documentation and in the log",
        },
        ("ack",),
    ),
    "watch": PaneText(
        "The newest quote of every symbol that is held, worked or was typed. An old quote is dimmed, then says STALE: "
        "orders on it are refused. D: delayed data.",
        {
            "symbol": "the instrument",
            "bid_size": "how many are wanted at the bid",
            "bid": "the best price that somebody pays: where you sell at once",
            "ask": "the best price that somebody asks: where you buy at once",
            "ask_size": "how many are offered at the ask",
            "spread": "ask less bid",
            "last": "the last trade",
            "last_size": "how many that trade was",
            "change": "last against the first price of the day",
            "age": "how old the quote is",
            "irregular": "locked and crossed quotes seen today",
            "volume": "how many have traded today",
        },
        ("watch", "unwatch", "ladder", "buy", "sell", "ticket"),
    ),
    "ladder": PaneText(
        "The prices around the market of one instrument, highest on top, with your own working orders at theirs. Enter "
        "on a quote shows its ladder.",
        {
            "own_buy": "what your own orders still want at that price",
            "bid_size": "how many others want there",
            "price": "the price",
            "ask_size": "how many others offer there",
            "own_sell": "what your own orders still offer at that price",
        },
        ("ladder", "buy", "sell", "mod", "cxl"),
    ),
    "curve": PaneText(
        "What the day has brought so far, as a curve over the exchange's time, of the desk and of each account.",
        {
            "name": "the desk, or an account",
            "newest": "profit of the day now",
            "high": "the most that it was today",
            "low": "the least that it was today",
            "drawdown": "how far it is below its high now",
            "max_drawdown": "the deepest fall from a high today",
        },
        ("performance",),
    ),
    "connections": PaneText(
        "How every connection and the desk itself do: brokers, feeds, journal, engine, screen. `!` wants a look, `!!` "
        "is broken; the lamps of the status line are the short form of it.",
        {
            "part": "which broker, feed or part of the desk",
            "what": "what is measured",
            "verdict": "! wants a look, !! is broken",
            "value": "the value now",
            "note": "what it means, or since when",
        },
        ("reconcile", "halt"),
    ),
    "found": PaneText(
        "Orders of this and earlier days that `find` found in the journal. Enter tells an order's whole life.",
        {
            "day": "its trading day",
            "time": "when it was given, exchange time",
            "id": "its number on that day",
            "symbol": "the instrument",
            "side": "bought or sold",
            "qty": "how many were ordered",
            "filled": "how many of them traded",
            "price": "the limit; of a stop its trigger",
            "status": "where it ended, or stands",
            "avg": "average price of what traded",
            "tag": "its tag",
            "type": "MKT market, LMT limit, STP stop, and so on",
            "user": "who gave it",
            "account": "the account",
            "cl_ord_id": "its id in the journal and at the broker",
        },
        ("find",),
    ),
    "breaks": PaneText(
        "Where the broker's books differ from ours. Enter says what is probable and what can be done.",
        {
            "kind": "position, order, cash or execution",
            "key": "which one",
            "ours": "what the desk has",
            "theirs": "what the broker has",
            "difference": "theirs less ours",
            "since": "when it was found, exchange time",
            "why": "the probable reason",
            "account": "the account",
        },
        ("reconcile", "book", "resolve"),
    ),
    "letters": PaneText(
        "Orders and changes that were approved but kept from going out (a breaker, a lost session, a throttle). Each "
        "waits until it is replayed, which checks it anew, or discarded.",
        {
            "no": "its number: what `dlq replay 1` wants",
            "what": "the order, or the change of one",
            "reason": "why it was not sent",
            "since": "when, exchange time",
            "owner": "who decides about it; an algo decides itself",
        },
        ("dlq",),
    ),
    "performance": PaneText(
        "The desk's own work against its targets on top, each met, missed or unknown; below it the trades of all, by "
        "strategy, symbol and day.",
        {
            "name": "whose trades",
            "trades": "how many were closed",
            "won": "share of them that won",
            "net": "profit less fees",
            "factor": "what was won over what was lost",
            "drawdown": "the worst fall from a peak, as a share of equity",
            "expectancy": "average result of a trade",
            "sharpe": "mean result over its deviation, by year",
            "sortino": "the same over the deviation of losses alone",
            "win": "average of what won",
            "loss": "average of what lost",
        },
        ("performance",),
    ),
    "costs": PaneText(
        "What each order and algo of the day costs, in basis points (hundredths of a percent). Above 0 cost money; of "
        "a mark-out, above 0 the market went our way afterwards.",
        {
            "id": "the number of the order or algo",
            "algo": "how it was worked",
            "symbol": "the instrument",
            "side": "bought or sold",
            "filled": "share of it that has traded",
            "arrival": "against the price when it was given",
            "vwap": "against the market's average price, by volume",
            "twap": "against the market's average price, by time",
            "shortfall": "implementation shortfall: all of it, what was not traded included",
            "part": "our share of the market's volume",
            "m1m": "mark-out: where the market stood a minute after our trades",
            "status": "where it stands",
            "pwp": "against the average price at the participation that was planned",
            "close": "against the close",
            "spread": "what crossing the spread cost",
            "m30m": "mark-out after half an hour",
            "money": "the shortfall in money",
            "avg": "average price of what has traded",
            "px": "the price when it was given",
            "qty": "how many in all",
        },
        ("tca",),
    ),
}
