"""A text that must not be seen: not in a repr, a log, a traceback with locals, a pickle or an f-string."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Holds the text until `forget`; only `reveal` gives it out. Python can't wipe a text from memory: what this keeps
    it from is being written anywhere."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for whoever checks it."""
        return self._text

    def forget(self) -> None:
        """Drop the text."""
        self._text = ""

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("a secret is not compared: its check takes equal time for every text")

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")
