"""A basket checked as one: each line beside all before it, counted as working at their worst case, so that limits hold
over the sum. Throttles are not asked here: the release is paced within them, and a line that no pace would let through
is refused on its way.

It is as strict as the desk is: what one line would free (a sale, by its proceeds) is not counted before it has filled.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine.baskets.pace import paced_s
from engine.baskets.shadow import Shadow
from engine.inputs import PlaceGroup
from engine.model.basket import BasketItem, digest_of
from engine.model.money import ZERO
from engine.orders.placing import check_each
from engine.orders.what_if import used_by
from engine.risk.context import Context
from engine.views import BasketCheck, BasketLineCheck, Denial, MeterRow

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.state.basket import Basket

#: Refusals by pace, which a release keeps by itself.
_PACED: Final = "THROTTLE"
_MOST_METERS: Final = 6


def check_basket(desk: Desk, items: tuple[BasketItem, ...], *, accept_soft: bool = False) -> BasketCheck:
    """What would happen to all of it now. Changes nothing."""
    shadow = Shadow(desk.state, desk.quotes, desk.surroundings, desk.now)
    after: dict[tuple[str, str], Decimal] = {}
    meters: dict[str, MeterRow] = {}
    lines = []
    bought = sold = ZERO
    for item in items:
        line, contexts = _check_line(shadow, item, after, accept_soft)
        lines.append(line)
        if line.verdict == "red":
            continue
        for c in contexts:
            for row in used_by(c):
                known = meters.get(row.key)
                if known is None or (row.used or ZERO) > (known.used or ZERO):
                    meters[row.key] = row
        for c in _reserved(item, contexts):
            up, down = _worth(c)
            bought, sold = bought + up, sold + down
            shadow.reserve(c)
    nearest = sorted(meters.values(), key=lambda row: -(row.used or ZERO))[:_MOST_METERS]
    requests = [request for item in items for request in item.requests]
    twin = released_twin(desk, digest_of(items))
    return BasketCheck(
        tuple(lines),
        sum(1 for line in lines if line.verdict != "red"),
        bought,
        sold,
        tuple(nearest),
        paced_s(desk.state, requests),
        "" if twin is None else twin.name,
        0 if twin is None else twin.released_ns,
        _needs_word(desk, len(items), bought + sold),
    )


def released_twin(desk: Desk, digest: str) -> Basket | None:
    """A basket of the same orders that was released in this trading day."""
    same = (one for one in desk.state.baskets.values() if one.digest == digest and one.released_ns)
    return max(same, key=lambda one: one.released_ns, default=None)


#: More orders than these ask for a word, fewer for a `y`.
MANY: Final = 20


def _needs_word(desk: Desk, count: int, notional: Decimal) -> str:
    """Why one `y` is not enough: level 3 of the ladder; "" when it is."""
    if count > MANY:
        return f"{count} orders at once"
    most = desk.state.limits.value("risk.max_order_notional")
    if most is not None and notional > most:
        return "together larger than any single order may be"
    return ""


def _check_line(
    shadow: Shadow, item: BasketItem, after: dict[tuple[str, str], Decimal], accept_soft: bool
) -> tuple[BasketLineCheck, list[Context]]:
    requests = item.requests
    if accept_soft:
        requests = tuple(msgspec.structs.replace(request, accept_soft=True) for request in requests)
    first = requests[0]
    contexts: list[Context]
    complaint: str | None = None
    if item.contingency is None:
        contexts = [shadow.check(first)]
    else:
        complaint, contexts = check_each(shadow.risk, shadow.now, PlaceGroup(item.contingency, requests, item.partial))
        contexts = contexts or [shadow.check(first)]
    denials = [denial for c in contexts for denial in c.denials if denial.code != _PACED]
    if complaint is not None:
        denials.append(Denial("ORDER_FORM", item.contingency or "", "a group", first.symbol, complaint))
    c = contexts[0]
    key = (first.account, first.symbol)
    before = after.get(key, shadow.position(*key))
    reached = before + c.qty * first.side.sign
    if all(denial.soft for denial in denials):
        after[key] = reached
    notional = c.notional * c.rate if c.ref_px or first.legs else None
    line = BasketLineCheck(item.row, item.line, notional, before, reached, tuple(dict.fromkeys(denials)))
    return line, contexts


def _reserved(item: BasketItem, contexts: list[Context]) -> list[Context]:
    """What of a line counts as working: of a bracket its entry, of an oco the larger leg, of an oto all of it."""
    if item.contingency == "bracket":
        return contexts[:1]
    if item.contingency == "oco":
        return [max(contexts, key=lambda c: c.notional)]
    return contexts


def _worth(c: Context) -> tuple[Decimal, Decimal]:
    """What it buys and what it sells, at its worst price, in the base currency."""
    up = down = ZERO
    for part in c.parts:
        worth = part.notional * part.rate
        if part.request.side.is_buy:
            up += worth
        else:
            down += worth
    return up, down
