"""What commands print: one compact line of JSON, or a few lines for people; errors are one line on stderr."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final

import msgspec
import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one compact line of JSON.")]
ProfileOption = Annotated[str | None, typer.Option("--profile", metavar="P", help="Profile of tradedesk.yaml.")]
YesFlag = Annotated[bool, typer.Option("--yes", help="Accept soft limits and what asks for `y`.")]
ConfirmOption = Annotated[str, typer.Option("--confirm", metavar="WORD", help="The word that the refusal shows.")]
IdOption = Annotated[str, typer.Option("--id", metavar="KEY", help="The same key never orders twice.")]


_NEGATIVE: Final = re.compile(r"-\d+(\.\d+)?")


class CommandError(Exception):
    """A command ends here: the message is for stderr, the code for the shell."""

    def __init__(self, message: str, code: int = 1) -> None:
        self.code = code
        super().__init__(message)


def complain(message: str, code: int = 1) -> int:
    """Say what went wrong, in one line, and give the exit code back."""
    print(f"tradedesk: {' '.join(message.split())}", file=sys.stderr)
    return code


def print_json(value: object) -> None:
    """One compact line."""
    print(msgspec.json.encode(value).decode())


def print_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows as CSV with the keys of their JSON, or with these columns where there are no rows."""
    from widgets.tables.written import as_csv

    def cell(value: object) -> Decimal | str:
        if value is None:
            return ""
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        return Decimal(text) if _NEGATIVE.fullmatch(text) else text  # else its sign would pass for a formula's

    keys = list(dict.fromkeys(key for row in rows for key in row)) or list(columns)
    print(as_csv(keys, [[cell(row.get(key)) for key in keys] for row in rows]), end="")


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], nothing: str) -> None:
    """Rows as aligned columns; numbers to the right, `-` for no value."""
    lines = [[_cell(row.get(column)) for column in columns] for row in rows]
    if not lines:
        print(nothing)
        return
    widths = [max(len(line[at]) for line in [list(columns), *lines]) for at in range(len(columns))]
    right = [all(_is_number(line[at]) for line in lines) for at in range(len(columns))]
    for line in [list(columns), *lines]:
        cells = (
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(line, widths, right, strict=True)
        )
        print("  ".join(cells).rstrip())


def pairs(items: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line."""
    found = [(name, _cell(value)) for name, value in items]
    width = max((len(name) for name, _ in found), default=0)
    for name, value in found:
        print(f"{name.ljust(width)}  {value}")


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)


def _is_number(text: str) -> bool:
    return text == "-" or text.replace(".", "", 1).replace("-", "", 1).isdigit()
