"""How fast a process grows: a straight line through its resident memory, and how sure its slope is."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

PAGE_MB = 4096 / 1e6


class Slope(NamedTuple):
    """MB an hour, and half the width of its 95 % interval; infinite where the samples don't tell."""

    mb_per_hour: float
    margin: float


def resident_mb(pid: int) -> float:
    """Resident memory of a process now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB


def slope(samples: Sequence[tuple[float, float]]) -> Slope:
    """Of (seconds, MB): least squares. Neighbouring samples are not independent, so their number counts as that of
    the blocks of ten they make."""
    if len(samples) < 20:
        return Slope(0.0, math.inf)
    seconds, sizes = [at for at, _ in samples], [size for _, size in samples]
    line = statistics.linear_regression(seconds, sizes)
    rest = [size - line.slope * at - line.intercept for at, size in samples]
    blocks = len(samples) // 10
    if blocks < 3:
        return Slope(line.slope * 3600, math.inf)
    spread = statistics.pvariance(seconds) * len(seconds)
    error = math.sqrt(sum(each * each for each in rest) / (len(samples) - 2) / spread) * math.sqrt(10)
    return Slope(line.slope * 3600, 2.0 * error * 3600)
