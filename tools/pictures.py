"""Draw accepted pictures of the console as SVG files: python -m tools.pictures OUT-FOLDER [WORD ...]

Each WORD picks the pictures whose name has it; without one, all are drawn. A browser shows the files; `rsvg-convert`
and others make PNGs of them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.snapshots.picture import svg_of

FOLDER = Path(__file__).parent.parent / "tests" / "snapshots" / "__snapshots__"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUT-FOLDER")
    parser.add_argument("words", nargs="*", metavar="WORD")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for path in sorted(FOLDER.rglob("*.txt")):
        if all(word in path.name for word in options.words):
            name = path.stem.removeprefix("test_")
            (options.out / f"{name}.svg").write_text(svg_of(path.read_text("utf-8"), name), "utf-8")


if __name__ == "__main__":
    main()
