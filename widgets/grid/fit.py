"""Makes a text exactly as wide as its column, whatever the text is."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len, set_cell_size

from widgets.grid.model import Align

_VARIATION_SELECTORS = "\ufe0e\ufe0f"


def fit(text: str, width: int, align: Align, places: int = 0, *, ascii_only: bool = False) -> str:
    """`text` in exactly `width` terminal cells.

    Texts too long end in an ellipsis. Decimal-aligned numbers too long become a row of `#`: a number that is
    cut is a wrong number. Control characters, line breaks and direction marks can't reach the terminal.
    """
    if not (text.isascii() and text.isprintable()):
        text = _clean(text, ascii_only)
    length = len(text) if text.isascii() else cell_len(text)
    if align == "decimal":
        if length > width:
            return "#" * width
        point = text.rfind(".")
        missing = places + 1 if point < 0 else places - (len(text) - point - 1)
        if places and missing > 0:
            missing = min(missing, width - length)
            text += " " * missing
            length += missing
        return " " * (width - length) + text
    if length > width:
        ellipsis = ">" if ascii_only else "…"
        return set_cell_size(text, width - 1) + ellipsis
    if align == "right":
        return " " * (width - length) + text
    return text + " " * (width - length)


def _clean(text: str, ascii_only: bool) -> str:
    """Without what could move the cursor, reverse the line, or have a width that terminals disagree on."""
    # Joined emoji are taken apart here too: terminals disagree on how wide the joined one is.
    kept = [
        character if character.isprintable() else _substitute(character)
        for character in text
        if character not in _VARIATION_SELECTORS
    ]
    cleaned = "".join(kept)
    if ascii_only:
        cleaned = unicodedata.normalize("NFKD", cleaned)
        cleaned = "".join(
            character if character.isascii() else "?" * min(cell_len(character), 1) for character in cleaned
        )
    return cleaned


def _substitute(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\r":
        return " "
    return "" if category == "Cf" else "?"
