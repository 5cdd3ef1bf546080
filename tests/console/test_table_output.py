"""What leaves the tables: files that are whole and hurt nobody, and a clipboard that says when it is full."""

from __future__ import annotations

import base64
import csv
import io
import os
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from console.driver.clipboard import MOST_BYTES, TooLargeError, copy_sequences, fitting
from console.table_file import ExportError, write_table
from widgets.tables.values import Moment, Ranked, Value
from widgets.tables.written import as_csv, as_tsv


def test_values_are_plain_and_come_back_as_they_were() -> None:
    row: list[Value] = [
        Decimal("1E+3"),
        Decimal("-0.50"),
        7,
        Moment(1_381_155_300_000_000_000),
        None,
        Ranked(3, "WARN"),
    ]
    assert list(csv.reader(io.StringIO(as_csv(("a", "b", "c", "d", "e", "f"), [row]))))[1] == [
        "1000",
        "-0.50",
        "7",
        "2013-10-07T14:15:00.000000000Z",
        "",
        "WARN",
    ]


@pytest.mark.parametrize("evil", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1", "\n=1"])
def test_a_text_that_is_a_formula_is_made_harmless(evil: str) -> None:
    cells = next(csv.reader(io.StringIO(as_csv(("x",), [[evil]]).partition("\n")[2], newline="")))
    assert cells == [f"'{evil}"]


@pytest.mark.parametrize("fine", ["-", "AAPL", 'a "b", c', "two\nlines", "#tag"])
def test_a_text_that_is_none_stays_as_it_is(fine: str) -> None:
    assert next(csv.reader(io.StringIO(as_csv(("x",), [[fine]]).partition("\n")[2], newline=""))) == [fine]


def test_no_cell_breaks_a_line_of_the_clipboard() -> None:
    assert as_tsv([["a\tb\nc", Decimal(1)]], ("x", "y")) == ["x\ty", "a b c\t1"]


def test_a_file_is_written_whole_and_for_nobody_else(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", "x\n1\n")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("x\n1\n", 0o600)
    assert os.listdir(tmp_path) == ["a.csv"]


def test_a_file_that_is_there_is_only_overwritten_when_told_to(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mine")
    with pytest.raises(ExportError, match=r"a\.csv is there already; expected another name, or `overwrite`"):
        write_table(path, "x")
    assert (path.read_text(), os.listdir(tmp_path)) == ("mine", ["a.csv"])
    write_table(path, "x", overwrite=True)
    assert (path.read_text(), os.listdir(tmp_path)) == ("x", ["a.csv"])


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"none/a\.csv can't be written \(no such file or directory\)"):
        write_table(tmp_path / "none" / "a.csv", "x")


def unwrapped(sequence: str) -> str:
    """What the terminal outside a multiplexer gets to see."""
    if sequence.startswith("\x1bPtmux;"):
        return sequence.removeprefix("\x1bPtmux;").removesuffix("\x1b\\").replace("\x1b\x1b", "\x1b")
    assert all(len(piece) <= 768 for piece in sequence.split("\x1b\\")[:-1])
    return "".join(piece.removeprefix("\x1bP") for piece in sequence.split("\x1b\\"))


@pytest.mark.parametrize(
    ("environ", "wrapped"),
    [
        ({"TERM": "xterm-256color"}, 0),
        ({"TERM": "screen-256color"}, 0),
        ({"TERM": "screen-256color", "TMUX": "/tmp/x,1,0"}, 1),
        ({"TERM": "tmux-256color"}, 1),
        ({"TERM": "screen", "STY": "1.pts"}, 1),
    ],
)
def test_the_clipboard_gets_the_text_through_tmux_and_screen(environ: dict[str, str], wrapped: int) -> None:
    text = "Zürich\t1\n" * 200
    sequences = copy_sequences(text, environ)
    assert sum(sequence.startswith("\x1bP") for sequence in sequences) == wrapped
    for sequence in sequences:
        plain = unwrapped(sequence) if sequence.startswith("\x1bP") else sequence
        assert plain.startswith("\x1b]52;c;")
        assert plain.endswith("\x07")
        assert base64.b64decode(plain[7:-1]).decode() == text


def test_more_than_terminals_take_is_refused_or_cut_between_rows() -> None:
    with pytest.raises(TooLargeError, match="74,994"):
        copy_sequences("x" * (MOST_BYTES + 1), {})
    text, count = fitting(["é" * 500] * 100)
    assert (count, text.count("\n"), len(text.encode()) <= MOST_BYTES) == (74, 73, True)
    copy_sequences(text, {})
    assert fitting(["a", "b"]) == ("a\nb", 2)
    assert fitting(["x" * (MOST_BYTES + 1)])[1] == 0
