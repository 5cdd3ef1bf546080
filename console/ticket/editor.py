"""The cursor of the ticket: which field has it, where in its text it stands, and what a key does there."""

from __future__ import annotations

from typing import Final

from console.ticket.fields import LONGEST, Field
from console.ticket.form import Form

_EDITS: Final = frozenset({"backspace", "delete", "home", "end"})


class Editor:
    """Edits one form. Every method that may change a value says whether it did."""

    def __init__(self, form: Form, field_id: str) -> None:
        self.form = form
        self._at = ""
        self.place = 0
        """How many characters of the field's text stand before the cursor."""
        self.selected = False
        """Whether what is typed next takes the place of the text: so it is where the cursor has only just come."""
        self.unheard = ""
        """The character that was typed last, where it meant nothing to the field."""
        self.go(field_id)

    @property
    def field(self) -> Field:
        """The field with the cursor."""
        return self.form.field(self._at)

    def go(self, field_id: str) -> None:
        """Put the cursor on all of the text of this field; of the first one where it is not visible."""
        self.unheard = ""
        names = [field.id for field in self.form.visible()]
        self._at = field_id if field_id in names else names[0]
        self.place = len(self.form[self._at])
        self.selected = self.field.kind == "text" and bool(self.place)

    def step(self, by: int) -> None:
        """Go `by` fields on, around the ends."""
        names = [field.id for field in self.form.visible()]
        self.go(names[(names.index(self._at) + by) % len(names)])

    def turn(self, by: int) -> bool:
        """Another choice; in a text, the cursor moves."""
        self.unheard = ""
        field = self.field
        if field.kind == "text":
            here = (len(self.form[field.id]) if by > 0 else 0) if self.selected else self.place + by
            self.place = max(0, min(here, len(self.form[field.id])))
            self.selected = False
            return False
        if field.kind == "switch":
            return self._put("" if self.form[field.id] else "on")
        choices = field.choices
        return self._put(choices[(choices.index(self.form[field.id]) + by) % len(choices)])

    def type(self, sign: str) -> bool:
        """One printable character. On a choice its first letter, again for the next with that letter; Space turns."""
        field = self.field
        if field.kind == "text":
            return self._insert(sign)
        if sign == " ":
            return self.turn(1)
        if field.kind == "switch":
            wanted = {"y": "on", "n": ""}.get(sign.lower())
        else:
            choices = field.choices
            here = choices.index(self.form[field.id])
            later = [*choices[here + 1 :], *choices[: here + 1]]
            wanted = next((choice for choice in later if choice.lower().startswith(sign.lower())), None)
        self.unheard = sign if wanted is None else ""
        return False if wanted is None else self._put(wanted)

    def paste(self, text: str) -> bool:
        """The first line of it, into a text."""
        lines = text.splitlines()
        return self.field.kind == "text" and bool(lines) and self._insert(lines[0].strip())

    def edit(self, key: str) -> bool | None:
        """An editing key in a text: whether it changed anything; None when it is none of them."""
        if self.field.kind != "text" or key not in _EDITS:
            return None
        text, place = self.form[self._at], self.place
        selected, self.selected = self.selected, False
        match key:
            case "backspace" | "delete" if selected:
                return self.clear()
            case "backspace":
                self.place = max(0, place - 1)
                return self._put(text[: self.place] + text[place:])
            case "delete":
                return self._put(text[:place] + text[place + 1 :])
            case _:
                self.place = 0 if key == "home" else len(text)
                return False

    @property
    def is_at_end(self) -> bool:
        """Whether the cursor stands behind the text."""
        return not self.selected and self.place == len(self.form[self._at])

    def replace(self, text: str) -> bool:
        """Another text instead of the one there is."""
        self.place, self.selected = len(text), False
        return self._put(text)

    def clear(self) -> bool:
        """Empty a text; turn a switch off."""
        self.unheard = ""
        if self.field.kind == "choice":
            return False
        self.place, self.selected = 0, False
        return self._put("")

    def _insert(self, typed: str) -> bool:
        field = self.field
        signs = "".join(sign for sign in typed if sign.isprintable() and (field.words or sign != " "))
        text, place = ("", 0) if self.selected else (self.form[field.id], self.place)
        signs = signs[: LONGEST - len(text)]
        if not signs:
            return False
        self.place, self.selected = place + len(signs), False
        return self._put(text[:place] + signs + text[place:])

    def _put(self, value: str) -> bool:
        before = self.form[self._at]
        self.form[self._at] = value
        return before != value
