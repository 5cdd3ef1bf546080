"""The report as text: for people, for scripts, for a spreadsheet, as a page."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Literal

import msgspec

from console.eod.page import page
from console.eod.sections import Section, as_json, sections
from engine.model.eod import EodReport

Form = Literal["text", "json", "csv", "html"]
_SUFFIXES: dict[str, Form] = {".json": "json", ".csv": "csv", ".html": "html", ".htm": "html"}


def form_of(path: Path) -> Form:
    """By the file's name."""
    return _SUFFIXES.get(path.suffix.lower(), "text")


def written(report: EodReport, form: Form) -> str:
    """The report."""
    match form:
        case "json":
            return msgspec.json.encode(as_json(report)).decode() + "\n"
        case "html":
            return page(report)
        case "csv":
            return _values(sections(report))
        case "text":
            return "\n".join("\n".join([one.title, *rows_of(one), ""]) for one in sections(report))


def _values(found: list[Section]) -> str:
    """One cell a line, so that tables of any shape fit into one."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("section", "row", "column", "value"))
    for one in found:
        for no, row in enumerate(one.rows, 1):
            rows.writerows((one.key, no, column, cell) for column, cell in zip(one.columns, row, strict=True))
    return out.getvalue()


def rows_of(one: Section, width: int | None = None) -> list[str]:
    """A table as aligned lines, its header first; with a `width` only the columns that a narrow screen has, where all
    have no room."""
    if not one.rows:
        return [one.nothing]
    lines = _aligned(one.columns, [[_shown(cell) for cell in row] for row in one.rows])
    if width is None or not one.narrow or max(map(len, lines)) <= width:
        return lines
    at = [one.columns.index(name) for name in one.narrow]
    return _aligned(one.narrow, [[_shown(row[place]) for place in at] for row in one.rows])


def _shown(cell: str | None) -> str:
    return "-" if cell is None else cell


def _aligned(columns: tuple[str, ...], rows: list[list[str]]) -> list[str]:
    every = [list(columns), *rows]
    widths = [max(len(row[at]) for row in every) for at in range(len(columns))]
    right = [all(_is_number(row[at]) for row in rows) for at in range(len(columns))]
    return [
        "  ".join(
            cell.rjust(size) if flush else cell.ljust(size)
            for cell, size, flush in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in every
    ]


def _is_number(text: str) -> bool:
    return text == "-" or text.replace(",", "").replace(".", "", 1).lstrip("+-").isdigit()
