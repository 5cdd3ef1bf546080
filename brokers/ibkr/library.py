"""The only import of ib_insync (or of ib_async, its maintained fork, where that is installed in its place)."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import types
import warnings
from typing import Any, Final

NAMES: Final = ("ib_insync", "ib_async")


def _load() -> types.ModuleType:
    """Import the library. Its event library wants a loop in the thread that imports it, and warns about that."""
    made = None
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        made = asyncio.new_event_loop()
        asyncio.set_event_loop(made)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in NAMES[:-1]:
                with contextlib.suppress(ImportError):
                    return importlib.import_module(name)
            return importlib.import_module(NAMES[-1])
    finally:
        if made is not None:
            asyncio.set_event_loop(None)
            made.close()


ib: Any = _load()
client: Any = importlib.import_module(f"{ib.__name__}.client")
decoder: Any = importlib.import_module(f"{ib.__name__}.decoder")
objects: Any = importlib.import_module(f"{ib.__name__}.objects")
contract: Any = importlib.import_module(f"{ib.__name__}.contract")
# What it says of lost connections and the like is said by us, once.
logging.getLogger(ib.__name__).setLevel(logging.CRITICAL)
