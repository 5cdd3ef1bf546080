"""What is wrong in a file of settings, in one line each: `file:line: key: what; expected ...`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

_CREDENTIALS: Final = re.compile(r"(?<=://)[^/\s]*@|(?<=[?&]password=)[^&\s]*")


class Problem(msgspec.Struct, frozen=True, gc=False):
    """One thing that is wrong. `line` 0 and `key` "" mean that there is none to name."""

    path: Path
    line: int
    key: str
    what: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        key = f"{self.key}: " if self.key else ""
        return " ".join(f"{place}: {key}{self.what}".split())


class ConfigError(Exception):
    """A file of settings can't be used. `str()` is one line, the first of its `problems`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__(str(self.problems[0]))

    @classmethod
    def at(cls, path: Path, what: str, *, line: int = 0, key: str = "") -> ConfigError:
        """The error with one problem."""
        return cls([Problem(path, line, key, what)])


def unknown_key(key: str, valid: Iterable[str]) -> str:
    """Says that a key is not known, with the nearest that is, or else all that are."""
    names = list(valid)
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    expected = "expected " + (f"one of {', '.join(names)}" if names else "nothing here")
    return f"unknown key; {expected}" + (f"; nearest valid key '{near[0]}'" if near else "")


def shown(text: str, limit: int = 60) -> str:
    """A value as it may stand in a message: quoted, on one line, not endless, without a URL's password."""
    text = _CREDENTIALS.sub(lambda found: "…@" if found[0].endswith("@") else "…", text)
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
