"""The language of filters: words that all must be there, `col:word`, `col>n`, `!word`.

working                  in any cell
"new york"               with its blank
!ibm                     in none
sym:aapl,msft            in that column: one of these
side=buy  status!=filled the whole cell
qty>1k  px<=190.5  used>70%  time>=14:30
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

from widgets.grid import Column, Row
from widgets.tables.values import Moment, Value, number_in

ValueOf = Callable[[str], Value]
"""The value of the row's cell in the column with this key."""

_WORD: Final = re.compile(r'(?:"[^"]*"?|[^\s"])+')
_TERM: Final = re.compile(r"(?P<column>[A-Za-z#][\w#.%-]*)(?P<sign>!=|>=|<=|[:=<>])(?P<wanted>.*)")
_TIME: Final = re.compile(r"\d{1,2}(:\d{2}){1,2}")
_COMPARES: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}

Sign = Literal["any", ":", "=", "!=", ">", "<", ">=", "<="]


class FilterError(ValueError):
    """A filter can't be understood; the message names the word and what was expected."""


class Term(msgspec.Struct, frozen=True):
    """One word of a filter. `index`: of its column, where it has one."""

    sign: Sign
    wanted: tuple[str, ...]
    index: int = -1
    column: str = ""
    negated: bool = False
    number: Decimal | None = None

    def matches(self, row: Row, value_of: ValueOf) -> bool:
        return self._found(row, value_of) is not self.negated

    def _found(self, row: Row, value_of: ValueOf) -> bool:
        if self.sign == "any":
            return any(self.wanted[0] in _text(row, index) for index in range(len(row.cells)))
        text = _text(row, self.index)
        if self.sign == ":":
            return any(wanted in text or wanted in text.replace(",", "") for wanted in self.wanted)
        value = value_of(self.column)
        if self.sign in ("=", "!="):
            return any(_is(text, value, wanted) for wanted in self.wanted) is (self.sign == "=")
        return _compares(self.sign, text, value, self.wanted[0], self.number)


class Filter(msgspec.Struct, frozen=True):
    """A filter that was understood: `text` as it was typed. Without a word it lets everything pass."""

    text: str = ""
    terms: tuple[Term, ...] = ()

    def matches(self, row: Row, value_of: ValueOf) -> bool:
        """Whether the row is shown."""
        return all(term.matches(row, value_of) for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms)


def parse_filter(text: str, columns: Sequence[Column]) -> Filter:
    """The filter that these words say, for a table with these columns. Raises FilterError."""
    return Filter(text.strip(), tuple(_term(word, columns) for word in _WORD.findall(text)))


def named_column(name: str, columns: Sequence[Column]) -> Column:
    """The column that this is the key, the title or the only possible beginning of. Raises FilterError."""
    wanted = name.casefold()
    exact = [column for column in columns if column.key == wanted] or [
        column for column in columns if column.title.casefold() == wanted
    ]
    if exact:
        return exact[0]
    begun = [c for c in columns if c.key.startswith(wanted) or (wanted and c.title.casefold().startswith(wanted))]
    if len(begun) == 1:
        return begun[0]
    known = ", ".join(column.key for column in begun or columns)
    raise FilterError(f"{'which column is' if begun else 'no column'} {name}; expected one of {known}")


def _term(word: str, columns: Sequence[Column]) -> Term:
    negated = word.startswith("!")
    body = word[1:] if negated else word
    found = _TERM.fullmatch(body)
    if found is None:
        return Term("any", (_unquoted(body),), negated=negated and bool(body))  # a lone ! has only begun
    column = named_column(found["column"], columns)
    wanted = tuple(_unquoted(part) for part in _split(found["wanted"]))
    if not wanted or not all(wanted):
        raise FilterError(f"{word}: nothing to look for behind {found['sign']}; expected a word or a number")
    sign = found["sign"]
    number = None
    if sign in _COMPARES:
        if len(wanted) > 1:
            wanted = (",".join(wanted),)
        number = number_in(wanted[0])
        if column.align == "decimal" and number is None:
            raise FilterError(f"{word}: {wanted[0]} is no number; expected one such as 100, 1.5, 2k or 70%")
    index = list(columns).index(column)
    return Term(sign, wanted, index, column.key, negated, number)  # type: ignore[arg-type]


def _split(text: str) -> list[str]:
    """The alternatives: at each comma, but not between digits as in 1,000."""
    return re.split(r",(?!\d{3}(?:\D|$))|(?<!\d),", text) if '"' not in text else [text]


def _unquoted(text: str) -> str:
    return text.replace('"', "").casefold()


def _text(row: Row, index: int) -> str:
    cell = row.cells[index] if index < len(row.cells) else ""
    return (cell if isinstance(cell, str) else cell.text).casefold()


def _is(text: str, value: Value, wanted: str) -> bool:
    """Whether the cell is what is wanted: by its text, or by its number however it is written."""
    if text.strip() == wanted or (isinstance(value, str) and value.casefold() == wanted):
        return True
    if isinstance(value, (int, Decimal)):
        number = _scaled(text, wanted, number_in(wanted))
        return number is not None and number == value
    return False


def _compares(sign: str, text: str, value: Value, wanted: str, number: Decimal | None) -> bool:
    compare = _COMPARES[sign]
    if value is None:
        return False
    if isinstance(value, (int, Decimal)):
        scaled = _scaled(text, wanted, number)
        return scaled is not None and compare(value, scaled)
    if isinstance(value, Moment) and _TIME.fullmatch(wanted):
        time = wanted if wanted[1:2] != ":" else f"0{wanted}"
        return compare(text[: len(time)], time)
    shown = value.casefold() if isinstance(value, str) else text
    return compare(shown, wanted)


def _scaled(text: str, wanted: str, number: Decimal | None) -> Decimal | None:
    """What is typed without a % for a cell that shows one means percent."""
    if number is not None and text.endswith("%") and not wanted.endswith("%"):
        return number / 100
    return number
