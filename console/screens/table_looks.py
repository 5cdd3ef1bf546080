"""How the tables and the screen look, as one user wants it: columns, layouts, and the memory of all of it. Part of the
desk screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from console.actions import Keymap
from console.screens.column_box import ColumnBox, LayoutBox
from console.screens.layout import ONE, PANES, SHOWN, THREE, TWO
from console.screens.layouts import SHIPPED, STANDARD
from console.screens.table_output import TableOutput
from console.table_memory import VERSION, Arrangement, PaneLook, Remembered, TableMemory
from widgets.panes.lineup import SortBy

WHOLE: Final = "whole"
"""The size class of a pane that has a larger screen for itself."""
_MOST_LAYOUTS: Final = 30
_SIZES: Final = {ONE: "80x24", TWO: "120x40", THREE: "200x60", WHOLE: "the whole screen"}


class TableLooks(TableOutput, inherit_bindings=False):
    """Columns belong to a pane and a size class: 80x24 has room for fewer."""

    memory: TableMemory
    current: str
    zoomed: bool
    _panes_of: dict[str, tuple[str, ...]]
    _columns_of: dict[str, dict[str, tuple[str, ...]]]
    _keys: Keymap
    _layout = STANDARD
    _restored = False

    def remember_in(self, memory: TableMemory) -> None:
        """Where all of it is kept."""
        self.memory, self.exports = memory, memory.exports
        self._panes_of, self._columns_of = {}, {}

    # What the desk screen does for it -----------------------------------------------------------------------

    @property
    def size_class(self) -> str:
        """That of the panes which are shown now."""
        raise NotImplementedError

    @property
    def now_ns(self) -> Callable[[], int]:
        """The clock of boxes."""
        raise NotImplementedError

    def arrange_panes(self) -> None:
        """Lay the screen out anew."""
        raise NotImplementedError

    # Memory -------------------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Look as the user left it; say what of that was lost."""
        kept = self.memory.kept
        self._layout = kept.layout or STANDARD
        self._take(kept.now)
        self._restored = True

    def looks_changed(self) -> None:
        if self._restored:
            kept = self.memory.kept
            self.memory.keep(Remembered(VERSION, self._arrangement(), self._layout, kept.layouts))

    def _arrangement(self) -> Arrangement:
        looks = {}
        for name, pane in self.panes.items():
            sort = pane.sort
            look = PaneLook(
                sort.column if sort else "",
                sort is not None and sort.descending,
                pane.filter.text,
                dict(self._columns_of.get(name, {})),
            )
            if look != PaneLook():
                looks[name] = look
        return Arrangement(dict(self._panes_of), self.current, self.zoomed, looks)

    def _take(self, wanted: Arrangement, *, looks: bool = True) -> None:
        """Look like this. Panes and columns that there are no more are left out."""
        self._panes_of = {
            size: known
            for size, names in wanted.panes.items()
            if size in (TWO, THREE) and (known := tuple(name for name in names if name in self.panes))
        }
        self.current = wanted.current if wanted.current in self.panes else PANES[0]
        self.zoomed = wanted.zoomed
        if looks:
            self._columns_of = {}
            for name, pane in self.panes.items():
                look = wanted.looks.get(name, PaneLook())
                keys = {column.key for column in pane.columns}
                chosen = {
                    size: known
                    for size, columns in look.columns.items()
                    if (known := tuple(dict.fromkeys(key for key in columns if key in keys)))
                }
                if chosen:
                    self._columns_of[name] = chosen
                pane.filter_by(look.filter)
                pane.sort_by(SortBy(look.sort, look.descending) if look.sort else None)

    def panes_of(self, size: str) -> Sequence[str]:
        """The panes that a layout of this size shows."""
        return self._panes_of.get(size) or SHOWN[size]

    # Columns ------------------------------------------------------------------------------------------------

    def place_columns(self) -> None:
        """Let each pane show what is chosen for the present size."""
        size = self.size_class
        for name, pane in self.panes.items():
            pane.table.choose_columns(self._columns_of.get(name, {}).get(size))

    def action_columns(self) -> None:
        """The box in which the columns of the pane in hand are chosen."""
        name = self.pane_in_hand
        if name is None:
            return
        pane, size = self.panes[name], self.size_class

        def choose(keys: Sequence[str] | None) -> Sequence[str]:
            mine = self._columns_of.setdefault(name, {})
            if keys is None:
                mine.pop(size, None)
            else:
                mine[size] = tuple(keys)
            self.place_columns()
            self.looks_changed()
            return pane.columns_in_use()

        box = ColumnBox(pane.title, _SIZES[size], pane.columns, pane.columns_in_use(), choose, self.now_ns, self._keys)
        _ = self.app.push_screen(box)

    # Layouts ------------------------------------------------------------------------------------------------

    def action_layouts(self) -> None:
        """The box in which a layout is chosen."""
        own = [(name, "your own") for name in sorted(self.memory.kept.layouts)]
        layouts = [*((name, text) for name, (text, _) in SHIPPED.items()), *own]

        def answered(name: str | None) -> None:
            if name is not None:
                self.show_layout(name)

        _ = self.app.push_screen(LayoutBox(layouts, self._layout, self.now_ns), answered)

    def change_layout(self, how: str = "", what: str = "") -> None:
        """The `layout` command."""
        match how:
            case "":
                self.action_layouts()
            case "save":
                self._save_layout(what)
            case "drop":
                self._drop_layout(what)
            case "show" | "hide":
                self._place_pane(what, there=how == "show")
            case "reset":
                self._layout = STANDARD
                self._take(Arrangement())
                self._after_layout("tables and layout as they are by default")
            case _:
                self.show_layout(what)

    def show_layout(self, name: str) -> None:
        """A shipped layout leaves filters, orders and columns as they are; the user's own bring theirs."""
        own = self.memory.kept.layouts.get(name)
        if own is None and name not in SHIPPED:
            known = ", ".join([*SHIPPED, *sorted(self.memory.kept.layouts)])
            self.tell(f"there is no layout {name}; there are {known}", False)
            return
        self._layout = name
        self._take(own if own is not None else SHIPPED[name][1], looks=own is not None)
        self._after_layout(f"layout {name}")

    def _after_layout(self, text: str) -> None:
        self.arrange_panes()
        self.go_to_pane(self.current)
        self.looks_changed()
        self.tell(text, True)

    def _save_layout(self, name: str) -> None:
        layouts = self.memory.kept.layouts
        if name in SHIPPED:
            self.tell(f"{name} comes with the console; save yours under another name", False)
        elif name not in layouts and len(layouts) >= _MOST_LAYOUTS:
            self.tell(f"there are {_MOST_LAYOUTS} layouts; `layout drop NAME` makes room", False)
        else:
            self._layout = name
            now = self._arrangement()
            self.memory.keep(Remembered(VERSION, now, name, {**layouts, name: now}))
            self.tell(f"layout {name} {'replaced' if name in layouts else 'saved'}", True)

    def _drop_layout(self, name: str) -> None:
        layouts = dict(self.memory.kept.layouts)
        if layouts.pop(name, None) is None:
            self.tell(f"you have no layout {name}", False)
            return
        self._layout = STANDARD if self._layout == name else self._layout
        self.memory.keep(Remembered(VERSION, self._arrangement(), self._layout, layouts))
        self.tell(f"layout {name} dropped", True)

    def _place_pane(self, name: str, *, there: bool) -> None:
        """Give a pane a place in the present layout, or take it."""
        size = self.size_class
        if size not in (TWO, THREE):
            self.tell("one pane has the screen now; panes have places from 120x32 on, unless one is zoomed", False)
            return
        names = [each for each in self.panes_of(size) if each != name] + [name] * there
        if not names:
            self.tell(f"{name} is the only pane", False)
            return
        self._panes_of[size] = tuple(each for each in PANES if each in names)
        self.current = name if there else names[0] if self.current == name else self.current
        self._after_layout(f"{name} {'has' if there else 'has no'} place at {_SIZES[size]}")
