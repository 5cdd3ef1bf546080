"""From component classes, which a theme colours, to the style of one cell.

They are not Textual's COMPONENT_CLASSES: those cost a pass of the style sheet for each class of each table at the start
and at every change of theme, and a table uses few of them. Here a class is looked up when a cell first needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

from rich.style import Style
from textual.color import Color
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widget import Widget

from widgets.grid.model import CELL_STYLES
from widgets.patch import filtered

PREFIX = "grid--"
_PARTS = ("header", "cursor", "cursor-blurred", "empty", "scrollbar")
COMPONENTS = frozenset(PREFIX + name for name in (*CELL_STYLES, *_PARTS))


class _Look(NamedTuple):
    """What the rules of a component set; None where they set nothing. `contrast`: how far a colour that follows the
    background stands out from it, 0 to 1."""

    background: Color | None
    contrast: float | None
    color: Color | None
    text_style: Style


_KNOWN: WeakKeyDictionary[Stylesheet, tuple[list[RuleSet], dict[str, _Look]]] = WeakKeyDictionary()


def cell_style(widget: Widget, names: Sequence[str]) -> Style:
    """The named component classes (without their prefix) laid over the widget's own style, in that order.

    Each adds only what its rules set; translucent backgrounds are blended with what lies below. Raises
    ValueError for a name that is no style.
    """
    _, _, background, color = widget.colors
    text_style = widget.styles.text_style
    for name in names:
        if PREFIX + name not in COMPONENTS:
            raise ValueError(f"grid: {name!r} is no cell style; expected one of {', '.join(CELL_STYLES)}")
        look = _look(widget, PREFIX + name)
        if look.background is not None:
            background += look.background
        if look.contrast is not None:
            color = background.get_contrast_text(look.contrast)
        elif look.color is not None:
            color = look.color
        text_style += look.text_style
    style = Style.from_color((background + color).rich_color, background.rich_color) + text_style
    return filtered(widget, style, background)


def _look(widget: Widget, component: str) -> _Look:
    """What the style sheet says of a component of a table, now. It is the same for every table, as `GridTable >
    .grid--...` is all that a rule of theirs asks for: so one question is enough for all of them."""
    sheet = widget.app.stylesheet
    rules, known = _KNOWN.get(sheet, (None, {}))
    if rules is not sheet.rules:  # parsed anew, for another theme
        known = {}
        _KNOWN[sheet] = sheet.rules, known
    look = known.get(component)
    if look is None:
        node = DOMNode(classes=component)
        node._attach(widget)
        sheet.apply(node, animate=False)
        styles = node.styles
        auto = styles.has_rule("auto_color") and styles.auto_color
        look = known[component] = _Look(
            styles.background if styles.has_rule("background") else None,
            styles.color.a if auto else None,
            styles.color if styles.has_rule("color") else None,
            styles.text_style,
        )
    return look
