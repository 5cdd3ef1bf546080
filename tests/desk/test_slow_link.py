"""`--slow-link` in a real terminal: few colours in short sequences, and everything still works."""

from __future__ import annotations

from typing import Final

from pyte.graphics import FG_BG_256

from tests.desk.product import Product

#: What a terminal of 256 colours can be told in short: the palette, and the default colours.
SHORT: Final = frozenset({"default", *FG_BG_256}) | {
    *("black", "red", "green", "brown", "yellow", "blue", "magenta", "cyan", "white"),
    *(f"bright{name}" for name in ("black", "red", "green", "brown", "yellow", "blue", "magenta", "cyan", "white")),
}


def test_a_slow_link_gets_the_256_colours_and_a_desk_that_works(product: Product) -> None:
    desk = product.console("run", "--slow-link", size=(80, 24)).opened()
    product.wait_until_open()
    desk.command("buy 100 ibm lmt 150.00")
    desk.press("2")
    desk.see_row("IBM", "BUY", "150.00", "WORKING")
    screen = desk.terminal.terminal()
    colours = {colour for row in screen.buffer.values() for cell in row.values() for colour in (cell.fg, cell.bg)}
    assert len(colours) > 3, "it is not without colours"
    assert colours <= SHORT, "no colour that takes three numbers"
    assert desk.leave("c") == 0
