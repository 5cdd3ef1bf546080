"""risk_params.yaml -> the limits in force. Keys may be nested or dotted; absent ones stay absent.

Beside the desk's groups (risk, actions, flatten) there may be accounts, strategies, users and instruments: below each a
name, below the name the limits that hold for it besides (`users: {alice: {risk: {max_order_qty: 100}}}`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from console.config.errors import ConfigError, Problem, shown, unknown_key
from console.config.files import digest
from console.config.yaml_tree import Table, Text, parse_yaml, read_yaml
from engine.risk.limit_spec import ACTIONS, MODELS, LimitSpec
from engine.risk.limits import LIMIT_SPECS, LimitError, Limits
from engine.risk.scopes import GROUPS, one_way, split_key

_SPECS: Final = {spec.key: spec for spec in LIMIT_SPECS}
_EXPECTED: Final = {
    "pct": "a share above 0 and at most 1 (0.10 = 10 %)",
    "count": "a whole number above 0",
    "money": "an amount above 0, like 1000000",
    "quantity": "a quantity above 0, like 500",
    "seconds": "seconds, 0 or more",
    "factor": "a number above 0",
    "action": f"one of {', '.join(ACTIONS)}",
    "model": f"one of {', '.join(MODELS)}",
    "switch": "on",
}


class LimitsFile(msgspec.Struct, frozen=True):
    """The limits, the SHA-256 of the file they came from, what its reader should know, and the line of each account,
    strategy, user and instrument that has limits ("users.alice")."""

    limits: Limits
    hash: str
    warnings: tuple[str, ...]
    lines: dict[str, int] = {}


def load_limits(path: Path) -> LimitsFile:
    """Read and check the whole file. Raises ConfigError with every problem; nothing is half-applied."""
    tree, data = read_yaml(path)
    limits = _limits_of(path, tree)
    warnings: list[str] = []
    if limits.missing:
        names = ", ".join(limits.missing)
        what = "every order" if limits.missing_to_reduce else "every order that does not only reduce"
        words = f"{path}: {what} is refused until these have a value or say off: {names}"
        warnings.append(f"{words}; `tradedesk risk complete` writes them with the shipped defaults")
    return LimitsFile(limits, digest(data), tuple(warnings), _lines_of_names(tree))


def limits_in(path: Path, text: str) -> Limits:
    """The limits of a text that is (or is to be) the file. Raises ConfigError as `load_limits`."""
    return _limits_of(path, parse_yaml(path, text))


def _limits_of(path: Path, tree: Table) -> Limits:
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for written, node, line in (*_leaves(_desk_wide(tree), ""), *_scoped_leaves(path, tree, problems)):
        key = one_way(written)
        problem = _wrong(key, node, key in texts)
        if problem is not None:
            problems.append(Problem(path, line, key, problem))
        elif isinstance(node, Text) and node.value is not None:
            texts[key] = node.value
    if problems:
        raise ConfigError(problems)
    return Limits(texts)


def _lines_of_names(tree: Table) -> dict[str, int]:
    groups = [(group, tree.entries.get(group)) for group in GROUPS]
    return {
        f"{group}.{name}": line
        for group, names in groups
        if isinstance(names, Table)
        for name, line in names.lines.items()
    }


def expected(spec: LimitSpec) -> str:
    """What values the limit takes, in words."""
    words = f"one of {', '.join(spec.choices)}" if spec.kind == "choice" else _EXPECTED[spec.kind]
    return words + (", or off" if spec.may_be_off else "")


def _desk_wide(tree: Table) -> Table:
    """The file without the groups of scopes."""
    return Table({name: node for name, node in tree.entries.items() if name not in GROUPS}, tree.lines, tree.line)


def _scoped_leaves(path: Path, tree: Table, problems: list[Problem]) -> list[tuple[str, object, int]]:
    """(flat key, node, line) of every limit of a scope. What is no group of names with limits goes to `problems`."""
    found: list[tuple[str, object, int]] = []
    for group, kind in GROUPS.items():
        names = tree.entries.get(group)
        if names is None or _is_empty(names):
            continue
        words = "is not a group of names with limits; expected {NAME: {risk: {max_order_qty: 100}}}"
        if not isinstance(names, Table):
            problems.append(Problem(path, tree.lines[group], group, words))
            continue
        for name, limits in names.entries.items():
            if isinstance(limits, Table):
                scope = f"{kind}:{name}"
                found += [(f"{scope}/{key}", node, line) for key, node, line in _leaves(limits, "")]
            elif not _is_empty(limits):
                problems.append(Problem(path, names.lines[name], f"{group}.{name}", words))
    return found


def _is_empty(node: object) -> bool:
    """A group whose lines are all comments."""
    return isinstance(node, Text) and node.value is None


def _leaves(table: Table, prefix: str) -> list[tuple[str, object, int]]:
    """(flat key, node, line) of every value; groups are entered where LIMIT_SPECS has keys below them."""
    found: list[tuple[str, object, int]] = []
    for name, node in table.entries.items():
        key = f"{prefix}.{name}" if prefix else name
        is_group = any(known.startswith(f"{key}.") for known in _SPECS)
        if is_group and isinstance(node, Table):
            found += _leaves(node, key)
        elif not (is_group and _is_empty(node)):
            found.append((key, node, table.lines[name]))
    return found


def _wrong(key: str, node: object, given_before: bool) -> str | None:
    name = split_key(key)[1]
    spec = _SPECS.get(name)
    if spec is None:
        below = [known for known in _SPECS if known.startswith(f"{name}.")]
        if below:
            return f"is a group; expected keys below it, such as {below[0]}"
        return _unknown(name)
    if given_before:
        return "is given twice, nested and dotted; expected one value"
    if not isinstance(node, Text):
        return f"is not a single value; expected {expected(spec)}"
    if node.value is None:
        return f"has no value; expected {expected(spec)}"
    try:
        Limits({key: node.value})
    except LimitError as error:
        whole = str(error).removeprefix(f"{key}: ")
        if whole.startswith("not for one"):
            return whole
        reason = whole.partition("; expected")[0]
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
    return f"unknown key; expected risk, actions or flatten with keys below, or {', '.join(GROUPS)}{near[1]}{near[2]}"
