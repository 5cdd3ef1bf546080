"""tradedesk audit show: an order's whole life, or facts by number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

import typer

from console.cli.desk import state_of
from console.cli.facts import FactPrinter, open_journal
from console.cli.output import CommandError, JsonFlag, ProfileOption

if TYPE_CHECKING:
    from engine.journal.reader import JournalReader

_RANGE: Final = re.compile(r"(?:seq[: ])?([0-9]{1,15})(?:-([0-9]{1,15}))?")
_EXPECTED: Final = "expected an order's number or cl_ord_id, seq N, or seq A-B"


def register(group: typer.Typer) -> None:
    """Add the command to the group `audit`."""

    @group.command("show")
    def show(
        what: Annotated[list[str], typer.Argument(metavar="ORDER | seq N | seq A-B")],
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Show every fact about an order, or facts by their numbers, in words and with their hashes."""
        from engine.journal.errors import JournalError

        state = state_of(profile)
        words = " ".join(what).strip()
        numbers = _RANGE.fullmatch(words) if words.startswith("seq") else None
        if words.startswith("seq") and numbers is None:
            raise typer.BadParameter(f"{words!r}: {_EXPECTED}")
        if numbers is None and len(what) != 1:
            raise typer.BadParameter(f"{words!r}: {_EXPECTED}")
        try:
            with open_journal(state) as reader:
                if numbers is None:
                    _show_order(reader, words, FactPrinter(json=json))
                else:
                    first = int(numbers[1])
                    _show_rows(reader, first, int(numbers[2] or first), FactPrinter(json=json))
        except JournalError as error:
            raise CommandError(str(error)) from None


def _show_rows(reader: JournalReader, first: int, last: int, printer: FactPrinter) -> None:
    if not 1 <= first <= last:
        raise CommandError(f"seq {first}-{last}: expected two numbers from 1, the smaller one first")
    found = False
    printer.learn(reader, first - 1)
    for row in reader.rows(first - 1):
        if row.seq > last:
            break
        printer.put(row)
        found = True
    if not found:
        raise CommandError(f"seq {first}: the journal ends at seq {reader.head().seq}")


def _show_order(reader: JournalReader, name: str, printer: FactPrinter) -> None:
    from engine.audit.search import before, find_order
    from engine.audit.trail import life
    from engine.journal.codec import FactCodec

    codec = FactCodec()
    order = find_order(reader, codec, name)
    if order is None:
        raise CommandError(f"{name!r}: no order of the journal has this number or id; {_EXPECTED}")
    for row, fact in life(reader.rows(before(reader, order.recorded_ns)), codec, order.cl_ord_id):
        printer.put(row, fact)
