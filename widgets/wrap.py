"""Lines that are broken at blanks instead of cut."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.lines import Line, Part


def wrapped(line: Sequence[Part], width: int, indent: int) -> list[Line]:
    """The line in as many rows as it takes, broken at blanks; all but the first begin `indent` cells further right."""
    rows: list[list[Part]] = [[]]
    used = 0
    for text, style in line:
        for word in _words(text):
            word = word[: width - indent]
            if used + len(word.rstrip()) > width and used > indent:
                rows[-1][-1] = (rows[-1][-1][0].rstrip(), rows[-1][-1][1])
                rows.append([(" " * indent, "normal")])
                used = indent
                word = word.lstrip()
            rows[-1].append((word, style))
            used += len(word)
    return [_joined(row) for row in rows]


def _words(text: str) -> list[str]:
    """The text in pieces that end where a word begins: 'a bc' is 'a ', 'bc'."""
    pieces: list[str] = []
    for at, sign in enumerate(text):
        if at and text[at - 1] == " " and sign != " ":
            pieces.append("")
        if not pieces:
            pieces.append("")
        pieces[-1] += sign
    return pieces


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Neighbours of one style as one part."""
    joined: list[Part] = []
    for text, style in parts:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined
