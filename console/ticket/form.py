"""What stands in the ticket, and which fields that makes visible. No screen and no desk: values in, fields out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from console.ticket.fields import FIELDS, SIZED, SIZED_TYPES, Field

_SIZE_FIELDS: Final = {
    "qty": ("qty",),
    "money": ("money",),
    "risk": ("risk",),
    "kelly": ("wins", "payoff", "fraction", "cap"),
    "vol": ("target", "realized", "cap"),
}
_TYPE_FIELDS: Final = {
    "lmt": ("limit",),
    "stop": ("stop", "trigger"),
    "stoplmt": ("stop", "limit", "trigger"),
    "trail": ("trail", "trigger"),
}
_OPPOSITE: Final = {"buy": "sell", "sell": "buy", "short": "buy"}


class Form:
    """The values by field id; what was never set has its first choice, or nothing."""

    def __init__(
        self, accounts: Sequence[str], given: Mapping[str, str] | None = None, algos: Sequence[str] = ()
    ) -> None:
        """`accounts`: the default one first; a desk with one has no field for it. `given`: what to begin with. `algos`:
        what an order may be worked by."""
        self._accounts = tuple(accounts)
        self._algos = tuple(algos)
        self._values = dict(given or {})

    def __getitem__(self, field_id: str) -> str:
        if field_id == "side2" and not self._values.get("side2"):
            # One order cancels its like; what a fill starts closes what it opened.
            return self["side"] if self.group == "oco" else _OPPOSITE[self["side"]]
        value = self._values.get(field_id, "")
        if value:
            return value
        field = self.field(field_id)
        return field.choices[0] if field.kind == "choice" and field.choices else ""

    def __setitem__(self, field_id: str, value: str) -> None:
        self._values[field_id] = value
        if field_id in ("by", "type") and self["type"] not in self.field("type").choices:
            self._values["type"] = "lmt"

    @property
    def values(self) -> Mapping[str, str]:
        """What was set."""
        return self._values

    @property
    def is_sized(self) -> bool:
        """Whether its quantity follows from its risk."""
        return self["by"] in SIZED

    @property
    def algo(self) -> str:
        """What works it over time, or "" where it is an order by itself."""
        return self["type"] if self["type"] in self._algos else ""

    @property
    def group(self) -> str:
        """alone, oco or oto: how a second order hangs together with this one."""
        return "alone" if self.is_sized or self.algo else self["group"]

    def field(self, field_id: str) -> Field:
        """The field, with the choices that there are now."""
        found = next(field for field in FIELDS if field.id == field_id)
        if field_id == "account":
            return msgspec.structs.replace(found, choices=self._accounts)
        if field_id == "type":
            choices = SIZED_TYPES if self.is_sized else (*found.choices, *self._algos)
            return msgspec.structs.replace(found, choices=choices)
        if field_id == "limit" and self.is_sized and self["type"] == "lmt":
            return msgspec.structs.replace(found, optional=True, empty="at the touch")
        if field_id == "sl" and self["by"] == "risk":
            return msgspec.structs.replace(found, hint="where it ends: the way there is what is risked", optional=False)
        return found

    def visible(self) -> tuple[Field, ...]:
        """The fields that mean something now, in the order of Tab: left column, then right."""
        return tuple(self.field(field.id) for field in FIELDS if self._is_visible(field.id))

    def _is_visible(self, field_id: str) -> bool:
        if field_id in ("when", "within", "options"):
            return bool(self.algo) and (field_id, self.algo) != ("within", "scale")  # its prices are its steps
        if self.algo and field_id not in ("side", "symbol", "by", "qty", "money", "type", "account", "tag"):
            return False
        grouped = self.group != "alone"
        if field_id.endswith("2"):
            first = field_id[:-1]
            return grouped and (first in ("side", "qty", "type") or first in _TYPE_FIELDS.get(self["type2"], ()))
        match field_id:
            case "qty" | "money" | "risk" | "wins" | "payoff" | "fraction" | "target" | "realized" | "cap":
                return field_id in _SIZE_FIELDS[self["by"]]
            case "stop" | "limit" | "trail" | "trigger":
                return field_id in _TYPE_FIELDS.get(self["type"], ())
            case "until":
                return self["tif"] == "gtd"
            case "tp" | "sl":
                return not grouped
            case "full":
                return self.group == "oto" or (not grouped and bool(self["tp"] or self["sl"]))
            case "group":
                return not self.is_sized
            case "reduce":
                return not self.is_sized and not self["fit"]
            case "fit":
                return not grouped and self["side"] != "sell" and not self["reduce"]
            case "account":
                return len(self._accounts) > 1
        return True
