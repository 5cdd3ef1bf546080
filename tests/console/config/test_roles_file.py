"""roles.yaml: login names, groups of the system, the socket's group; what the system does not know is said."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path

import pytest

from console.config.errors import ConfigError
from console.config.roles_file import load_roles, members_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "roles.yaml"


def me() -> tuple[str, str]:
    """This user and their primary group, as the system calls them."""
    person = pwd.getpwuid(os.geteuid())
    return person.pw_name, grp.getgrgid(person.pw_gid).gr_name


def test_a_persons_roles_are_their_own_and_those_of_their_groups(file: Path) -> None:
    name, group = me()
    file.write_text(f"users:\n  {name}: [trader]\ngroups:\n  {group}: [viewer, risk]\n")
    roles = load_roles(file)
    assert roles.given is not None
    assert roles.given[name] == ("risk_manager", "trader", "viewer")
    assert roles.may(name, "trade")
    assert roles.said(name) == "risk_manager+trader+viewer"
    assert not roles.warnings


def test_the_members_of_a_group_are_those_named_in_it_and_those_whose_primary_one_it_is() -> None:
    name, group = me()
    assert name in (members_of(group) or ())
    for entry in grp.getgrall():
        assert set(entry.gr_mem) <= set(members_of(entry.gr_name) or ())
    assert members_of("no-such-group-here") is None


def test_a_group_that_gives_a_role_to_nobody_still_closes_the_desk_to_others(file: Path) -> None:
    file.write_text("groups:\n  no-such-group-here: [trader]\n")
    roles = load_roles(file)
    assert roles.given == {}, "roles are given, and to nobody: not the same as no roles at all"
    assert not roles.may(me()[0], "look")
    assert "groups.no-such-group-here: the system knows no such group" in roles.warnings[0]


def test_a_user_that_the_system_does_not_know_is_said(file: Path) -> None:
    file.write_text("users:\n  no-such-person-here: [trader]\n")
    (warning,) = load_roles(file).warnings
    assert "users.no-such-person-here: the system knows no such user" in warning


def test_without_anybody_everybody_may_and_nothing_is_enforced(file: Path) -> None:
    file.write_text("users: {}\n")
    roles = load_roles(file, (file,))
    assert roles.given is None
    assert not roles.enforced
    assert roles.may("anybody", "pin_reset")
    assert roles.said("anybody") == "owner"


def test_rules_that_their_subject_can_write_are_not_enforced(file: Path, tmp_path: Path) -> None:
    file.write_text("users:\n  root: [trader]\n")
    assert not load_roles(file, (file,)).enforced


def test_the_sockets_group_must_exist(file: Path) -> None:
    _, group = me()
    file.write_text(f"socket_group: {group}\n")
    assert load_roles(file).socket_gid == grp.getgrnam(group).gr_gid
    file.write_text("users: {}\nsocket_group: no-such-group-here\n")
    with pytest.raises(ConfigError, match=r"roles.yaml:2: socket_group: .*no group 'no-such-group-here'"):
        load_roles(file)


@pytest.mark.parametrize(
    "text", ["users:\n  bob: [boss]\n", "users:\n  bob: trader\n", "usres: {}\n", "users: [bob]\n"]
)
def test_what_is_no_such_file_gets_one_line(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_roles(file)
    assert str(caught.value).count("\n") == 0


def test_the_instruments_of_a_user_go_with_the_roles(file: Path) -> None:
    name, _ = me()
    file.write_text(f"instruments:\n  {name}: [AAPL, BRK.B]\n")
    roles = load_roles(file)
    assert roles.given is None
    assert roles.loaded.instruments == {name: ("AAPL", "BRK.B")}
    file.write_text(f"instruments:\n  {name}: [aapl]\n")
    with pytest.raises(ConfigError, match="instruments"):
        load_roles(file)
