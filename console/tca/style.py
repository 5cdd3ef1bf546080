"""What the pages of reports have in common: one file, and a style sheet in Okabe-Ito colours, light and dark as the
reader prefers, also for paper."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

STYLE: Final = """
:root { --ink: #1b1f24; --dim: #5a6570; --paper: #fff; --line: #d8dee4;
  --s0: #0072b2; --s1: #e69f00; --s2: #009e73; --s3: #cc79a7; --s4: #d55e00; --s5: #56b4e9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --dim: #9aa5b1; --paper: #14181c; --line: #333b44;
  --s0: #56b4e9; --s1: #f0c244; --s2: #2fc79b; --s3: #e2a3c7; --s4: #ff8a47; --s5: #8fd0ff; } }
body { font: 14px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 24px auto;
  max-width: 1280px; padding: 0 16px; }
h1 { font-size: 20px; } h2 { font-size: 16px; margin-top: 32px; border-bottom: 1px solid var(--line); }
h3 { font-size: 14px; margin: 20px 0 4px; } p, li { color: var(--dim); max-width: 90ch; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 8px 0; }
th, td { padding: 2px 8px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { color: var(--dim); font-weight: 600; } th:first-child, td:first-child, .words { text-align: left; }
.wide { overflow-x: auto; } .wide th:first-child, .wide td:first-child { position: sticky; left: 0;
  background: var(--paper); } svg { max-width: 100%; height: auto; display: block; margin: 6px 0; }
svg text.tick { font: 11px system-ui, sans-serif; fill: var(--dim); }
.grid { stroke: var(--line); stroke-width: 1; } .grid.zero { stroke: var(--dim); }
.whisker, .mark { stroke: var(--ink); stroke-width: 1.2; } .mark { stroke-dasharray: 4 3; }
.s0 { fill: var(--s0); stroke: var(--s0); } .s1 { fill: var(--s1); stroke: var(--s1); }
.s2 { fill: var(--s2); stroke: var(--s2); } .s3 { fill: var(--s3); stroke: var(--s3); }
.s4 { fill: var(--s4); stroke: var(--s4); } .s5 { fill: var(--s5); stroke: var(--s5); }
.line { fill: none; stroke-width: 1.8; } circle { fill-opacity: .75; }
tbody tr:hover td { background: var(--line); }
@page { size: landscape; margin: 12mm; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } .wide { overflow: visible; }
  .wide table { font-size: 7.5px; } th, td { padding: 1px 4px; } h2 { break-after: avoid; }
  svg, table { break-inside: avoid; } }
"""


def whole(title: str, parts: Iterable[str]) -> str:
    """The page of these parts, which are HTML; `title` is text."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # Nothing is loaded, whatever a text in here may try.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )
