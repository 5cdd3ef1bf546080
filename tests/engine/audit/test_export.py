"""An extract of the journal proves itself: any change of it is found."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audit.export import ExportEnd, Format, verify_export, write_export
from engine.journal.chain import GENESIS, Head
from engine.journal.errors import JournalError
from engine.journal.reader import Row
from tests.engine.journal.samples import any_journal, fill, head_of, rows_of, trading

FORMS: list[Format] = ["jsonl", "csv"]


def exported(rows: list[Row], form: Format, after: Head = GENESIS) -> tuple[str, ExportEnd]:
    file = io.StringIO(newline="")
    end = write_export(rows, after, file, form)
    return file.getvalue(), end


def verdict(text: str) -> str:
    """ "" when intact."""
    report = verify_export(io.StringIO(text, newline=""))
    assert (report.end is None) == bool(report.broken)
    return report.broken


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=30)
@given(rows=any_journal())
def test_any_journal_comes_out_and_verifies(form: Format, rows: list[Row]) -> None:
    text, end = exported(rows, form)
    assert end.head == head_of(rows)
    assert verify_export(io.StringIO(text, newline="")).end == end


@pytest.mark.parametrize("form", FORMS)
def test_an_extract_may_begin_in_the_middle(form: Format) -> None:
    rows = rows_of(trading(20))
    text, end = exported(rows[10:], form, head_of(rows[:10]))
    assert (end.facts, end.after, verdict(text)) == (10, head_of(rows[:10]), "")


@pytest.mark.parametrize("form", FORMS)
@given(st.data())
def test_a_changed_character_anywhere_is_found(form: Format, data: st.DataObject) -> None:
    text, end = exported(rows_of(trading(6)), form)
    place = data.draw(st.integers(0, len(text) - 2))
    changed = text[:place] + data.draw(st.sampled_from('0Z"}, ').filter(lambda c: c != text[place])) + text[place + 1 :]
    report = verify_export(io.StringIO(changed, newline=""))
    if report.end is not None:
        # Blanks between the parts of JSON mean nothing; everything that means something must be as it was.
        assert report.end == end
        assert form == "jsonl"


@pytest.mark.parametrize("form", FORMS)
def test_a_line_that_is_gone_doubled_swapped_or_added_is_found(form: Format) -> None:
    text, _ = exported(rows_of(trading(9)), form)
    lines = text.splitlines(keepends=True)
    first = 1 if form == "csv" else 0
    for at in range(first, len(lines) - 1):
        assert verdict("".join(lines[:at] + lines[at + 1 :]))
        assert verdict("".join([*lines[: at + 1], *lines[at:]]))
    assert verdict("".join([*lines[:2], lines[3], lines[2], *lines[4:]]))
    assert "behind the closing line" in verdict(text + lines[-2])
    assert "behind the closing line" in verdict(text + lines[-1])


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_was_cut_off_is_found(form: Format) -> None:
    lines = exported(rows_of(trading(9)), form)[0].splitlines(keepends=True)
    assert "the closing line is missing" in verdict("".join(lines[:-1]))
    assert "line 5" in verdict("".join(lines[:4]) + lines[4][:40])


def test_a_rewritten_beginning_is_found() -> None:
    rows = rows_of(trading(4), Head(0, "f" * 64))
    text, _ = exported(rows, "jsonl", Head(0, "f" * 64))
    assert "a journal begins with" in verdict(text)


@pytest.mark.parametrize(
    "junk", ["", "hello\n", "{}\n", '{"seq": 1}\n', "[1]\n", '{"export": 7}\n', "\x00\n", "a,b\n1,2\n"]
)
def test_what_is_no_extract_is_refused_in_words(junk: str) -> None:
    assert verdict(junk)


def test_a_broken_journal_is_not_exported() -> None:
    rows = rows_of(trading(9))
    rows[4] = rows[4]._replace(payload=rows[4].payload.replace("P2", "P3"))
    with pytest.raises(JournalError, match="seq 5: changed"):
        exported(rows, "jsonl")


def test_an_extract_of_nothing_still_says_where_it_is() -> None:
    text, end = exported([], "jsonl", Head(7, "a" * 64))
    assert (end.facts, end.after, end.head) == (0, Head(7, "a" * 64), Head(7, "a" * 64))
    assert verdict(text) == ""


def test_values_keep_every_digit() -> None:
    (row,) = rows_of([fill(1)])
    assert f"{Decimal('190.50')}" in row.payload
    assert row.payload.replace('"', '\\"') in exported([row], "jsonl")[0]
