from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DISK = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
#: 1 MiB for the emergency log, the rest for what the desk writes.
MOUNT = 'mount -t tmpfs -o size=2m disk "$0" && exec "$@"'


def test_a_full_disk_stops_the_journal_and_neither_the_kill_latch_nor_the_emergency_log(tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, to give a disk of its own to the desk")
    if subprocess.run([*DISK, MOUNT, str(tmp_path), "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets no user mount a disk of their own")
    desk = [sys.executable, "-m", "tests.engine.journal.on_a_full_disk", str(tmp_path)]
    run = subprocess.run([*DISK, MOUNT, str(tmp_path), *desk], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert "journal.sqlite3: can't be written: the disk is full" in said.pop("journal")
    assert said == dict.fromkeys(said, True)
