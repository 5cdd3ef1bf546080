"""Smart order routing: which part of an order goes where, by the quotes and fees of several brokers or venues.

Source: definitions/algos-and-sizing.md, "SOR": the best prices across venues net of fees up to the limit, the largest
displayed size first at an equal price; the rest rests where the fee or the queue is best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Final

import msgspec

from engine.model.fees import FeeSchedule
from engine.model.money import ONE, ZERO, floor_to

#: With more venues than this, those whose least fee may not be worth it are dropped one by one, not in every choice.
EVERY_CHOICE: Final = 8


class VenueQuote(msgspec.Struct, frozen=True):
    """One venue's side of the market, for an order that buys or sells there: what can be taken (`px`, `displayed`),
    what queues on the order's own side (`own_px`, `own_displayed`), and the fees."""

    venue: str
    px: Decimal
    displayed: Decimal
    own_px: Decimal
    own_displayed: Decimal
    fees: FeeSchedule
    room: Decimal | None = None
    """The most that may be traded there, taking and resting together (what its account holds, what it can pay); None:
    any quantity."""


class Part(msgspec.Struct, frozen=True):
    """What goes to one venue at one price."""

    venue: str
    qty: Decimal
    px: Decimal


class Route(msgspec.Struct, frozen=True):
    """`takes`: the parts that execute at once, the best first. `rests`: what rests, the best place first; one part
    where there is room for all of it. `cost`: what the takes pay (a sale: receive, negative) with their fees. `over`:
    what no venue has room for."""

    takes: tuple[Part, ...]
    rests: tuple[Part, ...]
    cost: Decimal
    over: Decimal


def route(
    qty: Decimal,
    is_buy: bool,
    limit_px: Decimal | None,
    venues: Sequence[VenueQuote],
    *,
    lot: Decimal = ONE,
    multiplier: Decimal = ONE,
    rest_px: Decimal | None = None,
) -> Route:
    """Split `qty`. A venue whose price is beyond `limit_px` is not taken; `rest_px` (else the limit, else the best
    price of the own side) is where what is left rests. Parts are whole lots; an odd lot rides with the rest.

    A fee with a minimum is paid once a venue, so that a venue with a better price for a few units may be worth less
    than it looks: among the choices of venues that take the most, the cheapest is taken.
    """
    shown = [
        msgspec.structs.replace(v, displayed=min(v.displayed, v.room)) if v.room is not None else v for v in venues
    ]
    within = [v for v in shown if v.displayed >= lot and (limit_px is None or _within(v.px, limit_px, is_buy))]
    takes, cost = _best(qty, is_buy, within, lot, multiplier)
    left = qty - _total(takes)
    px = rest_px if rest_px is not None else limit_px
    rests = _rests(left, is_buy, px, less(venues, {part.venue: part.qty for part in takes}), multiplier)
    return Route(takes, rests, cost, left - _total(rests))


def less(venues: Sequence[VenueQuote], used: Mapping[str, Decimal]) -> list[VenueQuote]:
    """The venues with what is used at each taken out of its room."""
    return [
        v
        if v.room is None or not used.get(v.venue)
        else msgspec.structs.replace(v, room=max(v.room - used[v.venue], ZERO))
        for v in venues
    ]


def net_px(venue: VenueQuote, is_buy: bool, multiplier: Decimal = ONE) -> Decimal:
    """The price of one more unit there, its fee included, the least fee of an order left out."""
    fee = venue.fees.taker_per_unit / multiplier + venue.fees.taker_bps * venue.px / 10_000
    return venue.px + fee if is_buy else venue.px - fee


def _within(px: Decimal, limit_px: Decimal, is_buy: bool) -> bool:
    return px <= limit_px if is_buy else px >= limit_px


def _best(
    qty: Decimal, is_buy: bool, venues: list[VenueQuote], lot: Decimal, multiplier: Decimal
) -> tuple[tuple[Part, ...], Decimal]:
    """The cheapest way to take as much as can be taken."""
    best = _greedy(qty, is_buy, venues, lot, multiplier)
    cost, most = _cost(best, is_buy, venues, multiplier), _total(best)
    if not any(v.fees.minimum for v in venues):
        return best, cost
    if len(venues) <= EVERY_CHOICE:
        choices = [list(c) for n in range(1, len(venues)) for c in combinations(venues, n)]
    else:
        choices = [[v for v in venues if v is not out] for out in venues]
    for choice in choices:
        parts = _greedy(qty, is_buy, choice, lot, multiplier)
        if _total(parts) == most and (found := _cost(parts, is_buy, choice, multiplier)) < cost:
            best, cost = parts, found
    return best, cost


def _greedy(
    qty: Decimal, is_buy: bool, venues: Sequence[VenueQuote], lot: Decimal, multiplier: Decimal
) -> tuple[Part, ...]:
    """The best net price first; at an equal one the largest displayed size, then the venue that was named first."""
    sign = 1 if is_buy else -1
    ranked = sorted(
        enumerate(venues), key=lambda each: (sign * net_px(each[1], is_buy, multiplier), -each[1].displayed, each[0])
    )
    left, parts = qty, []
    for _, venue in ranked:
        take = floor_to(min(left, venue.displayed), lot)
        if take > 0:
            parts.append(Part(venue.venue, take, venue.px))
            left -= take
    return tuple(parts)


def _total(parts: Sequence[Part]) -> Decimal:
    return sum((part.qty for part in parts), ZERO)


def _cost(parts: Sequence[Part], is_buy: bool, venues: Sequence[VenueQuote], multiplier: Decimal) -> Decimal:
    fees = {v.venue: v.fees for v in venues}
    money = sum((part.qty * part.px * multiplier for part in parts), ZERO)
    paid = sum((fees[part.venue].taking(part.qty, part.px, multiplier) for part in parts), ZERO)
    return money + paid if is_buy else paid - money


def _rests(
    left: Decimal, is_buy: bool, px: Decimal | None, venues: Sequence[VenueQuote], multiplier: Decimal
) -> tuple[Part, ...]:
    """Where what is left waits: the lowest fee (or highest rebate) of one who waits, then the shortest queue before
    it, then the venue that was named first; what one has no room for waits at the next."""
    if left <= 0 or not venues:
        return ()
    if px is None:
        px = (max if is_buy else min)(v.own_px for v in venues)

    def queue(venue: VenueQuote) -> Decimal:
        """What is shown there at our price or better."""
        ahead = venue.own_px >= px if is_buy else venue.own_px <= px
        return venue.own_displayed if ahead else ZERO

    ranked = sorted(
        enumerate(venues), key=lambda each: (each[1].fees.making(left, px, multiplier), queue(each[1]), each[0])
    )
    parts = []
    for _, venue in ranked:
        qty = left if venue.room is None else min(left, venue.room)
        if qty > 0:
            parts.append(Part(venue.venue, qty, px))
            left -= qty
    return tuple(parts)
