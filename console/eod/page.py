"""The report as one HTML page: tables in it, no script, no network, everything escaped."""

from __future__ import annotations

from html import escape

from console.eod.sections import Section, sections
from console.tca.style import whole
from engine.model.eod import EodReport


def page(report: EodReport) -> str:
    """The whole page."""
    title = f"End of day {report.day}, {report.mode} {report.account}"
    parts = [f"<h1>{escape(title)}</h1>", *(part for one in sections(report) for part in _section(one))]
    return whole(title, parts)


def _section(one: Section) -> list[str]:
    parts = [f"<h2>{escape(one.title)}</h2>"]
    if not one.rows:
        return [*parts, f"<p>{escape(one.nothing)}</p>"]
    head = "".join(f"<th>{escape(column)}</th>" for column in one.columns)
    body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in one.rows)
    return [*parts, f"<table><tr>{head}</tr>\n{body}</table>"]


def _cell(cell: str | None) -> str:
    return f"<td>{escape('-' if cell is None else cell)}</td>"
