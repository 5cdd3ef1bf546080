"""book: what no broker reports, booked by audited command."""

from __future__ import annotations

from console.grammar.book_line import read_book_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import Book, ReverseBooking


@verb(
    "book",
    usage="book KIND ... [@ACCT] [ref R] reason TEXT",
    shell='tradedesk book "KIND ... reason TEXT"',
    summary="book what no broker reports: cash, transfers, fills, corporate actions, options; asks for a word",
    dangerous=True,
    examples=(
        "book dividend 24.00 aapl reason statement of 15 May",
        "book split aapl 7:1 reason 7-for-1 of 9 June",
        "book fill buy 40 ibm 190.50 order 14 reason confirmed by phone",
        "book transfer in 100 ibm at 185.20 reason moved from the old account",
        "book reverse 3 reason wrong symbol",
    ),
    gives=(Book, ReverseBooking),
    rank=14,
    free_text=True,
)
def book(words: Words) -> Parsed:
    return read_book_line(words)
