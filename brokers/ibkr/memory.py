"""What must outlive the process, one JSON line each, in a file of the account's state folder.

* Which order ids may have been used: they are never used again, also where TWS offers them anew after a restart. They
  are taken in blocks, so that the disk is waited for once in a thousand messages.
* Which id an order of ours had there, and the terms of each version of it: IB keeps one reference for an order in all
  its life, and a changed order's version is told by its terms.
* What was executed: IB lists today's executions alone, and forgets at midnight what the desk still asks for.
"""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Final, TextIO

import msgspec

from engine.model.package import Leg
from engine.model.snapshot import Execution

BLOCK: Final = 1000
#: Orders and executions that are kept when the file is written anew, which it is from so many lines on.
KEPT: Final = 5_000
LONGEST: Final = 6 * KEPT


class Version(msgspec.Struct, frozen=True):
    """One version of an order: its cl_ord_id and what it asks for. `aux` as in words.Terms."""

    cl_ord_id: str
    qty: Decimal
    limit: Decimal | None = None
    aux: Decimal | None = None


class Placed(msgspec.Struct):
    """An order of ours. `root`: its first cl_ord_id, and its orderRef at the broker."""

    root: str
    order_id: int
    symbol: str
    side: str
    kind: str
    tif: str
    versions: list[Version]
    legs: tuple[Leg, ...] = ()
    """Of a package of several instruments."""
    ns: int = 0
    """When it was handed over, wall."""
    perm_id: int = 0
    """IB's own number for it, once it was acknowledged."""
    parent: str = ""
    """Of a leg: the root of its entry."""
    oca: str = ""
    """The name of the group of which one cancels the others."""
    last: str = ""
    """The root of the order with which it is passed on; "": it is so by itself."""


class _Ids(msgspec.Struct, tag="ids"):
    upto: int


class _Order(msgspec.Struct, tag="order"):
    placed: Placed


class _Acknowledged(msgspec.Struct, tag="acknowledged"):
    root: str
    perm_id: int


class _Executed(msgspec.Struct, tag="executed"):
    execution: Execution


class _Amended(msgspec.Struct, tag="amended"):
    exec_id: str


class _Late(msgspec.Struct, tag="late"):
    exec_id: str


class _Change(msgspec.Struct, tag="change"):
    root: str
    version: Version


_Line = _Ids | _Order | _Change | _Acknowledged | _Executed | _Amended | _Late
_DECODER: Final = msgspec.json.Decoder(_Line)


class Memory:
    """`path`: None keeps nothing. A line that can't be read is left out: a crash may have cut the last one."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._upto = 0
        self._next = 1
        self.orders: dict[str, Placed] = {}
        self.late: set[str] = set()
        """Executions that were told without their commission, and once more with it."""
        self.executions: dict[str, Execution] = {}
        """Everything that was told, by its key; without what was amended since."""
        self._prices: dict[str, Decimal] = {}
        self._roots: dict[str, str] = {}
        if path is not None and path.exists():
            self._load(path)
        self._next = self._upto + 1

    # -- ids ------------------------------------------------------------------------------------------------------

    def at_least(self, ident: int) -> None:
        """The next id is this one or a later one."""
        self._next = max(self._next, ident)

    def next_id(self) -> int:
        """An id that was never used, for an order or a question."""
        ident = self._next
        if ident > self._upto:
            self._upto = ident + BLOCK
            self._write(_Ids(self._upto), durable=True)
        self._next = ident + 1
        return ident

    # -- orders ---------------------------------------------------------------------------------------------------

    def placed(self, order: Placed) -> None:
        """It is about to be sent."""
        self._note(order)
        self._write(_Order(order))

    def changed(self, root: str, version: Version) -> None:
        """A new version is about to be sent."""
        order = self.orders.get(root)
        if order is not None:
            order.versions.append(version)
            self._roots[version.cl_ord_id] = root
            self._write(_Change(root, version))

    def acknowledged(self, root: str, perm_id: int) -> None:
        """IB has it, under this number."""
        order = self.orders.get(root)
        if order is not None and not order.perm_id:
            order.perm_id = perm_id
            self._write(_Acknowledged(root, perm_id))

    def executed(self, execution: Execution) -> None:
        """It is told."""
        if execution.exec_id not in self.executions:
            self.executions[execution.exec_id] = execution
            self._prices[execution.symbol] = execution.last_px
            self._write(_Executed(execution))

    def last_price(self, symbol: str) -> Decimal | None:
        """The newest price at which it was traded here; None where it never was."""
        return self._prices.get(symbol)

    def amended(self, exec_id: str) -> None:
        """It was corrected or taken back."""
        if self.executions.pop(exec_id, None) is not None:
            self._write(_Amended(exec_id))

    def fee_came_late(self, exec_id: str) -> None:
        """An execution is about to be told once more, under another key, with its commission."""
        self.late.add(exec_id)
        self._write(_Late(exec_id))

    def root_of(self, cl_ord_id: str) -> str:
        """The first id of the order that has this id; itself where it is not known."""
        return self._roots.get(cl_ord_id, cl_ord_id)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _note(self, order: Placed) -> None:
        self.orders[order.root] = order
        for version in order.versions:
            self._roots[version.cl_ord_id] = order.root

    def _load(self, path: Path) -> None:
        lines = path.read_bytes().splitlines()
        for line in lines:
            try:
                found = _DECODER.decode(line)
            except msgspec.MsgspecError:
                continue
            if isinstance(found, _Ids):
                self._upto = max(self._upto, found.upto)
            elif isinstance(found, _Order):
                self._note(found.placed)
            elif isinstance(found, _Late):
                self.late.add(found.exec_id)
            elif isinstance(found, _Executed):
                self.executions[found.execution.exec_id] = found.execution
                self._prices[found.execution.symbol] = found.execution.last_px
            elif isinstance(found, _Amended):
                self.executions.pop(found.exec_id, None)
            elif found.root not in self.orders:
                continue
            elif isinstance(found, _Acknowledged):
                self.orders[found.root].perm_id = found.perm_id
            else:
                self.orders[found.root].versions.append(found.version)
                self._roots[found.version.cl_ord_id] = found.root
        if len(lines) > LONGEST:
            self._write_anew(path)

    def _write_anew(self, path: Path) -> None:
        self.orders = dict(list(self.orders.items())[-KEPT:])
        self._roots = {v.cl_ord_id: o.root for o in self.orders.values() for v in o.versions}
        self.executions = dict(list(self.executions.items())[-KEPT:])
        beside = path.with_suffix(".new")
        with beside.open("wb") as file:
            lates = sorted(self.late)
            for line in (
                _Ids(self._upto),
                *map(_Order, self.orders.values()),
                *map(_Executed, self.executions.values()),
                *map(_Late, lates),
            ):
                file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    def _write(self, line: _Line, *, durable: bool = False) -> None:
        if self._path is None:
            return
        if self._file is None:
            cut = self._path.exists() and not self._path.read_bytes().endswith(b"\n")
            self._file = self._path.open("a", encoding="utf-8")
            os.chmod(self._path, 0o600)
            if cut:
                self._file.write("\n")
        self._file.write(msgspec.json.encode(line).decode() + "\n")
        self._file.flush()
        if durable:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
