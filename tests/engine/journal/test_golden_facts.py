"""What journals hold today must be read, and mean the same, for ever."""

from __future__ import annotations

from typing import Any

import pytest

from engine.journal.codec import UPCASTERS, FactCodec
from tests.engine.journal.golden_facts import Line, lines, meaning, missing


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.kind)
def test_a_fact_of_long_ago_still_means_what_it_meant(line: Line) -> None:
    codec = FactCodec()
    fact = codec.decode(line.kind, line.payload)
    if line.kind not in UPCASTERS:
        # Written again it may be shorter (what has its default is left out) or know more, and is the same fact.
        assert codec.decode(*codec.encode(fact)) == fact
        assert_within(line.means, meaning(fact), line.kind)


def assert_within(old: Any, new: Any, where: str) -> None:
    """Everything that the old meaning says, the new one says too; a new field with a default may say more."""
    if isinstance(old, dict):
        assert isinstance(new, dict), where
        for name, part in old.items():
            assert name in new, f"{where}.{name} is gone"
            assert_within(part, new[name], f"{where}.{name}")
    elif isinstance(old, list):
        assert isinstance(new, list), where
        assert len(old) == len(new), where
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            assert_within(one, other, f"{where}[{number}]")
    else:
        assert old == new, where


def test_every_kind_of_fact_has_its_golden_lines() -> None:
    assert not missing(), "new kinds of facts: run `python -m tests.engine.journal.golden_facts` and commit its lines"
