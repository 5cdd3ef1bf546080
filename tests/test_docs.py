"""The generated pages say what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.make_docs import pages


@pytest.mark.parametrize("page", [path.name for path in pages()])
def test_a_generated_page_is_up_to_date(page: str) -> None:
    path = next(path for path in pages() if path.name == page)
    assert Path(path).read_text(encoding="utf-8") == pages()[path], "run `make docs`"
