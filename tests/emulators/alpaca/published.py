"""What the broker publishes of its answers (Trading API 2.0.1, June 2026): keys and their kinds, no more than that.

The published schema is loose: hardly a key is required. The broker's answers have them all, and so must ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Kind = Callable[[Any], bool]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def _matches(pattern: re.Pattern[str]) -> Kind:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _of(kind: type) -> Kind:
    return lambda value: type(value) is kind


def or_null(kind: Kind) -> Kind:
    return lambda value: value is None or kind(value)


def one_of(words: str, *more: str) -> Kind:
    return lambda value: value in (*words.split(), *more)


text, flag, count = _of(str), _of(bool), _of(int)
uuid, moment, number = _matches(_UUID), _matches(_MOMENT), _matches(_NUMBER)
classes = one_of("us_equity us_option crypto ipo", "")
"""Empty at the top of a package, like its symbol and side."""
statuses = one_of(
    "new partially_filled filled done_for_day canceled expired replaced pending_cancel pending_replace accepted"
    " pending_new accepted_for_bidding stopped rejected suspended calculated held"
)
types = one_of("market limit stop stop_limit trailing_stop")
exchanges = one_of("AMEX ARCA ASCX BATS NYSE NASDAQ NYSEARCA OTC CRYPTO", "")

ORDER: dict[str, Kind] = {
    "id": uuid, "client_order_id": text, "created_at": moment, "updated_at": or_null(moment),
    "submitted_at": or_null(moment), "filled_at": or_null(moment), "expired_at": or_null(moment), "expires_at": moment,
    "canceled_at": or_null(moment), "failed_at": or_null(moment), "replaced_at": or_null(moment),
    "replaced_by": or_null(uuid), "replaces": or_null(uuid), "asset_id": lambda value: value == "" or uuid(value),
    "symbol": text, "asset_class": classes, "notional": or_null(number), "qty": or_null(number), "filled_qty": number,
    "filled_avg_price": or_null(number), "order_class": one_of("simple bracket oco oto mleg", ""), "order_type": types,
    "type": types, "side": one_of("buy sell", ""),
    "position_intent": one_of("buy_to_open buy_to_close sell_to_open sell_to_close", ""),
    "time_in_force": one_of("day gtc opg cls ioc fok"), "limit_price": or_null(number), "stop_price": or_null(number),
    "status": statuses, "extended_hours": flag, "legs": or_null(_of(list)), "trail_percent": or_null(number),
    "trail_price": or_null(number), "hwm": or_null(number), "ratio_qty": or_null(number),
}  # fmt: skip
POSITION: dict[str, Kind] = {
    "asset_id": uuid, "symbol": text, "exchange": exchanges, "asset_class": classes, "asset_marginable": flag,
    "side": one_of("long short"),
    **dict.fromkeys(
        (
            "avg_entry_price", "qty", "qty_available", "market_value", "cost_basis", "unrealized_pl",
            "unrealized_plpc", "unrealized_intraday_pl", "unrealized_intraday_plpc", "current_price", "lastday_price",
            "change_today",
        ),
        number,
    ),
}  # fmt: skip
ACCOUNT: dict[str, Kind] = {
    "id": uuid, "account_number": text, "currency": text, "created_at": moment,
    "status": one_of(
        "INACTIVE PAPER_ONLY ONBOARDING SUBMISSION_FAILED SUBMITTED ACCOUNT_UPDATED APPROVAL_PENDING ACTIVE REJECTED"
        " ACCOUNT_CLOSED APPROVED ACCOUNT_CLOSED_PENDING ACTION_REQUIRED LIMITED"
    ),
    **dict.fromkeys(
        (
            "cash", "equity", "last_equity", "portfolio_value", "buying_power", "regt_buying_power",
            "non_marginable_buying_power", "multiplier", "long_market_value", "short_market_value", "initial_margin",
            "maintenance_margin",
        ),
        number,
    ),
    **dict.fromkeys(
        ("trading_blocked", "transfers_blocked", "account_blocked", "trade_suspended_by_user", "shorting_enabled"), flag
    ),
}  # fmt: skip
ASSET: dict[str, Kind] = {
    "id": uuid, "class": classes, "exchange": exchanges, "symbol": text, "name": text,
    "status": one_of("active inactive"), "attributes": _of(list),
    **dict.fromkeys(("tradable", "marginable", "shortable", "easy_to_borrow", "fractionable"), flag),
}  # fmt: skip
FILL: dict[str, Kind] = {
    "id": text, "activity_type": one_of("FILL"), "transaction_time": moment, "type": one_of("fill partial_fill"),
    "price": number, "qty": number, "side": one_of("buy sell sell_short"), "symbol": text, "leaves_qty": number,
    "cum_qty": number, "order_id": uuid, "order_status": statuses,
}  # fmt: skip
CLOCK: dict[str, Kind] = {"timestamp": moment, "is_open": flag, "next_open": moment, "next_close": moment}
DAY: dict[str, Kind] = {
    **dict.fromkeys(("date", "settlement_date"), _matches(re.compile(r"\d{4}-\d\d-\d\d"))),
    **dict.fromkeys(("open", "close"), _matches(re.compile(r"\d\d:\d\d"))),
    **dict.fromkeys(("session_open", "session_close"), _matches(re.compile(r"\d{4}"))),
}
CANCELED: dict[str, Kind] = {"id": uuid, "status": count}
UPDATE: dict[str, Kind] = {
    "event": one_of(
        "new fill partial_fill canceled expired done_for_day replaced rejected pending_new stopped pending_cancel"
        " pending_replace calculated suspended order_replace_rejected order_cancel_rejected accepted held restated"
    ),
    "execution_id": uuid, "timestamp": moment, "order": _of(dict),
}  # fmt: skip

ANSWERS: tuple[tuple[str, dict[str, Kind]], ...] = (
    ("/account/activities", FILL), ("/account", ACCOUNT), ("/orders", ORDER), ("/positions", POSITION),
    ("/assets", ASSET), ("/clock", CLOCK), ("/calendar", DAY),
)  # fmt: skip
"""By what a path begins with after its version, the kind of thing that an answer is (a list of)."""


def unlike(thing: dict[str, Kind], row: Any, name: str = "") -> list[str]:
    """In what a row is not as it is published."""
    if not isinstance(row, dict):
        return [f"{name}: {row!r} is no object"]
    found = [f"{name}.{key} is missing" for key in thing if key not in row]
    found += [f"{name}.{key} is {row[key]!r}" for key, kind in thing.items() if key in row and not kind(row[key])]
    if thing is ORDER:
        for leg in row.get("legs") or ():
            found += unlike(ORDER, leg, f"{name}.legs")
    if thing is UPDATE:
        found += unlike(ORDER, row.get("order"), f"{name}.order")
        if row.get("event") in ("fill", "partial_fill"):
            found += [f"{name}.{key} is {row.get(key)!r}" for key in ("price", "qty") if not number(row.get(key))]
    return found


def answer_unlike(method: str, path: str, body: Any) -> list[str]:
    """The same of an answer of the trading REST."""
    path = path.removeprefix("/v2")
    thing = next((known for begin, known in ANSWERS if path.startswith(begin)), None)
    if thing is None:
        return []
    if (method, path) == ("DELETE", "/orders"):
        thing = CANCELED
    rows = body if isinstance(body, list) else [body]
    return [words for row in rows for words in unlike(thing, row, f"{method} {path}")]
