"""tradedesk events: the newest facts of the journal in words, and those that follow."""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from console.cli.desk import state_of
from console.cli.facts import FactPrinter, open_journal
from console.cli.output import CommandError, JsonFlag, ProfileOption

if TYPE_CHECKING:
    from engine.journal.chain import Row
    from engine.journal.place import Place
    from engine.journal.reader import JournalReader

_LOOK_S: Final = 0.2
#: Left out unless wanted: measurements, up to one a second.
_QUIET: Final = frozenset({"marks_sampled", "orders_handed_over"})


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("events")
    def events(
        follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new facts until Ctrl+C.")] = False,
        last: Annotated[int, typer.Option("--last", metavar="N", min=0, help="Begin with the last N.")] = 20,
        all_: Annotated[bool, typer.Option("--all", help="Sampled marks, too.")] = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Tell what the journal records, in words; works beside a running desk and without one."""
        from engine.journal.errors import JournalError

        state = state_of(profile)
        hidden: frozenset[str] = frozenset() if all_ else _QUIET
        try:
            with open_journal(state) as reader:
                tail = _Tail(reader, FactPrinter(json=json), hidden)
                tail.begin(last)
                if follow:
                    _follow(tail, state.place)
        except JournalError as error:
            raise CommandError(str(error)) from None


class _Tail:
    """The end of a journal. What is printed is checked against the hash chain."""

    def __init__(self, reader: JournalReader, printer: FactPrinter, hidden: frozenset[str]) -> None:
        self._reader = reader
        self._printer = printer
        self._hidden = hidden
        self._seq = 0

    def begin(self, last: int) -> None:
        """Print the last so many facts. Raises JournalError."""
        start = self._start(last)
        self._printer.learn(self._reader, start)
        self._seq = start
        self.go_on()

    def _start(self, last: int) -> int:
        """The seq behind which the last so many visible facts stand."""
        head = self._reader.head().seq
        if not last:
            return head
        span = 512
        while True:
            low = max(head - span, 0)
            shown = [row.seq for row in self._reader.rows(low) if row.kind not in self._hidden]
            if len(shown) >= last or not low:
                return shown[-last:][0] - 1 if shown else low
            span *= 8

    def go_on(self) -> None:
        """Print what has come since. Raises JournalError where the chain breaks."""
        from engine.journal.chain import Head, check
        from engine.journal.errors import JournalError

        head: Head | None = None
        for row in self._reader.rows(self._seq):
            head = head or Head(self._seq, self._reader.hash_at(self._seq) or "")
            broken = check(head, row)
            if broken is not None:
                raise JournalError(f"{broken}; run `tradedesk audit verify`")
            head = Head(row.seq, row.hash)
            self._put(row)
        sys.stdout.flush()

    def _put(self, row: Row) -> None:
        self._seq = row.seq
        if row.kind in self._hidden:
            return
        self._printer.put(row)


def _follow(tail: _Tail, place: Place) -> None:
    """Until Ctrl+C, until nobody reads, or until the journal is another one."""
    file = os.stat(place).st_ino if isinstance(place, Path) else None
    try:
        while _is_read(sys.stdout.fileno()):
            tail.go_on()
            if isinstance(place, Path) and (not place.exists() or os.stat(place).st_ino != file):
                raise CommandError(f"{place}: the journal was moved away")
            time.sleep(_LOOK_S)
    except KeyboardInterrupt:
        return


def _is_read(fd: int) -> bool:
    """Whether somebody may still read what is written there."""
    poll = select.poll()
    poll.register(fd, 0)
    return not any(event & (select.POLLERR | select.POLLHUP | select.POLLNVAL) for _, event in poll.poll(0))
