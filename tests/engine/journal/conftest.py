"""Journals for tests: in SQLite files and on a real PostgreSQL server, which the tests of both share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from engine.journal.place import Place
from tests.support import postgres


class Places(Protocol):
    """Places where no journal is yet."""

    def __call__(self, name: str = "") -> Place:
        """Another name, another place."""
        ...


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One server for all tests of this process."""
    with postgres.running() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres"))])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """What uses it runs twice."""
    if request.param == "sqlite":
        return lambda name="": tmp_path / name / "journal.sqlite3"
    server: postgres.Server = request.getfixturevalue("postgres_server")
    made: dict[str, Place] = {}

    def place(name: str = "") -> Place:
        if name not in made:
            made[name] = server.new_schema()
        return made[name]

    return place


@pytest.fixture
def place(places: Places) -> Place:
    """One of them."""
    return places()
