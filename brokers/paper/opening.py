"""Opening a paper account: its books, and the exchange as the books describe it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random

from brokers.paper.books import SqliteBooks, StoredBooks
from brokers.paper.settings import PaperSettings
from engine.market.matching import HoursAt, PaperExchange, UsedIds
from engine.model.instrument import Instrument


def open_books(path: Path, settings: PaperSettings) -> SqliteBooks:
    """The account's books, new ones where there are none. Raises BooksError with one line."""
    return SqliteBooks(path, account=settings.account, currency=settings.currency, cash=settings.cash)


def restored_exchange(
    stored: StoredBooks,
    used_ids: UsedIds,
    settings: PaperSettings,
    instruments: Iterable[Instrument],
    hours: HoursAt,
    rng: Random,
) -> PaperExchange:
    """The exchange as it was when the books were closed; resting orders are at the back of their queues."""
    exchange = PaperExchange(
        instruments,
        settings.fills,
        rng,
        account=settings.account,
        cash=stored.cash,
        currency=settings.currency,
        hours=hours,
        used_ids=used_ids,
        book_id=stored.book_id,
    )
    exchange.ledger.fees.update(stored.fees)
    exchange.ledger.positions.update((position.symbol, position) for position in stored.positions)
    exchange.restore(stored.orders, stored.versions, stored.order_seq, stored.exec_seq)
    return exchange
