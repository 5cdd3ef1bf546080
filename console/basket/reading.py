"""A basket's file read whole: every order with all its choices made, or every mistake with its row and column."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

from console.basket.rows import MOST_TEXT, FileLine, Problem, read_rows
from console.grammar.context import Context
from console.grammar.grammar import Grammar
from console.grammar.parsed import GrammarError
from engine.inputs import PlaceGroup, PlaceOrder
from engine.model.basket import MOST_LINES, BasketItem
from engine.model.order import symbols_of

#: Words whose meaning is another one a moment later.
_FLOATS: Final = re.compile(r"@?(bid|ask|mid|last)(?![a-z0-9_])|[$]|(all|half|risk|kelly|vol)$")
_ORDERS: Final = frozenset({"buy", "sell", "short", "oco", "oto"})
_ODD: Final = re.compile(r"[^A-Za-z0-9_.-]+")


class BasketFileError(Exception):
    """The file can't be read at all; one line."""


class Reading(msgspec.Struct, frozen=True):
    """What a file says: `items` are the good lines. `notes`: what was rounded or filled in. `quotes`: symbols whose
    fresh quote was missing, so that reading it again may find less wrong."""

    name: str
    items: tuple[BasketItem, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every instrument of its orders."""
        found = (symbol for item in self.items for request in item.requests for symbol in symbols_of(request))
        return tuple(dict.fromkeys(found))


def read_file(path: str) -> str:
    """The text of a file. Raises BasketFileError."""
    place = Path(path).expanduser()
    try:
        with place.open(encoding="utf-8-sig", newline="") as file:
            return file.read(MOST_TEXT + 1)
    except UnicodeDecodeError:
        raise BasketFileError(f"{path}: is no text (UTF-8)") from None
    except OSError as error:
        raise BasketFileError(f"{path}: can't be read: {error.strerror or error}") from None


def name_of(path: str) -> str:
    """The basket's name by its file's: books/am-rebalance.csv is am-rebalance."""
    return _ODD.sub("-", Path(path).stem).strip("-.")[:32] or "basket"


def read_basket(text: str, name: str, grammar: Grammar, context: Context) -> Reading:
    """Read every row. Nothing is sent, nothing is staged."""
    lines, problems = read_rows(text)
    if len(lines) > MOST_LINES:
        problems.append(Problem(0, "", f"{len(lines)} orders; a basket has at most {MOST_LINES}: make two of it"))
        lines = []
    items: list[BasketItem] = []
    notes: list[str] = []
    quotes: list[str] = []
    for line in lines:
        try:
            item, found = _read_line(line, name, grammar, context)
        except GrammarError as error:
            problems.append(Problem(line.row, _column(line, error), str(error)))
            quotes += [error.needs_quote] if error.needs_quote is not None else []
            continue
        if isinstance(item, Problem):
            problems.append(item)
        else:
            items.append(item)
            notes += [f"row {line.row}: {note}" for note in found]
    problems.sort(key=lambda problem: problem.row)
    return Reading(name, tuple(items), tuple(problems), tuple(notes), tuple(dict.fromkeys(quotes)))


def _read_line(
    line: FileLine, name: str, grammar: Grammar, context: Context
) -> tuple[BasketItem | Problem, tuple[str, ...]]:
    verb = grammar.verb(line.text.split()[0]) if line.text else None
    if verb is not None and verb.name not in _ORDERS:
        return Problem(line.row, _first(line), f"{verb.name} is no order; a basket has orders only"), ()
    # Each order is found by its basket's name where it has no tag of its own.
    text = line.text if "#" in line.text else f"{line.text} #{name}"
    parsed = grammar.parse(text, context)
    match parsed.command:
        case PlaceOrder(request=request):
            requests, contingency, partial = (request,), None, True
        case PlaceGroup(contingency=contingency, requests=requests, partial=partial):
            pass
        case _:
            return Problem(line.row, _first(line), f"{parsed.verb} is no order; a basket has orders only"), ()
    if any(request.fit for request in requests):
        return Problem(line.row, _first(line), "fit has no place in a basket: it is checked as it stands"), ()
    return BasketItem(line.row, parsed.echo, requests, contingency, partial, _said(line.text)), parsed.notes


def _said(text: str) -> str:
    """The line without its tag, where what it comes to depends on the market or the position; else ""."""
    words = [word for word in text.lower().split() if not word.startswith("#")]
    return " ".join(words) if any(_FLOATS.match(word) for word in words) else ""


def _column(line: FileLine, error: GrammarError) -> str:
    return line.column_at(error.start) if len(line.spans) > 1 else ""


def _first(line: FileLine) -> str:
    return line.spans[0][2] if line.spans else ""
