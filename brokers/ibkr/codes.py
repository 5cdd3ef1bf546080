"""What an error code of IB's says. Most say nothing of an order's fate: what is not in a table here is told, and the
broker's books are asked.

The library makes statuses of its own out of such codes ("Cancelled" for an order that works); nothing of that is used.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class Meaning(Enum):
    """Of a code, for whom it names."""

    INFO = "info"
    """Nothing happened to it."""
    REFUSED = "refused"
    """A new order (or question) is not taken; of a change: the change is not."""
    CANCELED = "canceled"
    CANCEL_REFUSED = "cancel_refused"
    CHANGE_REFUSED = "change_refused"
    """The order lives on as it was, or is over."""
    THROTTLED = "throttled"
    IN_USE = "in_use"
    """Another program is connected under this client id."""
    LINK_LOST = "link_lost"
    """TWS stands, and has lost IB: nothing may be sent, and fills meanwhile are perhaps never pushed."""
    LINK_BACK = "link_back"
    LINK_BACK_EMPTY = "link_back_empty"
    """The link is back, and subscriptions are gone."""
    RESET = "reset"
    DATA = "data"
    """About market data alone, also where it names an order."""
    OTHER = "other"
    """Told, and the books are asked."""


REFUSED: Final = frozenset(
    {
        103,  # duplicate order id
        106, 107, 109, 111, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 125, 126, 129, 131, 132, 133, 134,
        137, 140, 141, 142, 143, 144, 145, 146, 147, 148, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 163,
        200,  # no security definition
        201,  # rejected
        203,  # security not available or allowed for this account
        320,  # could not be read
        321, 387, 388, 389, 391, 392, 393, 394, 395, 396, 398, 411, 412, 413, 414, 415, 416, 417, 418, 419, 420,
        434, 435, 436, 437, 439, 440, 441, 442, 443, 460, 461, 478, 10243, 10244, 10268, 10269,
        10006,  # its parent is not there
        10236, 10321, 10324, 10325,  # not in such a group
    }
)  # fmt: skip
"""The order was checked and not taken (validation, permissions, margin)."""
CHANGE_REFUSED: Final = frozenset({104, 105, 110, 2102, 10326, 10327})
"""104: filled already; 105: does not match the order; 110: not on the price grid (refuses a new order, too); 2102: too
early, the order is still being processed; 10326, 10327: another group (or type of group) than IB has for it."""
INFO: Final = frozenset(
    {
        165,  # historical data service
        399,  # "order message": held until the market opens, and the like
        404,  # held while shares are located
        2100, 2101, 2103, 2104, 2105, 2106, 2107, 2108, 2109, 2119, 2137, 2150, 2157, 2158, 2161, 2168, 2169,
        10349,  # time in force set by a preset: the order lives
    }
)  # fmt: skip
CANCEL_REFUSED: Final = frozenset({135, 136, 161, 10147, 10148})
DATA: Final = frozenset({162, 300, 309, 316, 317, 354, 366, 10089, 10090, 10091, 10167, 10168, 10182, 10186, 10197})
_SINGLE: Final = {
    100: Meaning.THROTTLED,
    202: Meaning.CANCELED,
    326: Meaning.IN_USE,
    1100: Meaning.LINK_LOST,
    2110: Meaning.LINK_LOST,
    1101: Meaning.LINK_BACK_EMPTY,
    1102: Meaning.LINK_BACK,
    1300: Meaning.RESET,
}
NO_DEFINITION: Final = 200
NO_PARENT: Final = frozenset({135, 10006})
"""The parent that it names is not there. A change of a leg whose entry is filled is refused so, too."""
REFUSES_NEW: Final = frozenset({110}) | NO_PARENT
"""What also refuses a new order: its price is off the grid; its parent is not there."""


def meaning_of(code: int) -> Meaning:
    """Meaning.OTHER for a code that is in no table."""
    single = _SINGLE.get(code)
    if single is not None:
        return single
    for table, meaning in (
        (REFUSED, Meaning.REFUSED),
        (CHANGE_REFUSED, Meaning.CHANGE_REFUSED),
        (INFO, Meaning.INFO),
        (CANCEL_REFUSED, Meaning.CANCEL_REFUSED),
        (DATA, Meaning.DATA),
    ):
        if code in table:
            return meaning
    return Meaning.OTHER
