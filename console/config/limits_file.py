"""risk_params.yaml -> the limits in force. Keys may be nested or dotted; absent ones stay absent."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from console.config.errors import ConfigError, Problem, shown, unknown_key
from console.config.files import digest
from console.config.yaml_tree import Table, Text, read_yaml
from engine.risk.limits import ACTIONS, LIMIT_SPECS, LimitError, Limits, LimitSpec

_SPECS: Final = {spec.key: spec for spec in LIMIT_SPECS}
_EXPECTED: Final = {
    "pct": "a share above 0 and at most 1 (0.10 = 10 %)",
    "count": "a whole number above 0",
    "money": "an amount above 0, like 1000000",
    "quantity": "a quantity above 0, like 500",
    "seconds": "seconds, 0 or more",
    "factor": "a number above 0",
    "action": f"one of {', '.join(ACTIONS)}",
}


class LimitsFile(msgspec.Struct, frozen=True):
    """The limits, the SHA-256 of the file they came from, and what its reader should know."""

    limits: Limits
    hash: str
    warnings: tuple[str, ...]


def load_limits(path: Path) -> LimitsFile:
    """Read and check the whole file. Raises ConfigError with every problem; nothing is half-applied."""
    tree, data = read_yaml(path)
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    warnings: list[str] = []
    for key, node, line in _leaves(tree, ""):
        problem = _wrong(key, node, key in texts)
        if problem is not None:
            problems.append(Problem(path, line, key, problem))
        elif isinstance(node, Text) and node.value is not None:
            texts[key] = node.value
            if not _SPECS[key].enforced and node.value != "off":
                warnings.append(f"{path}:{line}: {key}: this version does not check it; {node.value} has no effect")
    if problems:
        raise ConfigError(problems)
    return LimitsFile(Limits(texts), digest(data), tuple(warnings))


def expected(spec: LimitSpec) -> str:
    """What values the limit takes, in words."""
    return _EXPECTED[spec.kind] + (", or off" if spec.may_be_off else "")


def _leaves(table: Table, prefix: str) -> list[tuple[str, object, int]]:
    """(flat key, node, line) of every value; groups are entered where LIMIT_SPECS has keys below them."""
    found: list[tuple[str, object, int]] = []
    for name, node in table.entries.items():
        key = f"{prefix}.{name}" if prefix else name
        is_group = any(known.startswith(f"{key}.") for known in _SPECS)
        if is_group and isinstance(node, Table):
            found += _leaves(node, key)
        elif not (is_group and isinstance(node, Text) and node.value is None):  # a group whose lines are comments
            found.append((key, node, table.lines[name]))
    return found


def _wrong(key: str, node: object, given_before: bool) -> str | None:
    spec = _SPECS.get(key)
    if spec is None:
        below = [known for known in _SPECS if known.startswith(f"{key}.")]
        if below:
            return f"is a group; expected keys below it, such as {below[0]}"
        return _unknown(key)
    if given_before:
        return "is given twice, nested and dotted; expected one value"
    if not isinstance(node, Text):
        return f"is not a single value; expected {expected(spec)}"
    if node.value is None:
        return f"has no value; expected {expected(spec)}"
    try:
        Limits({key: node.value})
    except LimitError as error:
        reason = str(error).removeprefix(f"{key}: ").partition("; expected")[0]
        if node.value not in reason:
            reason = f"{shown(node.value)}: {reason}"
        return f"{reason}; expected {expected(spec)}"
    return None


def _unknown(key: str) -> str:
    parent = key.rpartition(".")[0]
    siblings = [known for known in _SPECS if known.rpartition(".")[0] == parent] if parent else []
    text = unknown_key(key, _SPECS)
    if siblings:
        near = text.partition("; nearest")
        return f"unknown key; expected one of {', '.join(siblings)}{near[1]}{near[2]}"
    near = text.partition("; nearest")
    return f"unknown key; expected risk, actions or flatten with keys below{near[1]}{near[2]}"
