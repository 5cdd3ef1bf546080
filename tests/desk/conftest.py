"""A product of its own for each test, gone without a trace afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.alpaca import Alpaca, AtAlpaca
from tests.desk.ibkr import AtIbkr, Ibkr
from tests.desk.product import Product


@pytest.fixture
def product(home: Path) -> Iterator[Product]:
    product = Product(home)
    yield product
    product.close()


@pytest.fixture
def at_alpaca(home: Path) -> Iterator[AtAlpaca]:
    """A desk at an emulated Alpaca, whose books are `broker.server.books`."""
    broker = Alpaca()
    made = AtAlpaca(home, broker)
    try:
        yield made
    finally:
        made.close()
        broker.close()


@pytest.fixture
def at_ibkr(home: Path) -> Iterator[AtIbkr]:
    """A desk at an emulated IB gateway, whose books are `broker.gateway.books`."""
    broker = Ibkr()
    made = AtIbkr(home, broker)
    try:
        yield made
    finally:
        made.close()
        broker.close()
