"""The signs that go with colours, and their ASCII stand-ins for terminals without Unicode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec


class Glyphs(msgspec.Struct, frozen=True, gc=False):
    """Signs by meaning. Every one is one column wide, so that tables keep their widths in ASCII as well."""

    full: str
    empty: str
    mark: str
    """The schedule's mark in a progress bar."""
    up: str
    down: str
    on: str
    """A lamp that is lit."""
    off: str
    to: str
    dot: str
    """Separator of phrases."""
    bar: str
    """Separator of blocks."""
    yes: str
    no: str
    warn: str
    ellipsis: str
    times: str
    levels: str
    """Heights of a column, the lowest first; each one column wide."""


UNICODE: Final = Glyphs(
    full="━",
    empty="─",
    mark="┃",
    up="▲",
    down="▼",
    on="●",
    off="○",
    to="→",
    dot="·",
    bar="│",
    yes="✓",
    no="✗",
    warn="!",
    ellipsis="…",
    times="×",
    levels="▁▂▃▄▅▆▇█",
)

ASCII: Final = Glyphs(
    full="#",
    empty=".",
    mark="|",
    up="^",
    down="v",
    on="*",
    off="o",
    to=">",
    dot="-",
    bar="|",
    yes="+",
    no="x",
    warn="!",
    ellipsis="~",
    times="x",
    levels=".:-=+*#@",
)


def bar(share: float, width: int, glyphs: Glyphs, mark: float | None = None) -> str:
    """A bar of `width` columns filled to `share` (0 to 1, clipped), with a mark at `mark` when given.

    Anything above nothing shows at least one column, and only a full share fills the last one.
    """
    share = min(max(share, 0.0), 1.0)
    filled = int(share * width)
    if share > 0:
        filled = max(filled, 1)
    text = glyphs.full * filled + glyphs.empty * (width - filled)
    if mark is None or width == 0:
        return text
    at = min(int(min(max(mark, 0.0), 1.0) * width), width - 1)
    return text[:at] + glyphs.mark + text[at + 1 :]


def columns(values: Sequence[float], width: int, glyphs: Glyphs) -> str:
    """A chart one line high: the values side by side, the highest a full column; nothing is a blank, and anything above
    it shows. More values than `width` are added up into as many columns."""
    count = min(len(values), width)
    sums = [sum(values[len(values) * n // count : len(values) * (n + 1) // count]) for n in range(count)]
    most = max(sums, default=0.0)
    steps = len(glyphs.levels)
    return "".join(glyphs.levels[max(round(v / most * steps), 1) - 1] if v > 0 else " " for v in sums)


def glyphs_for(environ: Mapping[str, str]) -> Glyphs:
    """The signs that a terminal can show, by its locale: LC_ALL, else LC_CTYPE, else LANG, as POSIX ranks them. The
    Linux console and the VT family have fonts with few signs, or none, whatever the locale says."""
    locale = (environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "").lower()
    few = environ.get("TERM", "").lower().startswith(("linux", "vt", "screen.linux", "screen.vt"))
    return UNICODE if ("utf-8" in locale or "utf8" in locale) and not few else ASCII
