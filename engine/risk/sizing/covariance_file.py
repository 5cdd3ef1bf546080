"""A covariance matrix from CSV text: bare numbers, or with the assets' names above, or above and in front."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import msgspec

from engine.risk.sizing.errors import SizingError


class NamedCovariance(msgspec.Struct, frozen=True):
    """`names` are the numbers of the columns, from 1, where the text has none."""

    names: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]


def read_covariance(text: str) -> NamedCovariance:
    """Read it. Raises SizingError that names the line and the cell; what the numbers mean is checked later."""
    try:
        lines = list(csv.reader(text.removeprefix("\ufeff").splitlines(), strict=True))
    except csv.Error as error:
        raise SizingError(f"the covariance file is no CSV: {error}") from None
    table = [
        (number, [cell.strip() for cell in line]) for number, line in enumerate(lines, 1) if any(map(str.strip, line))
    ]
    if not table:
        raise SizingError("the covariance file is empty")
    header: list[str] | None = None
    if table[0][1][0] == "" or not any(map(_is_number, table[0][1])):
        header = table.pop(0)[1]
        if not table:
            raise SizingError("the covariance file has names, but no numbers")
    fronts: list[str] = []
    if not any(_is_number(cells[0]) for _, cells in table) or (header is not None and header[0] == ""):
        fronts = [cells[0] for _, cells in table]
        table = [(number, cells[1:]) for number, cells in table]
        if header is not None and len(header) == len(table) + 1:
            header = header[1:]
    names = header if header is not None else fronts or [str(at) for at in range(1, len(table) + 1)]
    _check_names(names, fronts, table)
    rows = tuple(
        tuple(_number(cell, line, name) for cell, name in zip(cells, names, strict=True)) for line, cells in table
    )
    return NamedCovariance(tuple(names), rows)


def _check_names(names: Sequence[str], fronts: Sequence[str], table: Sequence[tuple[int, Sequence[str]]]) -> None:
    if len(names) != len(table):
        raise SizingError(f"the covariance matrix is not square: {len(names)} columns, {len(table)} rows")
    for line, cells in table:
        if len(cells) != len(names):
            raise SizingError(
                f"the covariance matrix is not square: line {line} has {len(cells)} of {len(names)} numbers"
            )
    if "" in names:
        raise SizingError(f"column {list(names).index('') + 1} of the covariance file has no name")
    twice = next((name for name in names if list(names).count(name) > 1), None)
    if twice is not None:
        raise SizingError(f"the covariance file names {twice} twice")
    wrong = next((at for at, front in enumerate(fronts) if front != names[at]), None)
    if wrong is not None:
        raise SizingError(
            f"line {table[wrong][0]} of the covariance file is {fronts[wrong]}, but its column is {names[wrong]}:"
            " rows and columns must come in one order"
        )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str, line: int, name: str) -> float:
    if not cell:
        raise SizingError(f"line {line} of the covariance file has nothing under {name}")
    if not _is_number(cell):
        raise SizingError(f"line {line} of the covariance file has {cell!r} under {name}, which is no number")
    return float(cell)
