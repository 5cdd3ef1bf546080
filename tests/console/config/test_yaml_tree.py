"""Files are read by libyaml where it takes them, else by PyYAML's own parser: no text may differ by the reader."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from console.config.defaults import write_missing
from console.config.errors import ConfigError
from console.config.paths import Paths
from console.config.yaml_tree import _composed, _composed_fast, parse_yaml

FILE = Path("x.yaml")
_PIECES = st.sampled_from(
    [
        *(
            "a",
            "b: ",
            "c:\n",
            "- ",
            "\n",
            "\n  ",
            "\n    ",
            "{",
            "}",
            "[",
            "]",
            ", ",
            ": ",
            "#",
            " # why\n",
            "?",
            "|",
            ">",
        ),
        *("'", '"', "\\", "&x ", "*x", "!", "!!int ", "%", "@", "`", "~", "null", "0.10", "off", "2026-11-26", "---\n"),
        *("...\n", "\t", "\r\n", "é", "\u2028", "\ufeff", "\x07", "<<: ", "=", "-", " "),
    ]
)


def _told(node: yaml.Node | None) -> object:
    """What the tree of texts is made of."""
    if isinstance(node, yaml.ScalarNode):
        return node.tag, node.value, node.start_mark.line
    if isinstance(node, yaml.SequenceNode):
        return node.tag, node.start_mark.line, [_told(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return node.tag, node.start_mark.line, [(_told(key), _told(value)) for key, value in node.value]
    return None


@given(st.lists(_PIECES, max_size=20).map("".join))
@example("a: 1\nb: [x, {y: 0.10}]\nc: >\n  some\n  text\n")
def test_what_libyaml_takes_is_read_as_by_the_other(text: str) -> None:
    fast = _composed_fast(text)
    if fast is None:
        return
    try:
        slow = _told(_composed(text))
    except yaml.YAMLError as error:
        pytest.fail(f"only libyaml takes {text!r}: {error}")
    assert _told(fast) == slow


def test_the_shipped_files_are_read_fast_and_alike(home: Path) -> None:
    paths = Paths.of({"TRADEDESK_HOME": str(home)})
    write_missing(paths)
    files = sorted(paths.config.glob("*.yaml"))
    assert len(files) >= 6
    for file in files:
        text = file.read_text()
        fast = _composed_fast(text)
        assert (fast is not None) == yaml.__with_libyaml__, file.name
        if fast is not None:
            assert _told(fast) == _told(_composed(text)), file.name


@pytest.mark.parametrize(
    "text", ["a: *x", "a: &x 1\nb: *x", "[" * 100, "a: [" * 30 + "]" * 30, "a: 1\n b: 2", "a: b: c"]
)
def test_an_alias_depth_and_disorder_are_left_to_the_one_that_has_our_words(text: str) -> None:
    assert _composed_fast(text) is None
    with pytest.raises(ConfigError):
        parse_yaml(FILE, text)
