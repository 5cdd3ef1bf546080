"""Every adapter under test."""

from __future__ import annotations

from tests.conformance.alpaca import AlpacaBench
from tests.conformance.bench import Bench
from tests.conformance.ibkr import IbkrBench
from tests.conformance.paper import PaperBench
from tests.conformance.template import TemplateBench

BENCHES: tuple[type[Bench], ...] = (PaperBench, TemplateBench, AlpacaBench, IbkrBench)
