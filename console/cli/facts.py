"""How commands print facts: a line for people, an object for scripts. Times of day are the exchange's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from console.cli.output import CommandError, print_json
from console.config.paths import StatePaths

if TYPE_CHECKING:
    from engine.facts import Fact
    from engine.journal.chain import Row
    from engine.journal.reader import JournalReader

#: The zone of the exchange's clock, as on the desk's own screen.
ZONE: Final = "America/New_York"
_NAMING: Final = frozenset({"order_intended", "order_denied", "order_adopted", "replace_intended"})
#: So many facts before the first one printed are searched for the orders that it may name.
_BEFORE: Final = 20_000


class FactPrinter:
    """Prints facts as they come; it learns the short numbers of orders on the way."""

    def __init__(self, *, json: bool) -> None:
        from engine.journal.codec import FactCodec
        from engine.publish.fact_text import Narrator
        from widgets.clock import ExchangeTime

        self._json = json
        self._codec = FactCodec()
        self._narrator = Narrator()
        self._times = ExchangeTime(ZONE)

    def learn(self, reader: JournalReader, seq: int) -> None:
        """Learn the numbers of the orders made in the last so many facts up to `seq`. Raises JournalError."""
        for row in reader.rows(max(seq - _BEFORE, 0)):
            if row.seq > seq:
                return
            if row.kind in _NAMING:
                self._narrator.line(row, self._codec.decode(row.kind, row.payload))

    def put(self, row: Row, fact: Fact | None = None) -> None:
        """Print one fact. Raises JournalError for a row that holds none."""
        line = self._narrator.line(row, fact if fact is not None else self._codec.decode(row.kind, row.payload))
        if self._json:
            print_json(fact_json(row, line.text))
            return
        times = self._times
        at = f"{times.date(row.market_ns)} {times.hms_ms(row.market_ns)}"
        print(f"{at}  {row.seq:>7}  {row.hash[:8]}  {line.text}")


def fact_json(row: Row, text: str) -> dict[str, Any]:
    """A fact as scripts get it: keys are a promise."""
    from console.json_rows import iso

    return {
        "seq": row.seq,
        "recorded": iso(row.recorded_ns),
        "market": iso(row.market_ns),
        "kind": row.kind,
        "text": text,
        "fact": msgspec.Raw(row.payload.encode()),
        "prev_hash": row.prev_hash,
        "hash": row.hash,
    }


def open_journal(state: StatePaths) -> JournalReader:
    """The profile's journal, for reading. Raises CommandError."""
    from engine.journal.errors import JournalError
    from engine.journal.reader import JournalReader

    if not state.has_journal:
        raise CommandError(f"{state.place}: there is no journal")
    try:
        return JournalReader(state.place)
    except JournalError as error:
        raise CommandError(str(error)) from None
