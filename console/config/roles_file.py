"""roles.yaml -> who may do what. Groups are the system's; they are resolved when the file is read, at each start."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterable
from pathlib import Path

import msgspec

from console.config.errors import ConfigError
from console.config.file_models import RolesFile
from console.config.files import check_own, digest
from console.config.validate import validate
from console.config.yaml_tree import line_of, read_yaml
from engine.facts import RolesLoaded
from engine.orders.resolve import OWNER
from engine.risk.roles import FRONT_RULES, may


class Roles(msgspec.Struct, frozen=True):
    """Who may do what. `given` None: the file names nobody, and whoever reaches the desk may do everything.

    enforced: False when the person who runs the desk could write the rules (the screen must say so), or where there
    are none. socket_gid: the group that reaches the control socket, None for the owner alone.
    """

    given: dict[str, tuple[str, ...]] | None = None
    enforced: bool = False
    hash: str = ""
    socket_gid: int | None = None
    instruments: dict[str, tuple[str, ...]] = {}
    warnings: tuple[str, ...] = ()

    def may(self, user: str, what: str) -> bool:
        """Whether that user may do `what` (of engine.risk.roles.FRONT_RULES), which is no command of the core."""
        return may(self.given, user, FRONT_RULES[what])

    def said(self, user: str) -> str:
        """The roles of a user as they stand in the audit trail; "owner" where the file names nobody."""
        return OWNER if self.given is None else "+".join(self.given.get(user, ())) or "none"

    @property
    def loaded(self) -> RolesLoaded:
        """For the journal."""
        return RolesLoaded(self.hash, self.given is not None, dict(self.given or {}), dict(self.instruments))


def load_roles(path: Path, rules: Iterable[Path] = ()) -> Roles:
    """Read the file; `rules` are the files that nobody who is bound by them should be able to write. Raises
    ConfigError, also for a file in which anybody but its owner or root could grant a role."""
    tree, data = read_yaml(path)
    check_own(path)
    read = validate(path, tree, RolesFile)
    found = {user: set(roles) for user, roles in read.users.items()}
    warnings = [
        f"{path}: users.{user}: the system knows no such user, so that this is about nobody"
        for user in dict.fromkeys((*read.users, *read.instruments))
        if not _is_user(user)
    ]
    for name, roles in read.groups.items():
        members = members_of(name)
        if members is None:
            warnings.append(f"{path}: groups.{name}: the system knows no such group: it gives a role to nobody")
        for member in members or ():
            found.setdefault(member, set()).update(roles)
    is_given = bool(read.users or read.groups)
    socket_gid = None
    if read.socket_group is not None:
        socket_gid = _gid_of(path, read.socket_group, line_of(tree, ("socket_group",)))
    return Roles(
        {user: tuple(sorted(roles)) for user, roles in sorted(found.items())} if is_given else None,
        is_given and not any(_writable(rule) for rule in rules),
        digest(data),
        socket_gid,
        dict(read.instruments),
        tuple(warnings),
    )


def members_of(group: str) -> tuple[str, ...] | None:
    """Login names of a group's members, those whose primary group it is among them; None for an unknown group."""
    try:
        entry = grp.getgrnam(group)
    except KeyError:
        return None
    primary = [person.pw_name for person in pwd.getpwall() if person.pw_gid == entry.gr_gid]
    return tuple(dict.fromkeys([*entry.gr_mem, *primary]))


def _gid_of(path: Path, group: str, line: int) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise ConfigError.at(
            path, f"the system knows no group {group!r}; expected one of its groups, or null", line=line,
            key="socket_group",
        ) from None  # fmt: skip


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _writable(path: Path) -> bool:
    """Whether this process's user could change the file: itself, or by putting another one into its folder."""
    return os.access(path, os.W_OK) or os.access(path.parent, os.W_OK)
