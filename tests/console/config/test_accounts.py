"""Further accounts of a profile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.broker_setup import connections_of
from console.config.defaults import write_missing
from console.config.errors import ConfigError
from console.config.models import Profile
from console.config.paths import Paths, StatePaths
from console.config.profiles import load_profile


def profile_with(tmp_path: Path, accounts: str, mode: str = "paper") -> Profile:
    paths = Paths.of({"TRADEDESK_HOME": str(tmp_path)})
    write_missing(paths)
    text = paths.desk_file.read_text().replace("mode: paper ", f"mode: {mode} ")
    paths.desk_file.write_text(f"{text}    accounts: {accounts}\n")
    return load_profile(paths)[1]


def test_a_profile_has_one_account_until_it_names_more(tmp_path: Path) -> None:
    assert Profile().all_accounts == ("PAPER",)
    assert connections_of(Profile(), "paper") == {}

    profile = profile_with(tmp_path, "[{name: B, broker: paper@/s}, {name: C, paper: {cash: 7}}]")

    assert profile.all_accounts == ("PAPER", "B", "C")
    assert connections_of(profile, "paper") == {"PAPER": "paper", "B": "paper:B", "C": "paper:C"}
    assert [profile.socket_of(account) for account in profile.all_accounts] == [None, Path("/s"), None]
    assert profile.accounts[1].paper.cash == 7


def test_the_commented_example_is_right(tmp_path: Path) -> None:
    paths = Paths.of({"TRADEDESK_HOME": str(tmp_path)})
    write_missing(paths)
    head, found, example = paths.desk_file.read_text().partition("    # accounts:")
    paths.desk_file.write_text(head + re.sub(r"(?m)^    # ", "    ", f"{found}{example}"))

    assert found
    assert load_profile(paths)[1].all_accounts == ("PAPER", "PAPER2")


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        ("[{name: B}, {name: b}]", "there are two accounts B"),
        ("[{name: PAPER}]", "there are two accounts PAPER"),
        ("[{broker: paper}]", "is missing; expected letters, digits"),
        ("[{name: B, broker: ib}]", "expected paper, or paper@SOCKET"),
        ("[{name: a/b}]", "expected letters, digits"),
        ("[{name: B, cash: 5}]", "unknown key"),
        ("5", "expected a list of further accounts"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_expected(tmp_path: Path, accounts: str, words: str) -> None:
    with pytest.raises(ConfigError, match="accounts") as refused:
        profile_with(tmp_path, accounts)
    assert words in str(refused.value)


def test_a_live_desk_has_one_account(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a live desk has one account"):
        profile_with(tmp_path, "[{name: B}]", mode="live")


def test_each_account_has_books_of_its_own(tmp_path: Path) -> None:
    state = StatePaths(tmp_path)
    for path in (state.paper_books, state.paper_books_of("B")):
        path.touch()
    assert state.all_paper_books() == (tmp_path / "paper.sqlite3", tmp_path / "paper-B.sqlite3")
