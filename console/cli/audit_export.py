"""tradedesk audit export, and verifying what it wrote."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from console.cli.desk import state_of
from console.cli.facts import ZONE, open_journal
from console.cli.output import CommandError, JsonFlag, ProfileOption, print_json

if TYPE_CHECKING:
    from engine.audit.export import ExportEnd
    from engine.journal.chain import Head, Row
    from engine.journal.reader import JournalReader

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def register(group: typer.Typer) -> None:
    """Add the command to the group `audit`."""

    @group.command("export")
    def export(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, or - for stdout.")],
        from_: Annotated[
            str | None, typer.Option("--from", metavar="DATE", help="Facts recorded from this day on, exchange time.")
        ] = None,
        to: Annotated[
            str | None, typer.Option("--to", metavar="DATE", help="Facts recorded until the end of this day.")
        ] = None,
        format: Annotated[Literal["jsonl", "csv"], typer.Option("--format", help="jsonl or csv.")] = "jsonl",
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Write the journal's rows to a file whose last line carries the hash of its head."""
        from engine.journal.errors import JournalError

        begin_ns, end_ns = _day_ns("--from", from_, 0), _day_ns("--to", to, 1)
        state = state_of(profile)
        try:
            with open_journal(state) as reader, _new_file(file) as out:
                after, rows = _rows(reader, begin_ns, end_ns)
                end = _write(rows, after, out, format)
        except JournalError as error:
            raise CommandError(f"{state.place}: {error}") from None
        _report(file, end, json)


def verify_file(path: Path, json: bool) -> ExportEnd:
    """Check an extract; its closing line. Raises CommandError where it is not intact."""
    from engine.audit.export import verify_export

    try:
        with open(path, encoding="utf-8", newline="") as file:
            report = verify_export(file)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text in UTF-8"
        raise CommandError(f"{path}: {reason}") from None
    end = report.end
    if end is None:
        if json:
            print_json({"ok": False, "facts": report.facts, "broken": report.broken})
        raise CommandError(f"{path}: {report.broken}")
    if json:
        print_json({"ok": True, "broken": None} | _json(end))
    else:
        print(f"{path}: {end.facts} facts, intact; head {end.head.seq} {end.head.hash}")
    return end


def _day_ns(option: str, text: str | None, days: int) -> int | None:
    """Midnight of that day, so many days later, on the exchange's clock, as ns UTC."""
    from engine.market.calendar import Calendar

    if text is None:
        return None
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{option} {text!r}: expected a date like 2013-10-07") from None
    return Calendar.always_open("EXPORT", zone=ZONE).parse_exchange_time("00:00", day)


def _rows(reader: JournalReader, begin_ns: int | None, end_ns: int | None) -> tuple[Head, Iterator[Row]]:
    """The rows recorded in that time, and the head before them. Raises CommandError where there are none."""
    from engine.audit.search import before
    from engine.journal.chain import Head

    rows = reader.rows(0 if begin_ns is None else before(reader, begin_ns))
    first = next((row for row in rows if begin_ns is None or row.recorded_ns >= begin_ns), None)
    if first is None or (end_ns is not None and first.recorded_ns >= end_ns):
        raise CommandError("no fact was recorded in that time")
    after = Head(first.seq - 1, first.prev_hash)
    wanted = reader.rows(after.seq)
    return after, wanted if end_ns is None else takewhile(lambda row: row.recorded_ns < end_ns, wanted)


def _write(rows: Iterator[Row], after: Head, file: TextIO, form: Literal["jsonl", "csv"]) -> ExportEnd:
    from engine.audit.export import write_export

    told: Callable[[int], None] = (lambda count: None) if not sys.stderr.isatty() else _tell
    try:
        return write_export(rows, after, file, form, told)
    finally:
        if told is _tell:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _tell(count: int) -> None:
    print(f"\rtradedesk: exported {count} facts ", end="", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """A file of the user's alone that is there when it is complete, and not before; never over another one."""
    if str(path) == "-":
        yield sys.stdout
        return
    if os.path.lexists(path):
        raise CommandError(f"{path}: is there already; expected the name of a new file")
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    finally:
        os.unlink(draft)


def _json(end: ExportEnd) -> dict[str, object]:
    return {
        "facts": end.facts,
        "after": {"seq": end.after.seq, "hash": end.after.hash},
        "head": {"seq": end.head.seq, "hash": end.head.hash},
    }


def _report(file: Path, end: ExportEnd, json: bool) -> None:
    """What was written; nothing where it was written to stdout."""
    if str(file) == "-":
        return
    if json:
        print_json({"file": str(file)} | _json(end))
    else:
        print(f"{file}: {end.facts} facts; head {end.head.seq} {end.head.hash}")
