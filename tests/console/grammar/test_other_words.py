"""The words of other platforms: each is answered with a line that this language has."""

from __future__ import annotations

import pytest

from console.grammar.grammar import Grammar
from console.grammar.other_words import OTHER_WORDS, first_verb
from console.grammar.parsed import GrammarError
from console.past_verbs import past_grammar
from console.verbs import load_grammar
from tests.console.grammar.desk import context

GRAMMAR = load_grammar()
LINES = sorted({said.split(",")[0].split(";")[0] for said in OTHER_WORDS.values()})


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_a_word_of_another_platform_is_answered_with_what_to_type_here(word: str) -> None:
    with pytest.raises(GrammarError) as refused:
        GRAMMAR.parse(f"{word.upper()} 100 aapl", context())
    assert f"{word.upper()!r} is no command here; type {OTHER_WORDS[word]}" in str(refused.value)
    assert (refused.value.start, refused.value.end) == (0, len(word))
    assert GRAMMAR.verb(word) is None


@pytest.mark.parametrize("line", LINES)
def test_what_it_says_is_a_line_of_the_language(line: str) -> None:
    values = {
        "QTY|all|half": "10",
        "buy|sell": "buy",
        "QTY": "10",
        "SYMBOL": "aapl",
        "HOW": "mkt",
        "ID": "1",
        "S": "190",
        "L": "189",
        "D": "1%",
    }
    prices = iter(("182", "200", "170"))
    words = [next(prices) if word == "P" else values.get(word, word) for word in line.split()]
    assert first_verb(line) == words[0] or line.startswith("buy|sell")
    GRAMMAR.parse(" ".join(words), context())


def test_where_the_verb_is_missing_it_is_not_named() -> None:
    past: Grammar = past_grammar()
    with pytest.raises(GrammarError) as refused:
        past.parse("flatten", context())
    assert "flat SYMBOL" not in str(refused.value)
    with pytest.raises(GrammarError, match="type blotter positions"):
        past.parse("positions", context())
