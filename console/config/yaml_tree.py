"""YAML as a tree of texts with line numbers. Nothing is converted: `0.10` stays "0.10", `off` stays "off".

PyYAML's safe composer builds the nodes; its constructors, which would make floats and dates, never run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import yaml

from console.config.errors import ConfigError
from console.config.files import decode, read_bytes

_MAX_DEPTH: Final = 20
_TAG: Final = "tag:yaml.org,2002:"
_SCALARS: Final = frozenset(_TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "value"))

#: What the two readers see differently: keys by `?`, line ends and blanks of other worlds.
_RARE: Final = re.compile(r"(?m)(?:^|[ \[{,:-])\?(?:\s|$)|[^\n\x20-\x7e\xa1-\u1fff\u2030-\ud7ff]")


class Text(msgspec.Struct, frozen=True):
    """A scalar as written; None where the file has nothing, `null` or `~`."""

    value: str | None
    line: int


class Items(msgspec.Struct, frozen=True):
    """A sequence."""

    items: tuple[Node, ...]
    line: int


class Table(msgspec.Struct, frozen=True):
    """A mapping. `lines` has the line of each key."""

    entries: dict[str, Node]
    lines: dict[str, int]
    line: int


Node = Text | Items | Table
Plain = None | str | list["Plain"] | dict[str, "Plain"]


def read_yaml(path: Path) -> tuple[Table, bytes]:
    """The file's mapping (empty for an empty file) and its bytes. Raises ConfigError with file and line."""
    data = read_bytes(path)
    return parse_yaml(path, decode(path, data)), data


def parse_yaml(path: Path, text: str) -> Table:
    """The text's mapping; `path` is named in errors."""
    try:
        root = _composed_fast(text) or _composed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = error.problem or error.context or "is not YAML"
        raise ConfigError.at(path, f"{what}; expected plain YAML", line=mark.line + 1 if mark else 0) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError.at(path, f"{error.reason}; expected plain text", line=line) from None
    except RecursionError:
        raise ConfigError.at(path, "is nested too deeply; expected a file of settings") from None
    if root is None:
        return Table({}, {}, 1)
    tree = _Walk(path).node(root, "", 0)
    if not isinstance(tree, Table):
        raise ConfigError.at(path, "is not a mapping; expected lines of `key: value`", line=tree.line)
    return tree


def plain(node: Node) -> Plain:
    """The node as dict, list, str and None."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items()}


def line_of(root: Node, where: Sequence[str | int]) -> int:
    """The line of the deepest part of `where` (keys and indexes) that the file has."""
    node, line = root, root.line
    for step in where:
        if isinstance(node, Table) and isinstance(step, str) and step in node.entries:
            line, node = node.lines[step], node.entries[step]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            line = node.line
        else:
            break
    return line


def _composed_fast(text: str) -> yaml.Node | None:
    """By libyaml, where PyYAML was built with it: a tenth of the time. None, too, for whatever is not in order, has an
    alias or a tag, or is deep: the other one has our words for that."""
    if not yaml.__with_libyaml__ or _RARE.search(text):
        return None
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None) is not None or depth > _MAX_DEPTH:
                return None
        root: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return None
    return root if isinstance(root, yaml.MappingNode) else None


def _composed(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    """The safe loader without aliases, with which a short file can stand for an endless one."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            what = "an alias (*name) has no place here"
            raise yaml.composer.ComposerError(None, None, what, self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


class _Walk:
    """Turns composed nodes into the tree, refusing what a file of settings has no use for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def node(self, node: yaml.Node, key: str, depth: int) -> Node:
        line = node.start_mark.line + 1
        if depth > _MAX_DEPTH:
            raise ConfigError.at(self._path, "is nested too deeply; expected a value", line=line, key=key)
        if isinstance(node, yaml.ScalarNode):
            if node.tag not in _SCALARS:
                raise self._odd_tag(node, key)
            return Text(None if node.tag == _TAG + "null" else node.value, line)
        if isinstance(node, yaml.SequenceNode):
            if node.tag != _TAG + "seq":
                raise self._odd_tag(node, key)
            return Items(tuple(self.node(item, key, depth + 1) for item in node.value), line)
        if isinstance(node, yaml.MappingNode):
            return self._table(node, key, depth, line)
        raise self._odd_tag(node, key)

    def _table(self, node: yaml.MappingNode, key: str, depth: int, line: int) -> Table:
        if node.tag != _TAG + "map":
            raise self._odd_tag(node, key)
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            at = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigError.at(self._path, "a key is not a word; expected `key: value`", line=at, key=key)
            name = key_node.value
            full = f"{key}.{name}" if key else name
            if name in entries:
                what = f"is given twice, first on line {lines[name]}; expected one value"
                raise ConfigError.at(self._path, what, line=at, key=full)
            lines[name] = at
            entries[name] = self.node(value_node, full, depth + 1)
        return Table(entries, lines, line)

    def _odd_tag(self, node: yaml.Node, key: str) -> ConfigError:
        tag = node.tag.replace(_TAG, "!!")
        what = f"the tag {tag} has no place here; expected a plain value"
        return ConfigError.at(self._path, what, line=node.start_mark.line + 1, key=key)
