"""Where in a TOML file something stands; the parser of the standard library says so in its errors only."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

from console.config.errors import ConfigError

_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def line_of_key(text: str, key: str, table: str = "") -> int:
    """The line on which the key (of that table) is set; 0 when it is not there, or spelled in an odd way."""
    lines = list(enumerate(text.splitlines(), 1))
    start = next((at for at, (_, line) in enumerate(lines) if line.strip() == f"[{table}]"), 0) if table else 0
    pattern = re.compile(rf"""^\s*(\[\s*)?["']?{re.escape(key)}["']?\s*[=.\]]""")
    return next((number for number, line in lines[start:] if pattern.match(line)), 0)


def broken(path: Path, text: str, error: tomllib.TOMLDecodeError) -> ConfigError:
    """What the parser said, in the desk's own form."""
    place = _PLACE.search(str(error))
    line = int(place[1]) if place and place[1] else len(text.splitlines())
    return ConfigError.at(path, f"{_PLACE.sub('', str(error))}; expected TOML", line=line)
