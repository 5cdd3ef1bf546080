"""A journal as an earlier version of this program left it: rows with their hashes, and the tables that they fold to.

Never made anew: `python -m tests.engine.journal.golden_journal NAME` adds one of today's program and refuses to write
over another. What a simulated desk did in it is of no matter; that every later program reads it the same is.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.journal import schema
from engine.journal.archive import row_of
from engine.journal.blotter import TABLES, read_table
from engine.journal.chain import Row
from engine.journal.mirror_line import read_line, write_line
from engine.journal.projections import catch_up

GOLDEN = Path(__file__).with_name("golden")


def names() -> list[str]:
    return sorted(path.name.removesuffix(".rows.gz") for path in GOLDEN.glob("*.rows.gz"))


def rows_of(name: str) -> list[Row]:
    lines = gzip.decompress((GOLDEN / f"{name}.rows.gz").read_bytes()).splitlines()
    found = [read_line(line) for line in lines]
    assert None not in found, "the golden file itself is damaged"
    return [row_of(line) for line in found if line is not None]


def tables_of(name: str) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads((GOLDEN / f"{name}.tables.json").read_text())
    return found


def lay_down(path: Path, rows: Sequence[Row], version: int) -> Path:
    """The file as the program of that schema version left it."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
    database.execute(f"PRAGMA user_version={version}")
    for statement in schema.SCHEMAS[version]:
        database.execute(statement)
    database.executemany("INSERT INTO facts VALUES (?,?,?,?,?,?,?)", rows)
    database.close()
    return path


def tables(journal: Path, blotter: Path) -> dict[str, list[dict[str, object]]]:
    """What the journal folds to now."""
    catch_up(journal, blotter)
    return {table: [dict(row) for row in read_table(blotter, table)] for table in TABLES}


def main(name: str) -> None:
    import tempfile

    from tests.engine.journal.histories import history

    rows = next(
        rows
        for rows in map(history, range(100))
        if len(rows) < 260 and len({row.kind for row in rows}) > 24 and any(r.kind == "execution_busted" for r in rows)
    )
    with (GOLDEN / f"{name}.rows.gz").open("xb") as file:
        file.write(gzip.compress(b"".join(write_line(row) + b"\n" for row in rows), mtime=0))
    with tempfile.TemporaryDirectory() as scratch:
        path = lay_down(Path(scratch) / "journal.sqlite3", rows, 1)
        found = tables(path, Path(scratch) / "blotter.sqlite3")
    (GOLDEN / f"{name}.tables.json").write_text(json.dumps(found, indent=1) + "\n")
    print(f"{name}: {len(rows)} rows of {len({row.kind for row in rows})} kinds")


if __name__ == "__main__":
    main(sys.argv[1])
