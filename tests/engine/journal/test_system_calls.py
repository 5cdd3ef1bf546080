from __future__ import annotations

import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CALLS = "trace=pwrite64,write,fsync,fdatasync,sendto"


def traced(tmp_path: Path) -> list[str]:
    """The calls that matter, in their order: "write" and "sync" of the WAL, and "send" to the broker."""
    if shutil.which("strace") is None:
        pytest.skip("needs strace, to see the order of system calls")
    log = tmp_path / "calls"
    script = [sys.executable, "-m", "tests.engine.journal.sends_after_commits", str(tmp_path / "journal.sqlite3")]
    run = subprocess.run(
        ["strace", "-f", "-y", "-e", CALLS, "-o", str(log), *script],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "PTRACE" in run.stderr or "ptrace" in run.stderr:
        pytest.skip(f"strace may not trace here: {run.stderr.strip()}")
    assert run.returncode == 0, run.stderr
    calls = []
    for line in log.read_text().splitlines():
        if re.search(r"\b(pwrite64|write)\(\d+<[^>]*-wal>", line):
            calls.append("write")
        elif re.search(r"\b(fsync|fdatasync)\(\d+<[^>]*-wal>", line):
            calls.append("sync")
        elif "NEW " in line:
            calls.append("send")
    return calls


def test_no_byte_goes_to_the_broker_before_its_intent_is_synced_and_each_batch_is_synced_once(
    tmp_path: Path,
) -> None:
    calls = traced(tmp_path)
    starts = [place for place, call in enumerate(calls) if call == "send"]
    assert len(starts) == 6
    commits = [calls[before + 1 : send] for before, send in pairwise(starts)]
    for number, commit in enumerate(commits):
        assert commit[-1] == "sync", f"batch {number + 1} was sent unsynced: {commit}"
        assert "write" in commit
        # The first commit into a new WAL syncs its header too.
        assert commit.count("sync") <= (2 if number == 0 else 1)
