"""Orders as lines of the grammar, every choice spelled out: what the user confirms, and what reads as itself again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from console.grammar.held_values import Trail, end_text
from console.grammar.package_line import echo_of_package
from console.grammar.words import tag_word
from engine.inputs import PlaceGroup, PlaceOrder
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
    parts += [f"via {request.via}"] if request.via else []
    if account:
        parts.append(f"@{request.account}")
        parts += [tag_word(request.tag)] if request.tag else []
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
    parts += [tag_word(entry.tag)] if entry.tag else []
    return " ".join(parts)


def group_echo(verb: str, requests: Sequence[OrderRequest], whole: bool) -> str:
    """An oco or oto as a line of the grammar."""
    parts = [" / ".join(echo_of(request, account=False) for request in requests)]
    parts += ["full"] if whole else []
    parts.append(f"@{requests[0].account}")
    parts += [tag_word(requests[0].tag)] if requests[0].tag else []
    return f"{verb} {' '.join(parts)}"


def beyond_preview(command: object) -> tuple[str, str]:
    """What a command places beyond the terms that its preview repeats, for the echo: (before the time in force, behind
    it). A preview of a group is about its first order."""
    match command:
        case PlaceOrder(request=request):
            return _terms(request), _more(request)
        case PlaceGroup(contingency=contingency, requests=(first, *others), partial=partial):
            if contingency == "bracket":
                legs = [_exit_words(leg) for leg in others]
            else:
                legs = [f"/ {echo_of(other, account=False).upper()}" for other in others]
            behind = [_more(msgspec.structs.replace(first, tag="")), *legs]
            behind += [] if partial or contingency == "oco" else ["FULL"]
            behind += [tag_word(first.tag)] if first.tag else []
            return _terms(first), " ".join(word for word in behind if word)
        case _:
            return "", ""


def _terms(request: OrderRequest) -> str:
    if request.ord_type is OrdType.TRAILING_STOP:
        return str(Trail(request.trail_amount, request.trail_pct))
    return ""


def _more(request: OrderRequest) -> str:
    words = [f"until {end_text(request.expire_ns)}"] if request.expire_ns is not None else []
    words += [f"trigger {request.trigger}"] if request.trigger != "touch" else []
    words += ["EXT"] if request.extended else []
    words += ["REDUCE"] if request.reduce_only else []
    words += ["FIT"] if request.fit else []
    words += [f"VIA {request.via}"] if request.via else []
    words += [tag_word(request.tag)] if request.tag else []
    return " ".join(words)


def _exit_words(leg: OrderRequest) -> str:
    if leg.ord_type is OrdType.LIMIT and leg.limit_px is not None:
        return f"TP {plain(leg.limit_px)}"
    return f"SL {plain(leg.stop_px)}" if leg.stop_px is not None else f"SL TRAIL {_terms(leg)}"
