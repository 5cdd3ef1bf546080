"""theme: other colours."""

from __future__ import annotations

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from themes.palettes import THEMES

_EXPECTED = (
    *(Expect(name, "a shipped theme") for name in THEMES),
    Expect("auto", "what suits the terminal, and nothing is remembered"),
    Expect("NAME", "your own theme, of themes/NAME.toml", "value"),
)


@verb(
    "theme",
    usage="theme [NAME]",
    summary="show the themes, or choose one; it is remembered",
    examples=("theme", "theme light", "theme high_contrast", "theme auto"),
    rank=18,
)
def theme(words: Words) -> Parsed:
    name = words.take(*_EXPECTED).lower if words.could(*_EXPECTED) else ""
    words.finish()
    return Parsed("theme", Local("theme", (name,) if name else ()), 0, f"theme {name}".strip())
