"""Reads a journal's tickets, beside a running desk or without one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.facts import Fact, MarksSampled
from engine.journal.chain import GENESIS, Head
from engine.journal.codec import FactCodec
from engine.journal.place import Place
from engine.journal.reader import JournalReader
from engine.tca.book import KINDS, TcaBook
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


def recent_book(journal: Place, upto_seq: int, since_ns: int, begun: Sequence[Fact]) -> TcaBook:
    """What a running desk shows of the runs before it: facts recorded from `since_ns` (wall) up to row `upto_seq`, not
    checked again. `begun`: what those from before that time may have said (the desk, its instruments). Raises
    JournalError."""
    book, codec = TcaBook(), FactCodec()
    for fact in begun:
        book.apply(fact, 0, 0)
    structs: Iterable[Any] = KINDS - {MarksSampled}
    kinds = frozenset(str(kind.__struct_config__.tag) for kind in structs)
    with JournalReader(journal) as reader:
        low, high = reader.anchor.seq, upto_seq
        while low < high:
            middle = (low + high) // 2
            row = next(reader.rows(middle), None)
            if row is None or row.recorded_ns >= since_ns:
                high = middle
            else:
                low = row.seq
        for row in reader.rows(low, kinds):
            if row.seq > upto_seq:
                break
            book.apply(codec.decode(row.kind, row.payload), row.recorded_ns, row.market_ns)
    return book


def last_seen(book: TcaBook, ticket: Ticket) -> Present | None:
    """The newest sampled mark of a ticket that still works: what its rest is worth as far as the journal knows."""
    mark = book.marks.get(ticket.symbol)
    return Present(mid=mark[0]) if mark is not None and not ticket.ended else None
