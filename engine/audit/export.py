"""Extracts of the journal that can be verified by themselves: its rows as they are, then a line with the head's hash.

jsonl: one object a line with the journal's columns; the last line is an object with `export`.
csv: the columns' names, the rows, and a last row of the kind `export_end` whose payload is that same object.
The extract proves that its rows hang together; that nobody rewrote all of it, only a head kept elsewhere can prove.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal, TextIO

import msgspec

from engine.journal.chain import GENESIS, Broken, Head, Row, check
from engine.journal.errors import JournalError

Format = Literal["jsonl", "csv"]

VERSION: Final = "tradedesk journal 1"
END_KIND: Final = "export_end"
_EVERY: Final = 5000
_encode: Final = msgspec.json.Encoder().encode


class ExportEnd(msgspec.Struct, frozen=True):
    """The closing line: how many facts, the row before the first of them (`after`), the last of them (`head`)."""

    export: str
    facts: int
    after_seq: int
    after_hash: str
    head_seq: int
    head_hash: str

    @classmethod
    def of(cls, facts: int, after: Head, head: Head) -> ExportEnd:
        return cls(VERSION, facts, after.seq, after.hash, head.seq, head.hash)

    @property
    def after(self) -> Head:
        return Head(self.after_seq, self.after_hash)

    @property
    def head(self) -> Head:
        return Head(self.head_seq, self.head_hash)


class ExportReport(msgspec.Struct, frozen=True):
    """What an extract is worth: its closing line when all of it is intact, else the first thing that is not."""

    facts: int
    end: ExportEnd | None
    broken: str = ""
    """Line and reason; empty when intact."""


def write_export(
    rows: Iterable[Row], after: Head, file: TextIO, form: Format, told: Callable[[int], None] = lambda count: None
) -> ExportEnd:
    """Write rows that follow `after`, checked one by one, and the closing line. `told(count)` hears of the progress.

    Raises JournalError at the first row that is not intact, and OSError.
    """
    write = _jsonl_writer(file) if form == "jsonl" else _csv_writer(file)
    head, count = after, 0
    for row in rows:
        broken = check(head, row)
        if broken is not None:
            raise JournalError(f"{broken}; nothing was exported")
        write(row)
        head = Head(row.seq, row.hash)
        count += 1
        if count % _EVERY == 0:
            told(count)
    end = ExportEnd.of(count, after, head)
    if form == "jsonl":
        file.write(_encode(end).decode() + "\n")
    else:
        write(_end_row(end))
    return end


def _end_row(end: ExportEnd) -> Row:
    """The closing line of the csv form, whose payload says it all."""
    return Row(end.head.seq, 0, 0, END_KIND, _encode(end).decode(), end.after.hash, end.head.hash)


def _jsonl_writer(file: TextIO) -> Callable[[Row], object]:
    return lambda row: file.write(_encode(row._asdict()).decode() + "\n")


def _csv_writer(file: TextIO) -> Callable[[Row], object]:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(Row._fields)
    return writer.writerow


def verify_export(file: TextIO) -> ExportReport:
    """Check every row of an extract of either form, and its closing line. Never raises for what is in the file."""
    count = 0
    first: Head | None = None
    head = GENESIS
    end: ExportEnd | None = None
    try:
        for place, item in _items(file):
            if end is not None:
                return ExportReport(count, None, f"line {place}: stands behind the closing line")
            if isinstance(item, ExportEnd):
                end = item
                continue
            if first is None:
                first = head = Head(item.seq - 1, item.prev_hash)
            broken = check(head, item) or _false_beginning(first)
            if broken is not None:
                return ExportReport(count, None, f"line {place}: {broken}")
            head = Head(item.seq, item.hash)
            count += 1
    except (ValueError, TypeError, csv.Error) as error:
        return ExportReport(count, None, str(error))
    if end is None:
        return ExportReport(count, None, f"the closing line is missing behind {count} facts: the file was cut off")
    found = ExportEnd.of(count, first or end.after, head if first is not None else end.head)
    if found != end:
        said = f"{end.facts} facts from {end.after} to {end.head}"
        have = f"{found.facts} facts from {found.after} to {found.head}"
        return ExportReport(count, None, f"the closing line says {said}, the file has {have}")
    return ExportReport(count, end)


def _false_beginning(first: Head) -> Broken | None:
    if first.seq == GENESIS.seq and first != GENESIS:
        return Broken(1, "unlinked", f"prev_hash is {first.hash!r}, a journal begins with {GENESIS.hash!r}")
    return None


def _items(file: TextIO) -> Iterator[tuple[int, Row | ExportEnd]]:
    """(line, row or closing line). Raises ValueError with the line for what is neither."""
    beginning = file.read(1)
    file.seek(0)
    yield from _jsonl_items(file) if beginning == "{" else _csv_items(file)


def _jsonl_items(file: TextIO) -> Iterator[tuple[int, Row | ExportEnd]]:
    for place, line in enumerate(file, 1):
        try:
            item: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
            yield place, msgspec.convert(item, ExportEnd) if "export" in item else Row(**item)
        except (msgspec.MsgspecError, TypeError) as error:
            raise ValueError(f"line {place}: is neither a row of the journal nor the closing line ({error})") from None


def _csv_items(file: TextIO) -> Iterator[tuple[int, Row | ExportEnd]]:
    reader = csv.reader(file, strict=True)
    if next(reader, None) != list(Row._fields):
        raise ValueError(f"line 1: expected the columns {','.join(Row._fields)}, or an object of JSON")
    for cells in reader:
        place = reader.line_num
        try:
            seq, recorded, market, kind, payload, prev_hash, digest = cells
            row = Row(int(seq), int(recorded), int(market), kind, payload, prev_hash, digest)
            if kind != END_KIND:
                yield place, row
                continue
            end = msgspec.json.decode(payload, type=ExportEnd)
            if row != _end_row(end):
                raise ValueError("its columns contradict its payload")
            yield place, end
        except (msgspec.MsgspecError, ValueError) as error:
            raise ValueError(f"line {place}: is neither a row of the journal nor the closing line ({error})") from None
