"""The catalog of refusals is the code's: every code that anything in the engine refuses with has a line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine
from engine.risk.catalog import CATALOG, Refusal
from engine.risk.engine import CHECKS
from engine.risk.limits import LIMIT_SPECS

ROOT = Path(engine.__file__).parent
CODE = re.compile(r"[A-Z]+(_[A-Z0-9]+)+")
#: Words in capitals that the checks use and that are no codes.
OTHERS: set[str] = set()


def codes_in(path: Path) -> Iterator[str]:
    """First arguments of what refuses, and in the checks themselves every constant that looks like a code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    in_checks = path.parent.name == "checks" or path.name in ("package.py", "cover.py", "money.py")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0] if node.args else None
            if name in ("deny", "deny_limit") and isinstance(first, ast.Constant):
                yield str(first.value)
        elif (
            in_checks and isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
        ):
            yield node.value


def test_every_code_has_a_line_and_every_line_a_code() -> None:
    # here and not where the file is imported: every worker imports it, one runs this
    in_code = {code for path in ROOT.rglob("*.py") for code in codes_in(path)} - OTHERS | {"DRAWDOWN"}
    assert in_code == {line.code for line in CATALOG}


def test_no_code_has_two_lines() -> None:
    codes = [line.code for line in CATALOG]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("line", CATALOG, ids=lambda line: line.code)
def test_a_line_names_what_is_there(line: Refusal) -> None:
    assert line.check in {check.__name__ for check in CHECKS} | {"engine", "groups"}
    assert set(line.keys) <= {spec.key for spec in LIMIT_SPECS}
    assert line.soft == line.code.startswith("WARN_")


def test_every_limit_on_orders_is_some_line_s() -> None:
    named = {key for line in CATALOG for key in line.keys}
    scoped = {spec.key for spec in LIMIT_SPECS if spec.scopes}
    assert scoped <= named
