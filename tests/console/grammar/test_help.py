"""Completion, `?` and documentation come from the grammar itself."""

from __future__ import annotations

import msgspec
import pytest

from console.grammar.parsed import Local
from console.verbs import load_grammar, load_verbs
from tests.console.grammar.desk import context

GRAMMAR = load_grammar()


def completions(line: str) -> list[str]:
    return [suggestion.text for suggestion in GRAMMAR.complete(line, len(line), context())]


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("", ["buy", "sell", "short"]),
        ("s", ["sell", "short"]),
        ("buy ", ["all", "half"]),
        ("buy 100 ", ["AAPL", "TSLA", "FOXA", "IBM", "BAC"]),
        ("buy 100 a", ["AAPL"]),
        ("buy 100 aapl ", ["mkt", "lmt", "mid", "@bid"]),
        ("buy 100 aapl lmt ", ["@bid", "@ask", "@mid", "@last"]),
        (
            "buy 100 aapl lmt 190 ",
            ["stop", "day", "gtc", "ioc", "fok", "gtd", "opg", "cls", "tp", "sl", "ext", "reduce", "fit", "via"],
        ),
        ("buy 100 aapl lmt 190 gtc ext ", ["stop", "tp", "sl", "reduce", "fit", "via"]),
        ("buy 100 aapl mkt @", ["@bid", "@ask", "@mid", "@last", "@PAPER"]),
        ("buy 100 aapl mkt @h", ["@HEDGE"]),
        ("buy 100 aapl #x @HEDGE m", ["mkt", "mid"]),
        ("cxl ", ["last", "buys", "sells", "all", "basket", "15", "14", "13", "AAPL"]),
        ("cxl buys ", ["AAPL", "TSLA"]),
        ("cxl 1", ["15", "14", "13"]),
        ("flat ", ["all", "AAPL", "TSLA"]),
        ("fl", ["flat"]),
        ("algo ", ["pause", "resume", "cancel", "amend", "repace", "finish", "manual", "list", "3"]),
        ("algo 3 ", ["pause", "resume", "cancel"]),
        ("mod 14 px 5 ", ["qty", "stop"]),
        ("twap sell 1 ibm 10:30-11:00 s", ["slices"]),
        ("buy x aapl ", []),
        ("foo ", []),
    ],
)
def test_tab_offers_what_may_follow_positions_first(line: str, first: list[str]) -> None:
    assert completions(line)[: len(first) or None] == first


def test_a_tag_of_a_working_order_completes_wherever_it_stands() -> None:
    tagged = context()
    row = msgspec.structs.replace(tagged.open_orders()[0], tag="idea-7")
    tagged._view = msgspec.structs.replace(tagged._view, orders=(row,))
    line = "buy 100 aapl mkt #id"
    assert [found.text for found in GRAMMAR.complete(line, len(line), tagged)] == ["#idea-7"]


def test_a_completion_replaces_the_word_at_the_cursor() -> None:
    (suggestion,) = GRAMMAR.complete("buy 100 nv lmt 450", 10, context())

    assert (suggestion.text, suggestion.start, suggestion.end) == ("NVDA", 8, 10)


def test_a_completed_order_number_says_which_order_it_is() -> None:
    docs = {suggestion.text: suggestion.doc for suggestion in GRAMMAR.complete("cxl ", 4, context())}

    assert docs["14"] == "buy 100 AAPL"
    assert docs["AAPL"] == "position 101"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("buy ?", ["QTY", "all", "half", "risk", "kelly", "vol"]),
        ("sell ?", ["QTY", "all", "half"]),
        ("buy risk ?", ["AMOUNT"]),
        ("buy kelly 0.55 1.5 ?", ["fraction", "cap", "SYMBOL"]),
        ("size ?", ["buy", "short", "risk", "kelly", "vol"]),
        ("buy 100?", ["SYMBOL"]),
        ("buy 100 aapl stop ?", ["PRICE"]),
        ("mod 14 ?", ["px", "qty", "stop"]),
        (
            "iceberg buy 1 ibm ?",
            [
                *["10:00-11:30", "duration", "show", "limit", "at", "would", "offset", "passive", "mid", "aggressive"],
                *["jitter", "delay", "seed", "end", "missed"],
            ],
        ),
        ("s?", ["sell", "short", "scale", "sor", "size"]),
        ("kill ?", ["strategy", "flatten", "--flatten", "SYMBOL", "@ACCT"]),
        ("k ?", []),
    ],
)
def test_a_question_mark_lists_what_may_follow(line: str, expected: list[str]) -> None:
    assert isinstance(GRAMMAR.parse(line, context()).command, Local)
    assert [expect.text for expect in GRAMMAR.explain(line, context())] == expected


def test_a_question_mark_alone_lists_the_verbs_with_their_meaning() -> None:
    expected = GRAMMAR.explain("?", context())

    assert [expect.text for expect in expected] == [verb.name for verb in GRAMMAR.verbs]
    assert all(expect.doc for expect in expected)


def test_every_example_of_every_verb_is_understood() -> None:
    examples = [(verb, example) for verb in load_verbs() for example in verb.examples]
    assert len(examples) >= len(load_verbs())
    for verb, example in examples:
        assert GRAMMAR.parse(example, context()).verb == verb.name


def test_every_verb_names_the_commands_that_its_examples_give() -> None:
    for verb in load_verbs():
        given = [GRAMMAR.parse(example, context()).command for example in verb.examples]
        assert {type(command) for command in given if not isinstance(command, Local)} <= set(verb.gives), verb.name


def test_the_documentation_has_a_row_for_every_verb() -> None:
    table = GRAMMAR.docs_table().splitlines()

    assert len(table) == 2 + len(GRAMMAR.verbs)
    assert all(row.replace("\\|", "").count("|") == 4 for row in table)
    cxl = "cxl ID... | SYMBOL | buys|sells [SYMBOL] | #TAG [SYMBOL] | basket NAME | last | all [@ACCT]"
    assert f"| `{cxl}` |".replace("|", "\\|")[1:-2] + "|" in GRAMMAR.docs_table()


def test_no_two_verbs_share_a_name() -> None:
    names = [name for verb in GRAMMAR.verbs for name in (verb.name, *verb.aliases)]

    assert len(names) == len(set(names))
