"""The blotter of a desk that does not run, and its finished trades: from the journal's projections."""

from __future__ import annotations

import json
from typing import Any, Final

from console.cli.output import CommandError
from console.config.paths import StatePaths

#: Columns that are ns UTC in the tables and ISO times for scripts.
_TIMES: Final = frozenset({"created", "updated", "ts", "opened", "closed"})
#: Columns that are 0 or 1 in the tables and true or false for scripts.
_FLAGS: Final = frozenset({"local", "external", "reduce_only"})
_TABLES: Final = {"pnl": "daily_pnl"}


def journaled(state: StatePaths, part: str) -> list[dict[str, Any]]:
    """The rows of `blotter PART` as the journal tells them, every day of it. Raises CommandError."""
    from engine.journal.blotter import read_table
    from engine.journal.errors import JournalError
    from engine.journal.projections import catch_up

    if not state.has_journal:
        raise CommandError(f"no desk is running, and there is no journal in {state.folder}")
    try:
        catch_up(state.place, state.blotter)
        rows = read_table(state.blotter, _TABLES.get(part, part))
    except JournalError as error:
        raise CommandError(str(error)) from None
    return [{key: _shown(key, value) for key, value in row.items()} for row in rows]


def _shown(key: str, value: str | int | None) -> Any:
    from console.json_rows import iso

    if key in _TIMES and isinstance(value, int):
        return iso(value)
    if key in _FLAGS:
        return bool(value)
    return json.loads(value) if key == "legs" and isinstance(value, str) else value
