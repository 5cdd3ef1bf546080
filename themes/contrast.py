"""How far apart colours are: contrast, as the WCAG 2.2 define it, and distance as an eye sees it.

Colour-blind eyes are simulated as by G. Machado, M. Oliveira and L. Fernandes, "A Physiologically-based Model for
Simulation of Color Vision Deficiency" (2009), at full severity; the distance is CIE 1976 in L*a*b*.
"""

from __future__ import annotations

import math
from typing import Final, Literal

Eye = Literal["full", "protan", "deutan", "tritan"]
_Matrix = tuple[tuple[float, float, float], ...]

EYES: Final[dict[Eye, _Matrix]] = {
    "full": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def contrast(one: str, other: str) -> float:
    """1 (equal) to 21 (black on white), of two colours `#rrggbb`."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def distance(one: str, other: str, eye: Eye = "full") -> float:
    """How different two colours look to such an eye: 2 is barely seen, black and white are 100 apart."""
    return math.dist(_lab(one, eye), _lab(other, eye))


def _linear(colour: str) -> tuple[float, float, float]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return red, green, blue


def _lab(colour: str, eye: Eye) -> tuple[float, float, float]:
    linear = _linear(colour)
    seen = [min(max(sum(a * b for a, b in zip(row, linear, strict=True)), 0.0), 1.0) for row in EYES[eye]]
    red, green, blue = seen
    # D65 white
    x = _root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = _root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = _root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(share: float) -> float:
    return float(share ** (1 / 3)) if share > 0.008856 else 7.787 * share + 16 / 116
