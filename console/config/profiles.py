"""tradedesk.yaml -> the profile that is meant. A command of the shell needs only this to find its desk: it is read
without the machinery of the other files."""

from __future__ import annotations

import os
from pathlib import Path

from console.config.errors import ConfigError, unknown_key
from console.config.models import DeskFile, Profile
from console.config.paths import Paths
from console.config.validate import validate
from console.config.yaml_tree import line_of, read_yaml


def load_profile(paths: Paths, profile: str | None = None) -> tuple[str, Profile]:
    """The named profile of tradedesk.yaml, or the default one; without a file, the built-in paper profile.

    Raises ConfigError. Whether a live one may be opened is not asked here (console.live).
    """
    path = paths.desk_file
    if not os.path.lexists(path):
        return _choose(path, DeskFile(), profile, {})
    tree, _ = read_yaml(path)
    desk = validate(path, tree, DeskFile)
    lines = {"default_profile": line_of(tree, ("default_profile",))}
    return _choose(path, desk, profile, lines)


def load_desk_file(paths: Paths) -> DeskFile:
    """All of tradedesk.yaml; without a file, the built-in paper profile alone. Raises ConfigError."""
    if not os.path.lexists(paths.desk_file):
        return DeskFile()
    return validate(paths.desk_file, read_yaml(paths.desk_file)[0], DeskFile)


def _choose(path: Path, desk: DeskFile, profile: str | None, lines: dict[str, int]) -> tuple[str, Profile]:
    name = profile or desk.default_profile
    chosen = desk.profiles.get(name)
    if chosen is None:
        what = unknown_key(name, desk.profiles).replace("unknown key", f"there is no profile {name!r}")
        line = 0 if profile else lines.get("default_profile", 0)
        raise ConfigError.at(path, what, line=line, key="profiles" if profile else "default_profile")
    return name, chosen
