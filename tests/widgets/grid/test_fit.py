from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.grid.fit import fit
from widgets.grid.model import Align

aligns = st.sampled_from(["left", "right", "decimal"])


@given(text=st.text(max_size=30), width=st.integers(1, 20), align=aligns, places=st.integers(0, 6), plain=st.booleans())
def test_any_text_becomes_exactly_as_wide_as_its_column(
    text: str, width: int, align: Align, places: int, plain: bool
) -> None:
    fitted = fit(text, width, align, places, ascii_only=plain)
    assert cell_len(fitted) == width
    assert fitted.isprintable()
    assert fitted.isascii() or not plain


def test_numbers_stand_on_their_decimal_point() -> None:
    numbers = ["190.50", "7.1", "1,234", "-0.0001", "-"]
    fitted = [fit(number, 12, "decimal", 4) for number in numbers]
    assert fitted == ["    190.50  ", "      7.1   ", "  1,234     ", "     -0.0001", "      -     "]


@pytest.mark.parametrize(
    ("text", "align", "shown"),
    [
        ("a long text", "left", "a lo…"),
        ("a long text", "right", "a lo…"),
        ("123456.78", "decimal", "#####"),
        ("日本語", "left", "日本…"),
        ("日本語", "decimal", "#####"),
        ("a日本語", "left", "a日 …"),
    ],
)
def test_what_does_not_fit_is_visibly_cut(text: str, align: Align, shown: str) -> None:
    assert fit(text, 5, align) == shown


@pytest.mark.parametrize("text", ["\x1b[2J", "a\x07b", "a\r\nb", "\x9b31m", "\u202egnp.exe", "\u2066x"])
def test_no_text_can_steer_the_terminal_or_turn_the_line_round(text: str) -> None:
    fitted = fit(text, 10, "left")
    assert fitted.isprintable()
    assert not set(fitted) & set("\x1b\x07\r\n\x9b\u202e\u2066")
