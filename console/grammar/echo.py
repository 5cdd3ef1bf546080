"""Orders as lines of the grammar, every choice spelled out: what the user confirms, and what reads as itself again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from console.grammar.held_values import Trail, end_text
from console.grammar.package_line import echo_of_package
from engine.model.enums import OrdType, Side
from engine.model.money import plain
from engine.model.order import OrderRequest

SIDE_WORDS: Final = {Side.BUY: "buy", Side.SELL: "sell", Side.SELL_SHORT: "short"}


def echo_of(request: OrderRequest, *, account: bool = True) -> str:
    """The order as a line of the grammar, every choice spelled out. `account`: with its account and tag."""
    if request.legs:
        return echo_of_package(request)
    parts = [SIDE_WORDS[request.side], plain(request.qty), request.symbol]
    if request.stop_px is not None:
        parts += ["stop", plain(request.stop_px)]
    if request.limit_px is not None:
        parts += ["lmt", plain(request.limit_px)]
    if request.ord_type is OrdType.MARKET:
        parts.append("mkt")
    if request.ord_type is OrdType.TRAILING_STOP:
        parts += ["trail", str(Trail(request.trail_amount, request.trail_pct))]
    if request.trigger != "touch":
        parts += ["trigger", request.trigger]
    parts.append(request.time_in_force.value)
    if request.expire_ns is not None:
        parts.append(end_text(request.expire_ns))
    parts += ["ext"] if request.extended else []
    parts += ["reduce"] if request.reduce_only else []
    parts += ["fit"] if request.fit else []
    if account:
        parts.append(f"@{request.account}")
        parts += [f"#{request.tag}"] if request.tag else []
    return " ".join(parts)


def bracket_echo(requests: Sequence[OrderRequest], whole: bool) -> str:
    """The bracket as a line of the grammar."""
    entry, *exits = requests
    parts = [echo_of(entry, account=False)]
    for leg in exits:
        if leg.ord_type is OrdType.LIMIT and leg.limit_px is not None:
            parts.append(f"tp {plain(leg.limit_px)}")
        elif leg.stop_px is not None:
            parts.append(f"sl {plain(leg.stop_px)}")
        else:
            parts.append(f"sl trail {Trail(leg.trail_amount, leg.trail_pct)}")
    parts += ["full"] if whole else []
    parts.append(f"@{entry.account}")
    parts += [f"#{entry.tag}"] if entry.tag else []
    return " ".join(parts)


def group_echo(verb: str, requests: Sequence[OrderRequest], whole: bool) -> str:
    """An oco or oto as a line of the grammar."""
    parts = [" / ".join(echo_of(request, account=False) for request in requests)]
    parts += ["full"] if whole else []
    parts.append(f"@{requests[0].account}")
    parts += [f"#{requests[0].tag}"] if requests[0].tag else []
    return f"{verb} {' '.join(parts)}"
