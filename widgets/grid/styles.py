"""From component classes, which a theme colours, to the style of one cell.

They are not Textual's COMPONENT_CLASSES: those cost a pass of the style sheet for each class of each table at the start
and at every change of theme, and a table uses few of them. Here a class is looked up when a cell first needs it.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.widget import Widget

from widgets.grid.model import CELL_STYLES

PREFIX = "grid--"
_PARTS = ("header", "cursor", "cursor-blurred", "empty", "scrollbar")
COMPONENTS = frozenset(PREFIX + name for name in (*CELL_STYLES, *_PARTS))


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
        styles = _component_styles(widget, PREFIX + name)
        if styles.has_rule("background"):
            background += styles.background
        if styles.has_rule("auto_color") and styles.auto_color:
            color = background.get_contrast_text(styles.color.a)
        elif styles.has_rule("color"):
            color = styles.color
        text_style += styles.text_style
    style = Style.from_color((background + color).rich_color, background.rich_color) + text_style
    # Textual's filters (no colour, dim, ANSI colours) change styles one by one; here once for each, not for each line
    segments = [Segment("x", style)]
    for line_filter in widget.get_line_filters():
        segments = line_filter.apply(segments, background)
    return segments[0].style or style


def _component_styles(widget: Widget, component: str) -> RenderStyles:
    """What the style sheet says of a component of this widget, now."""
    node = DOMNode(classes=component)
    node._attach(widget)
    widget.app.stylesheet.apply(node, animate=False)
    return node.styles
