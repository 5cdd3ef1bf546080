"""The risk of the book as measured once a second: one day's losses, beta, correlation."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec


class Figures(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Money in the base currency, for one day; losses are positive. None = not known, and `missing` says for want of
    what: instruments and currencies without days enough, or without a price."""

    equity: Decimal | None = None
    """Of all accounts, by the marks of the same pass."""
    days: int = 0
    """Daily returns that the losses are made of; 0 where nothing is held."""
    var_95: Decimal | None = None
    var_99: Decimal | None = None
    cvar_95: Decimal | None = None
    cvar_99: Decimal | None = None
    normal_var_95: Decimal | None = None
    """Parametric: of a normal distribution with the book's own mean and deviation."""
    normal_var_99: Decimal | None = None
    normal_cvar_95: Decimal | None = None
    normal_cvar_99: Decimal | None = None
    beta: Decimal | None = None
    """Money that the book moves by when the benchmark moves by 1, as a share of equity."""
    correlation: Decimal | None = None
    """The highest of two positions, each in the direction in which it is held."""
    pair: tuple[str, ...] = ()
    """Which two."""
    missing: tuple[str, ...] = ()
    stale: bool = False
    """A mark or a rate was not fresh."""


#: Where nothing is held nothing can be lost.
_0: Final = Decimal(0)
OF_NOTHING: Final = Figures(None, 0, _0, _0, _0, _0, _0, _0, _0, _0, _0)
