"""Reads a journal's tickets, beside a running desk or without one."""

from __future__ import annotations

from engine.journal.chain import GENESIS, Head
from engine.journal.codec import FactCodec
from engine.journal.place import Place
from engine.journal.reader import JournalReader
from engine.tca.book import TcaBook
from engine.tca.measure import Present
from engine.tca.tickets import Ticket


def read_book(journal: Place) -> tuple[TcaBook, Head]:
    """Everything that the journal tells, archived days included, and where it ends. Raises JournalError where it can't
    be trusted."""
    book, head = TcaBook(), GENESIS
    codec = FactCodec()
    with JournalReader(journal) as reader:
        for facts, reached in reader.facts(codec):
            head = reached
            for stamped in facts:
                book.apply(stamped.fact, stamped.recorded_ns, stamped.market_ns)
    return book, head


def last_seen(book: TcaBook, ticket: Ticket) -> Present | None:
    """The newest sampled mark of a ticket that still works: what its rest is worth as far as the journal knows."""
    mark = book.marks.get(ticket.symbol)
    return Present(mid=mark[0]) if mark is not None and not ticket.ended else None
