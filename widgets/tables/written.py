"""Tables as text for other programs: CSV for files, tab-separated values for the clipboard.

Numbers are plain decimals, times ISO in UTC, as in the JSON of the shell's commands. A text that a spreadsheet would
take for a formula gets an apostrophe before it (OWASP, "CSV Injection"): a broker's message must not run there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from widgets.tables.values import Moment, Ranked, Value

_STARTS_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_SECOND_NS = 1_000_000_000


def written(value: Value) -> str:
    """A value as other programs read it; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Moment):
        seconds, rest = divmod(value.ns, _SECOND_NS)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
    if isinstance(value, Ranked):
        return value.text
    return guarded(value).replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else str(value)


def guarded(text: str) -> str:
    """The text, harmless in a spreadsheet. A lone sign stays: it is what stands for no value."""
    if text[:1] in ("\t", "\r", "\n") or (len(text) > 1 and text.lstrip().startswith(_STARTS_FORMULA)):
        return f"'{text}"
    return text


def as_csv(header: Sequence[str], rows: Sequence[Sequence[Value]]) -> str:
    """CSV after RFC 4180, with line feeds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([written(value) for value in row] for row in rows)
    return out.getvalue()


def as_tsv(rows: Sequence[Sequence[Value]], header: Sequence[str] = ()) -> list[str]:
    """One line for each row, fields apart by tabs; what would break a line within a field becomes a blank."""
    lines = ["\t".join(header)] if header else []
    return [*lines, *("\t".join(" ".join(written(value).split()) for value in row) for row in rows)]
