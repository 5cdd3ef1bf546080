"""The form as a line of the command language: the one thing that is parsed, previewed and sent."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

import msgspec

from console.grammar.words import tag_word
from console.ticket.fields import TIMELESS
from console.ticket.form import Form

_DURATION: Final = re.compile(r"(?:[0-9]+[hms])+", re.IGNORECASE)


class Composed(msgspec.Struct, frozen=True):
    """`text` ends where it can't go on because a field that a line needs is empty; `wanted`: all of those, in the order
    of the form; `spans`: which field each part came from, as (start, end, field id)."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    wanted: tuple[str, ...] = ()
    goes_on: str = ""
    """Where what the language misses at the end of a line without gaps can be said; "" for nowhere."""

    @property
    def missing(self) -> str:
        """The first field that is wanted, or ""."""
        return self.wanted[0] if self.wanted else ""

    def field_at(self, place: int) -> str:
        """The field that the word at this place came from, or "" where none did; behind the end, the one where the line
        goes on."""
        if place >= len(self.text):
            return self.missing or self.goes_on
        return next((name for start, end, name in self.spans if start <= place < end), "")


class _MissingError(Exception):
    """A field without which the line can't go on is empty."""


class _Writer:
    def __init__(self, form: Form) -> None:
        self._form = form
        self._fields = {field.id: field for field in form.visible()}
        self._parts: list[tuple[str, str]] = []

    def word(self, text: str, field_id: str = "") -> None:
        self._parts.append((text, field_id))

    def value(self, field_id: str, *before: str) -> None:
        """The field's value behind the words `before`; nothing where an optional one is empty. A value that is wanted
        ends the line."""
        field = self._fields.get(field_id)
        if field is None:
            return
        text = self._form[field_id]
        if not text and field.optional:
            return
        for word in before:
            self.word(word, field_id)
        if not text:
            raise _MissingError
        self.word(text, field_id)

    def switch(self, field_id: str) -> None:
        if field_id in self._fields and self._form[field_id]:
            self.word(field_id, field_id)

    def composed(self) -> Composed:
        text, spans = "", []
        for part, field_id in self._parts:
            text += " " if text else ""
            spans.append((len(text), len(text) + len(part), field_id))
            text += part
        empty = [field for field in self._fields.values() if field.kind == "text" and not self._form[field.id]]
        wanted = tuple(field.id for field in empty if not field.optional)
        return Composed(f"{text} " if wanted else text, tuple(spans), wanted, self._goes_on())

    def _goes_on(self) -> str:
        form = self._form
        if not form.algo:
            return ""
        return "options" if form["when"] or form.algo in TIMELESS else "when"


def compose(form: Form) -> Composed:
    """The line that the form stands for, as far as it is filled in."""
    writer = _Writer(form)
    with suppress(_MissingError):
        _write(writer, form)
    return writer.composed()


def _write(writer: _Writer, form: Form) -> None:
    if form.algo:
        _write_algo(writer, form)
    else:
        _write_order(writer, form)
    if len(form.field("account").choices) > 1:
        writer.word(f"@{form['account']}", "account")
    if form["tag"]:
        writer.word(tag_word(form["tag"].removeprefix("#").strip('"')), "tag")


def _write_algo(writer: _Writer, form: Form) -> None:
    writer.word(form.algo, "type")
    writer.word(form["side"], "side")
    _write_size(writer, form)
    writer.value("symbol")
    writer.value("when", *(["duration"] if _DURATION.fullmatch(form["when"]) else []))
    writer.value("within", "limit")
    writer.value("options")


def _write_order(writer: _Writer, form: Form) -> None:
    group = form.group
    grouped = group != "alone"
    if grouped:
        writer.word(group, "group")
    writer.word(form["side"], "side")
    _write_size(writer, form)
    writer.value("symbol")
    _write_how(writer, form, "")
    # What the first order of an oto only reduces is nothing that could start the second.
    _write_while(writer, reduce=group != "oto")
    if grouped:
        writer.word("/", "group")
        writer.word(form["side2"], "side2")
        writer.word(form["qty2"] or _quantity(form), "qty2" if form["qty2"] else "qty")
        writer.word(form["symbol"], "symbol")
        _write_how(writer, form, "2")
        _write_while(writer, reduce=True)
    else:
        writer.value("tp", "tp")
        writer.value("sl", *(() if form.is_sized and not form["sl"] else ("sl",)))
    writer.switch("full")
    writer.switch("fit")


def _quantity(form: Form) -> str:
    if form["by"] == "money":
        return f"${form['money'].removeprefix('$')}"
    return form["qty"]


def _write_size(writer: _Writer, form: Form) -> None:
    match form["by"]:
        case "qty":
            writer.value("qty")
        case "money":
            if form["money"]:
                writer.word(_quantity(form), "money")
            else:
                writer.value("money")
        case "risk":
            writer.value("risk", "risk")
        case "kelly":
            writer.value("wins", "kelly")
            writer.value("payoff")
            writer.value("fraction", "fraction")
            writer.value("cap", "cap")
        case "vol":
            writer.value("target", "vol")
            writer.value("realized", "realized")
            writer.value("cap", "cap")


def _write_how(writer: _Writer, form: Form, which: str) -> None:
    """Type and prices of the first order, or ("2") of the second."""
    name = f"type{which}"
    match form[name]:
        case "lmt":
            writer.value(f"limit{which}", "lmt")
        case "stop":
            writer.value(f"stop{which}", "stop")
        case "stoplmt":
            writer.value(f"stop{which}", "stoplmt")
            writer.value(f"limit{which}")
        case "trail":
            writer.value(f"trail{which}", "trail")
        case other:
            writer.word(other, name)
    if not which and form["type"] in ("stop", "stoplmt", "trail") and form["trigger"] != "touch":
        writer.word("trigger", "trigger")
        writer.word(form["trigger"], "trigger")


def _write_while(writer: _Writer, *, reduce: bool) -> None:
    writer.value("tif")
    writer.value("until")
    if reduce:
        writer.switch("reduce")
    writer.switch("ext")
