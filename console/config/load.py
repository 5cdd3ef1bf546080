"""All settings of one start, read and checked together: either every file is good, or nothing is used."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from console.config.activity_files import load_locates, load_restricted
from console.config.corporate_file import load_corporate_actions
from console.config.file_models import UniverseFile
from console.config.keymap_file import Keymap, load_keymap
from console.config.limit_names import check_names, strange_names
from console.config.limits_file import LimitsFile, load_limits
from console.config.models import Profile
from console.config.paths import Paths, StatePaths
from console.config.pin_file import read_pin_hash
from console.config.profiles import load_desk_file, load_profile
from console.config.roles_file import Roles, load_roles
from console.config.universe import instruments_of
from console.config.validate import validate
from console.config.volume_profiles import load_volume_profiles
from console.config.yaml_tree import line_of, read_yaml
from engine.algos.math.profile import VolumeProfile
from engine.model.corporate import CorporateAction
from engine.model.instrument import Instrument
from engine.model.restricted import Locates, RestrictedList
from engine.runtime.logins import user_name


class DeskConfig(msgspec.Struct, frozen=True):
    """What is in force for one start."""

    paths: Paths
    state: StatePaths
    profile_name: str
    profile: Profile
    limits: LimitsFile
    universe: tuple[Instrument, ...]
    corporate_actions: tuple[CorporateAction, ...]
    restricted: RestrictedList
    locates: Locates
    volume_profiles: Mapping[str, VolumeProfile]
    """Of volume_profiles/NAME.csv, by name."""
    roles: Roles
    keymap: Keymap
    pin_set: bool
    user: str
    """Who runs the desk, for the audit trail: the login name of this process's user."""
    warnings: tuple[str, ...]

    @property
    def desk(self) -> str:
        """Mode and account, as every line of the log names them: LIVE U1234567."""
        return f"{self.profile.mode.upper()} {self.profile.account}"


def load_config(paths: Paths, profile: str | None = None, actions: Collection[str] | None = None) -> DeskConfig:
    """Read every file of settings for that profile (None: the default one).

    Raises ConfigError: the first file that is not good, with all that is wrong in it.
    """
    name, chosen = load_profile(paths, profile)
    limits = load_limits(paths.risk_file)
    check_names(paths.risk_file, limits, _accounts_of(paths, chosen))
    universe = load_universe(paths.universe_file)
    roles = load_roles(paths.roles_file, (paths.roles_file, paths.risk_file))
    return DeskConfig(
        paths=paths,
        state=paths.state_of(chosen.mode, chosen.account, chosen.journal.url, chosen.broker),
        profile_name=name,
        profile=chosen,
        limits=limits,
        universe=universe,
        corporate_actions=load_corporate_actions(paths.corporate_file),
        restricted=load_restricted(paths.restricted_file),
        locates=load_locates(paths.locates_file),
        volume_profiles=load_volume_profiles(paths.volume_profiles_folder),
        roles=roles,
        keymap=_keymap(paths, chosen, actions),
        pin_set=read_pin_hash(paths.pin_file) is not None,
        user=user_name(os.geteuid()),
        warnings=(*limits.warnings, *roles.warnings, *strange_names(paths.risk_file, limits.limits, universe)),
    )


def _accounts_of(paths: Paths, chosen: Profile) -> list[str]:
    """The accounts of all profiles: they share one risk_params.yaml."""
    profiles = [chosen, *load_desk_file(paths).profiles.values()]
    return list(dict.fromkeys(account for profile in profiles for account in profile.all_accounts))


def _keymap(paths: Paths, profile: Profile, actions: Collection[str] | None) -> Keymap:
    """A live desk has keys of its own: what was tried out on paper does nothing there before it is written down."""
    path = paths.keymap_of(profile.mode)
    if profile.mode == "live" and not os.path.lexists(path):
        return Keymap({})
    return load_keymap(path, actions)


def load_universe(path: Path) -> tuple[Instrument, ...]:
    """The instruments of universe.yaml, in its order. Raises ConfigError."""
    tree, _ = read_yaml(path)
    entries = validate(path, tree, UniverseFile).instruments
    return instruments_of(path, entries, {symbol: line_of(tree, ("instruments", symbol)) for symbol in entries})
