"""Cancelling at the paper broker itself, when no desk lives that could, or none answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from brokers.paper.messages import Answer
    from console.broker_setup import BrokerSpec
    from console.config.models import Profile
    from engine.model.order import BrokerCancel
    from engine.model.snapshot import OrderSnapshot

_REMOTE_S = 5.0


class Cancelled(msgspec.Struct, frozen=True):
    """What became of it, in words."""

    ok: bool
    message: str


def cancel_in_books(books_file: Path, profile: Profile, account: str, symbol: str = "") -> Cancelled:
    """Cancel every working order (of one symbol, where it is given) in the embedded broker's own books, through the
    broker's own code.

    Only for books that no desk has open: the broker lives in the desk's process.
    """
    from random import Random

    from brokers.paper.books import BooksError
    from brokers.paper.keeper import InlineKeeper
    from brokers.paper.messages import CancelAll, Failed
    from brokers.paper.opening import open_books, restored_exchange
    from brokers.paper.settings import PaperSettings
    from brokers.paper.venue import PaperVenue
    from engine.market.calendar import Calendar
    from engine.market.matching import hours_by_calendar

    if not books_file.exists():
        return Cancelled(True, "there are no paper books, so nothing works")
    settings = PaperSettings(account=account, currency=profile.currency)
    hours = hours_by_calendar(Calendar.always_open)
    try:
        books = open_books(books_file, settings)
        try:
            stored = books.load()
            exchange = restored_exchange(stored, books, settings, (), hours, Random(0))
            # The books' own newest instant: by our clock the orders of a tape's day would have expired long ago.
            now_ns = max((order.updated_ns for order in stored.orders), default=0)
            working = _of(exchange.open_orders(), symbol)
            before = len(working) if symbol else len(stored.orders)
            venue = PaperVenue(exchange, InlineKeeper(books), now_ns)
            answers: list[Answer] = []
            for request in [CancelAll()] if not symbol else [_cancel_of(order) for order in working]:
                venue.handle(request, now_ns, answers.append)
            left = len(_of(exchange.open_orders(), symbol))
        finally:
            books.close()
    except BooksError as error:
        return Cancelled(False, str(error))
    if left or any(isinstance(answer, Failed) for answer in answers):
        return Cancelled(False, f"{left} of {before} working orders could not be cancelled in {books_file}")
    return Cancelled(True, f"{before} working orders cancelled at the paper broker")


def _of(orders: Sequence[OrderSnapshot], symbol: str) -> list[OrderSnapshot]:
    return [o for o in orders if symbol in ("", o.symbol, *(leg.symbol for leg in o.legs or ()))]


def _cancel_of(order: OrderSnapshot) -> BrokerCancel:
    from engine.model.order import BrokerCancel

    return BrokerCancel(order.cl_ord_id, order.order_id, order.account, order.symbol)


def cancel_at_server(spec: BrokerSpec, account: str, mode: str, symbol: str = "") -> Cancelled:
    """Cancel every working order (of one symbol, where it is given) at a broker that is a process of its own, whoever
    else is connected to it. Nothing is cancelled in an account that is not the profile's."""
    import asyncio

    from brokers.errors import SettingsError
    from console.broker_setup import connection_to
    from console.secrets.search import SecretsError
    from engine.protocol import BrokerError, WrongAccountError
    from engine.reconcile.identity import Identity

    async def cancel() -> int:
        broker = connection_to(spec, account, _REMOTE_S, live=mode == "live", as_desk=True)
        await broker.connect(_ignore)
        try:
            if wrong := Identity(account, mode).mismatch(await broker.account()):
                raise WrongAccountError(wrong)
            if symbol:
                for order in _of(await broker.open_orders(), symbol):
                    await broker.cancel(_cancel_of(order))
            else:
                await broker.cancel_all()
            return len(_of(await broker.open_orders(), symbol))
        finally:
            await broker.disconnect()

    try:
        left = asyncio.run(cancel())
    except (BrokerError, SecretsError, SettingsError) as error:
        return Cancelled(False, f"not cancelled at the broker: {error}")
    if left:
        return Cancelled(False, f"{left} orders still work at the broker")
    return Cancelled(True, "every working order cancelled at the broker")


def _ignore(report: Any) -> None:
    """Reports go into the broker's books, from which the next start reads them."""
