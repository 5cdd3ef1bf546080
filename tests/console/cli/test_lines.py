"""What a verb's file says makes its shell command, and decides by which request the desk takes its lines."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from console.cli.app import build
from console.line_asks import line_asks
from console.verbs import load_verbs
from console.wire import LineAsk
from engine.algos.kinds import KINDS

VERBS = load_verbs()


def test_every_kind_of_request_carries_the_verbs_it_is_named_for() -> None:
    found = line_asks(VERBS)
    assert set(found) == set(get_args(get_type_hints(LineAsk)["verb"]))
    assert all(found.values())
    assert found["order"] == ("buy", "sell", "short", "oco", "oto", "reverse")
    assert set(found["launch"]) == set(found["plan"]) == set(KINDS)
    assert (found["cxl"], found["basket_line"]) == (("cxl",), ("basket",))
    carried = {name for names in found.values() for name in names}
    assert carried.isdisjoint({"kill", "unlock", "k", "ack", "arm", "run", "help"})


def test_every_verb_with_a_command_has_it_in_the_shell_with_its_words_and_options() -> None:
    app = build()
    commands = {command.name: command for command in app.registered_commands}
    for verb in VERBS:
        if verb.command is None:
            continue
        assert line_asks([verb])[verb.name] == (verb.name,), "the desk takes its lines"
        command = commands[verb.name]
        assert command.help is not None
        assert verb.summary[1:] in command.help
        for alias in verb.aliases:
            assert commands[alias].hidden


@pytest.mark.parametrize("name", ["cxl", "kill", "status"])
def test_one_command_does_not_read_the_files_of_all_verbs(name: str) -> None:
    names = {command.name for command in build(name).registered_commands}
    assert name in names
    assert "resolve" not in names


def test_every_verb_that_names_a_shell_command_has_one() -> None:
    app = build()
    known = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    for verb in VERBS:
        if verb.shell:
            assert verb.shell.split()[1] in known, verb.name
