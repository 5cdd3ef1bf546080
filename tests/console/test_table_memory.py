"""The file of what a user made of the tables."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.table_memory import VERSION, Arrangement, PaneLook, Remembered, TableMemory, memory_file

MINE = Remembered(
    VERSION,
    Arrangement(
        {"-two": ("orders",)}, "orders", True, {"orders": PaneLook("qty", True, "ibm", {"-one": ("id", "qty")})}
    ),
    "trading",
    {"my own": Arrangement(current="risk")},
)


def test_what_was_kept_last_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = memory_file(tmp_path, "ann")
    memory = TableMemory(path)
    for sort in ("id", "symbol", "qty"):
        memory.keep(Remembered(VERSION, Arrangement(looks={"orders": PaneLook(sort)})))
    memory.keep(MINE)
    memory.close()
    assert (TableMemory(path).kept, TableMemory(path).problem) == (MINE, "")
    assert os.listdir(tmp_path) == [path.name]


def test_every_user_has_a_file_of_their_own(tmp_path: Path) -> None:
    assert memory_file(tmp_path, "ann") != memory_file(tmp_path, "bob")
    assert memory_file(tmp_path, "../bob").parent == tmp_path


@pytest.mark.parametrize(
    ("text", "why"), [("{", "truncated"), ('{"version":2}', "is of version 2, not 1"), ('{"version":1,"now":3}', "now")]
)
def test_a_broken_file_costs_what_it_said_and_is_kept(tmp_path: Path, text: str, why: str) -> None:
    path = memory_file(tmp_path, "ann")
    path.write_text(text)
    memory = TableMemory(path)
    assert memory.kept == Remembered(VERSION)
    assert why in memory.problem
    assert f"kept as {path}.broken" in memory.problem
    assert Path(f"{path}.broken").read_text() == text
    memory.keep(MINE)
    memory.close()
    assert TableMemory(path).kept == MINE


def test_a_folder_that_takes_nothing_costs_the_memory_and_says_so(tmp_path: Path) -> None:
    memory = TableMemory(tmp_path / "none" / "tables-ann.json")
    memory.keep(MINE)
    memory.close()
    assert "can't be written (no such file or directory)" in memory.problem
    assert memory.kept == MINE
