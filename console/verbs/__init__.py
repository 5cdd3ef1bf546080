"""The verbs of the command line, one file each. A new file with a `@verb` is a new verb everywhere."""

from __future__ import annotations

import importlib
import pkgutil

from console.grammar.grammar import Grammar
from console.grammar.registry import Verb


def load_verbs() -> tuple[Verb, ...]:
    """Every verb of this package, by rank and name."""
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Verb)]
    return tuple(sorted(found, key=lambda verb: (verb.rank, verb.name)))


def load_grammar() -> Grammar:
    """The grammar of all verbs. Build it once, pass it in."""
    return Grammar(load_verbs())
