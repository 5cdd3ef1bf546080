"""The kinds of algo, one a file, and the registry of them all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.algos.kind import Kind
from engine.algos.kinds.iceberg import Iceberg
from engine.algos.kinds.pov import Pov
from engine.algos.kinds.scale import Scale
from engine.algos.kinds.shortfall import Shortfall
from engine.algos.kinds.sor import Sor
from engine.algos.kinds.twap import Twap
from engine.algos.kinds.vwap import Vwap

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {kind.name: kind for kind in (Twap(), Vwap(), Pov(), Shortfall(), Iceberg(), Scale(), Sor())}
)
