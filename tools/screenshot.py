"""Draw the console as an SVG picture, for the README: python -m tools.screenshot OUT.svg [--size 120x40] [--theme T]

The desk behind it is the scripted one of the tests, so that the picture shows a busy day and is the same every time.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from pathlib import Path

from tests.support import desk_views
from tests.support.console_app import console
from tests.support.previews import SOFT, preview
from themes.palettes import DEFAULT_THEME, THEMES

_SCENES = ("main", "order", "amber", "halted")
# Rich's picture loads its font from the web; a README's reader should not, and GitHub would not let it.
_WEB_FONT = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_FONTS = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'


async def draw(scene: str, size: tuple[int, int], theme: str) -> str:
    """The SVG of one scene."""
    view = desk_views.HALTED if scene == "halted" else desk_views.BUSY
    async with console(view, size, theme=theme) as desk:
        desk.desk.on_preview = preview(SOFT) if scene == "amber" else preview()
        if scene in ("order", "amber"):
            await desk.command("buy 100 ibm lmt 182.20 day")
        if scene == "amber":
            await desk.press("enter")
        await desk.pilot.pause()
        return self_contained(desk.app.export_screenshot(title="tradedesk"))


def self_contained(svg: str) -> str:
    """The picture without anything that a viewer would have to fetch."""
    svg = re.sub(r"\s*<!--.*?-->", "", _WEB_FONT.sub("", svg), flags=re.DOTALL)
    return re.sub(r"font-family:\s*Fira Code[^;]*;", f"font-family: {_FONTS};", svg)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,3})x(\d{2,3})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; expected COLUMNSxROWS such as 120x40")
    return int(match[1]), int(match[2])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.screenshot", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUT.svg")
    parser.add_argument("--size", type=_size, default=(120, 40), metavar="COLUMNSxROWS")
    parser.add_argument("--theme", choices=sorted(THEMES), default=DEFAULT_THEME)
    parser.add_argument("--scene", choices=_SCENES, default="main")
    options = parser.parse_args()
    options.out.write_text(asyncio.run(draw(options.scene, options.size, options.theme)), "utf-8")


if __name__ == "__main__":
    main()
