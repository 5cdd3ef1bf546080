"""An older risk_params.yaml is completed: its own text stays, what is added is as shipped, and all of it is written or
none."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest

from console.config.errors import ConfigError
from console.config.limits_complete import completion_of, write
from console.config.limits_file import load_limits
from engine.risk.limits import LIMIT_SPECS, Limits

DAY = date(2026, 11, 26)
OLD = {
    "six": b"risk: {max_position_pct: 0.2, max_daily_loss_pct: 0.05}\n",
    "no end of line": b"# mine\nrisk:\n  max_position_pct: 0.2   # so I want it",
    "windows": b"risk:\r\n  max_position_pct: 0.2\r\n",
    "indented": b"  # all of it\n  risk:\n    max_position_pct: 0.2\n",
    "a mark": b"\xef\xbb\xbfrisk:\n  max_position_pct: 0.2\n",
    "scopes": b"risk:\n  max_position_pct: 0.2\nusers:\n  root: {risk: {max_order_qty: 7}}\n",
    "empty": b"",
    "comments": b"# nothing yet\n",
}


def file_of(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "risk_params.yaml"
    path.write_bytes(data)
    path.chmod(0o640)
    return path


@pytest.mark.parametrize("name", OLD)
def test_what_is_missing_is_appended_and_what_stands_there_stays(tmp_path: Path, name: str) -> None:
    path = file_of(tmp_path, OLD[name])
    before = load_limits(path).limits
    done = completion_of(path, DAY)
    write(done)
    data = path.read_bytes()
    assert data.startswith(OLD[name])
    after = load_limits(path)
    assert after.limits.missing == ()
    assert after.warnings == ()
    assert after.limits.as_texts() == {**Limits.defaults().as_texts(), **before.as_texts()}
    assert set(done.added) == set(before.missing)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert (b"\n" in data.replace(b"\r\n", b"")) is (name != "windows")


def test_every_added_limit_has_its_comment(tmp_path: Path) -> None:
    done = completion_of(file_of(tmp_path, OLD["empty"]), DAY)
    assert len(done.lines) == 1 + 2 * len(LIMIT_SPECS)
    assert "tradedesk risk complete` on 2026-11-26" in done.lines[0]
    at = done.lines.index("risk.max_position_pct: 0.10")
    assert done.lines[at - 1].startswith("# largest |position|")


def test_a_complete_file_is_left_alone(tmp_path: Path) -> None:
    path = file_of(tmp_path, OLD["empty"])
    write(completion_of(path, DAY))
    assert completion_of(path, DAY).added == {}


@pytest.mark.parametrize("text", [b"{risk: {max_position_pct: 0.2}}\n", b"risk:\n  max_position_pct: 0.2\n...\n"])
def test_a_file_that_can_not_be_appended_to_is_refused_with_the_lines_to_add(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(ConfigError, match=r"add these by hand: .*risk\.max_order_qty: 50000"):
        completion_of(file_of(tmp_path, text), DAY)


def test_a_file_that_is_not_good_is_refused_as_at_a_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"risk\.max_order_qtty"):
        completion_of(file_of(tmp_path, b"risk: {max_order_qtty: 5}\n"), DAY)


def test_a_file_that_was_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = file_of(tmp_path, OLD["six"])
    done = completion_of(path, DAY)
    path.write_bytes(OLD["comments"])
    with pytest.raises(ConfigError, match="was changed meanwhile"):
        write(done)
    assert path.read_bytes() == OLD["comments"]
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
