"""One session for all tests of time travel."""

from __future__ import annotations

import pytest

from tests.console.past.session import Session, run_session


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A session that is over. Read its journal, change nothing in its folder."""
    return run_session(tmp_path_factory.mktemp("s"))
