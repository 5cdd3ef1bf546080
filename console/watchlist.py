"""Which quotes the watch pane shows: a list that the user makes, kept in a file for each mode and account."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from engine.views import QuoteRow

log = logging.getLogger("tradedesk.watchlist")


class Watchlist:
    """Symbols in the order in which they were added; None of them chosen: everything that is quoted is shown.

    A file that can't be read or written costs the memory, never the list.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.symbols: tuple[str, ...] = ()
        self._shown: tuple[tuple[QuoteRow, ...], tuple[str, ...], tuple[QuoteRow, ...]] | None = None
        if path is not None and path.exists():
            try:
                self.symbols = tuple(dict.fromkeys(path.read_text("utf-8", errors="replace").split()))
            except OSError as error:
                log.warning("the watch list can't be read: %s", error)

    def add(self, symbols: Sequence[str]) -> None:
        """Put these at the end."""
        self._keep(tuple(dict.fromkeys((*self.symbols, *symbols))))

    def remove(self, symbols: Sequence[str], quoted: Sequence[str]) -> None:
        """Take these out; of a list that shows everything quoted, the rest stays."""
        mine = self.symbols or tuple(quoted)
        self._keep(tuple(symbol for symbol in mine if symbol not in symbols))

    def clear(self) -> None:
        """Show everything that is quoted again."""
        self._keep(())

    def rows(self, quotes: tuple[QuoteRow, ...]) -> tuple[QuoteRow, ...]:
        """Those of a view that are on the list, in its order; the same object as long as nothing changed."""
        if not self.symbols:
            return quotes
        if self._shown is None or self._shown[0] is not quotes or self._shown[1] is not self.symbols:
            by_symbol = {row.symbol: row for row in quotes}
            found = tuple(by_symbol[symbol] for symbol in self.symbols if symbol in by_symbol)
            self._shown = (quotes, self.symbols, found)
        return self._shown[2]

    def _keep(self, symbols: tuple[str, ...]) -> None:
        self.symbols = symbols
        if self._path is None:
            return
        try:
            self._path.touch(mode=0o600)
            self._path.write_text("\n".join(symbols) + "\n", "utf-8")
        except OSError as error:
            log.warning("the watch list can't be written: %s", error)
