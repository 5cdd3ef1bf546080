"""The live table that every pane of the console is made of."""

from __future__ import annotations

from widgets.grid.model import CELL_STYLES, Cell, Column, Row, widened
from widgets.grid.table import GridTable

__all__ = ["CELL_STYLES", "Cell", "Column", "GridTable", "Row", "widened"]
