"""Tables that leave the console: to a CSV file, to the terminal's clipboard. Part of the desk screen."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from console.driver.clipboard import MOST_BYTES, TooLargeError, fitting
from console.screens.table_actions import TableActions
from console.table_file import ExportError, write_table
from widgets.panes import TablePane
from widgets.tables.filter import FilterError, named_column
from widgets.tables.written import as_csv, as_tsv

_NO_PANE = "no table to take anything from"


class TableOutput(TableActions, inherit_bindings=False):
    """What is written is what is shown: filtered, in its order, with the columns that are chosen."""

    exports: Path | None = None
    """The folder for files without a name."""

    def refresh_rows(self, name: str) -> None:
        """Let a pane that may not be on the screen have the newest rows."""
        raise NotImplementedError

    def action_export(self) -> None:
        self.export_table()

    def export_table(self, name: str = "", file: str = "", *flags: str) -> None:
        """Write a table (that in hand without a name) to this file, or to a new one."""
        chosen = name or self.pane_in_hand
        if chosen is None:
            self.tell(_NO_PANE, False)
            return
        folder = None if file else self.exports
        if not file and folder is None:
            self.tell("not exported: say where to, as in export orders orders.csv", False)
            return
        self.refresh_rows(chosen)
        pane, everything = self.panes[chosen], "all" in flags
        columns = [column.key for column in pane.columns] if everything else pane.columns_in_use()
        rows = pane.values(columns, everything=everything)
        hidden = len(pane.lineup) - len(rows)
        what = f"{_rows(len(rows))} of {chosen}{f' ({hidden:,} filtered out)' if hidden else ''}"
        path = Path(file) if folder is None else folder / f"{chosen}-{self.file_stamp()}.csv"
        text = as_csv(columns, rows)
        self.run_worker(self._write(path, text, what, make=folder, overwrite="overwrite" in flags))

    def file_stamp(self) -> str:
        """What tells a file without a name from all others: when it was written, UTC."""
        return f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"[:-3]

    async def _write(self, path: Path, text: str, what: str, *, make: Path | None, overwrite: bool) -> None:
        """In a thread: a slow disk must not hold up the screen."""

        def work() -> Path:
            if make is not None:
                make.mkdir(mode=0o700, parents=True, exist_ok=True)
            return write_table(path, text, overwrite=overwrite)

        try:
            written = await asyncio.to_thread(work)
        except (ExportError, OSError) as error:
            self.tell(f"not exported: {error}", False)
        else:
            self.tell(f"wrote {what} to {written}", True)

    def action_copy(self, what: str) -> None:
        self.copy_from_table(what)

    def copy_from_table(self, what: str = "row", name: str = "") -> None:
        """Copy the selected row, the table, or the selected row's cell in a column."""
        chosen = name or self.pane_in_hand
        if chosen is None:
            self.tell(_NO_PANE, False)
            return
        self.refresh_rows(chosen)
        pane = self.panes[chosen]
        try:
            lines, told = _copied(pane, what)
        except FilterError as error:
            self.tell(f"nothing copied: {error}", False)
            return
        if not lines:
            self.tell(f"nothing copied: no row is selected in {chosen}", False)
            return
        text, count = fitting(lines)
        try:
            if not count:
                raise TooLargeError(f"{len(lines[0]):,} characters; terminals take {MOST_BYTES:,} bytes")
            self.app.copy_to_clipboard(text)
        except TooLargeError as error:
            self.tell(f"nothing copied: {error}", False)
            return
        if count < len(lines):
            self.tell(
                f"CUT: copied only {count - 1:,} of {len(lines) - 1:,} rows of {chosen}, terminals take no more; "
                "export writes all",
                False,
            )
        else:
            self.tell(f"copied {told} of {chosen}, {len(text.encode()):,} bytes (OSC 52)", True)


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _copied(pane: TablePane[object], what: str) -> tuple[list[str], str]:
    """The lines, and what they are in words."""
    columns = pane.columns_in_use()
    if what == "table":
        rows = pane.values(columns)
        return as_tsv(rows, columns), f"{_rows(len(rows))} with {len(columns)} columns"
    if what != "row":
        columns = (named_column(what, pane.columns).key,)
    values = pane.selected_values(columns)
    where = "the selected row" if what == "row" else columns[0]
    return (as_tsv([values]) if values else []), where
