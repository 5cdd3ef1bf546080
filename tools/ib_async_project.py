"""A project like ours with ib_async in ib_insync's place, for `make lock`: python -m tools.ib_async_project FOLDER

The two can't be in one environment (both bring a package `eventkit`), so that the second has a lock of its own: with
the versions of the first one, but for what ib_async does not allow.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
OURS, THEIRS = '"ib_insync>=0.9.86"', '"ib_async>=2.1"'
FREE: Final = frozenset({"ib-insync", "eventkit", "tzdata"})
"""tzdata: ib_async takes none of 2026."""


def write(folder: Path) -> None:
    text = (ROOT / "pyproject.toml").read_text()
    if text.count(OURS) != 2:
        raise SystemExit(f"pyproject.toml does not name {OURS} twice: change it here as well")
    lock = (ROOT / "requirements-dev.lock").read_text().splitlines()
    pinned = [line.removesuffix(" \\") for line in lock if "==" in line and not line.startswith(" ")]
    kept = [each for each in pinned if each.partition("==")[0] not in FREE]
    rows = "".join(f'    "{each}",\n' for each in kept)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        f"{text.replace(OURS, THEIRS)}\n[tool.uv]\nconstraint-dependencies = [\n{rows}]\n"
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
