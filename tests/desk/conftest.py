"""A product of its own for each test, gone without a trace afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.product import Product


@pytest.fixture
def product(home: Path) -> Iterator[Product]:
    product = Product(home)
    yield product
    product.close()
