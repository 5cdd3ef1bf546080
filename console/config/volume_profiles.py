"""The volume profiles that a user keeps: volume_profiles/NAME.csv beside tradedesk.yaml, named by `profile NAME`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from console.config.errors import ConfigError
from engine.algos.math.profile import ProfileError, VolumeProfile
from engine.algos.math.profile_file import parse_profile

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


def load_volume_profiles(folder: Path) -> Mapping[str, VolumeProfile]:
    """Every profile of the folder by its name; none where there is no folder. Raises ConfigError."""
    found = {}
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
        if not _NAME.fullmatch(path.stem):
            what = "up to 32 letters, digits, - and _, a letter first"
            raise ConfigError.at(path, f"{path.stem!r} is no name of a profile; expected {what}")
        try:
            found[path.stem.lower()] = parse_profile(path.read_text(encoding="utf-8").splitlines(), path.name)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError.at(path, f"can't be read: {error}") from None
        except ProfileError as error:
            raise ConfigError.at(path, str(error)) from None
    return MappingProxyType(found)
