"""Whatever is typed: a command or a GrammarError, and what a line was taken for reads back as the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.grammar.parsed import GrammarError, Parsed
from console.verbs import load_grammar
from tests.console.grammar.desk import context

GRAMMAR = load_grammar()
CONTEXT = context()

WORDS = st.sampled_from(
    [
        "buy",
        "sell",
        "short",
        "mod",
        "cxl",
        "cancel",
        "flat",
        "halt",
        "kill",
        "resume",
        "resolve",
        "book",
        "resend",
        "alive",
        "dead",
        "reconcile",
        "twap",
        "/",
        "aapl260116c200",
        "AAPL260116P00190000",
        "-1.20",
        "cr",
        "algo",
        "ack",
        "k",
        "blotter",
        "help",
        "quit",
        "s",
        "b",
        "100",
        "0",
        "1,000",
        "10k",
        "2.5m",
        "$10k",
        "$5",
        "all",
        "half",
        "last",
        "buys",
        "sells",
        "aapl",
        "AAPL",
        "tsla",
        "msft",
        "ibm",
        "spy",
        "bac",
        "foxa",
        "zzz",
        "14",
        "99",
        "3",
        "D7X0000014",
        "mkt",
        "lmt",
        "stop",
        "stoplmt",
        "mid",
        "@bid",
        "@ask+0.01",
        "@last-5",
        "@mid",
        "@190.505",
        "190.50",
        "0.001",
        "day",
        "gtc",
        "ioc",
        "fok",
        "ext",
        "reduce",
        "px",
        "qty",
        "10:30-11:30",
        "10:00-12:00",
        "9-10",
        "duration",
        "30m",
        "slices",
        "7",
        "lot",
        "5",
        "limit",
        "cap",
        "10%",
        "0.1",
        "pause",
        "cancel",
        "list",
        "keep",
        "reason",
        "why",
        "@PAPER",
        "@HEDGE",
        "@PAP",
        "@",
        "#tag",
        "#",
        "#a!b",
        "?",
        "flatten",
        "--flatten",
        "tp",
        "sl",
        "risk",
        "kelly",
        "vol",
        "0.55",
        "fraction",
        "realized",
        "fit",
        "size",
        "reverse",
        "vwap",
    ]
)
SHAPES = st.sampled_from(
    [
        "{verb} {qty} {symbol} {how} {tif} {extra}",
        "twap {verb} {qty} {symbol} {when} {option} {extra}",
        "{verb} {size} {symbol} {how} {exit} {tif} {extra}",
        "size {size} {symbol} {how} {exit} {extra}",
        "mod {id} {change} {change}",
        "cxl {side} {symbol}",
        "cxl {id}",
        "algo {id} {act}",
        "algo {act} {id}",
    ]
)
PARTS = {
    "verb": ["buy", "sell", "short", "BU", "se"],
    "qty": ["100", "1,000", "10k", "0.5", "$10k", "$2.5m", "all", "half"],
    "size": [
        "risk 200",
        "risk 0.5%",
        "kelly 0.55 1.5",
        "kelly 55% 2 cap 1% fraction 0.25",
        "vol 10% realized 25%",
        "vol 1%",
    ],
    "exit": ["stop 100", "sl 99.995", "stop @bid-1", "tp 500 sl trail 2%", "stop 300", "fit", ""],
    "symbol": ["aapl", "AAPL", "tsla", "nvda", "ibm", "spy", "msft"],
    "how": ["mkt", "lmt 190.505", "stop 1.5", "stop 3 lmt 2", "stoplmt 2 3", "mid", "@ask-0.003", "lmt @last", ""],
    "tif": ["", "day", "gtc", "ioc", "fok ext", "reduce gtc", "fit", "via adaptive:patient"],
    "extra": ["", "@HEDGE", "#t1", "@PAPER #x:y"],
    "when": ["10:30-11:30", "09:00-15:59:59", "duration 1h30m", "duration 90s"],
    "option": ["", "slices 7", "lot 10 cap 12.5%", "limit 170.123", "cap 100% slices 3"],
    "id": ["14", "13", "99", "3", "D7X0000014"],
    "change": ["px 190.455", "qty 80", "stop 1", "px @bid+0.001", ""],
    "side": ["", "buys", "sells"],
    "act": ["pause", "pause keep", "resume", "cancel"],
}


@st.composite
def plausible_lines(draw: st.DrawFn) -> str:
    """Lines that are nearly or quite good."""
    shape = draw(SHAPES)
    while "{" in shape:
        name = shape[shape.index("{") + 1 : shape.index("}")]
        shape = shape.replace("{" + name + "}", draw(st.sampled_from(PARTS[name])), 1)
    return shape


LINES = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=9).map(" ".join), plausible_lines())


def read(line: str) -> Parsed | GrammarError:
    try:
        return GRAMMAR.parse(line, CONTEXT)
    except GrammarError as error:
        return error


@given(LINES)
def test_a_line_becomes_a_command_or_a_grammar_error_and_nothing_else(line: str) -> None:
    outcome = read(line)

    if isinstance(outcome, GrammarError):
        assert 0 <= outcome.start <= outcome.end <= len(line)
        assert str(outcome).isprintable()


@given(LINES)
def test_the_echo_reads_back_as_the_same_command(line: str) -> None:
    parsed = read(line)

    if isinstance(parsed, Parsed):
        again = GRAMMAR.parse(parsed.echo, CONTEXT)
        assert (again.command, again.echo) == (parsed.command, parsed.echo)


@given(LINES, st.integers(-3, 70))
def test_completion_and_help_never_fail_and_stay_inside_the_line(line: str, cursor: int) -> None:
    for suggestion in GRAMMAR.complete(line, cursor, CONTEXT):
        assert 0 <= suggestion.start <= suggestion.end <= len(line)
    GRAMMAR.explain(line, CONTEXT)


@given(st.lists(WORDS, max_size=6).map(" ".join))
def test_a_completed_line_is_never_worse_than_incomplete(line: str) -> None:
    """Each literal word that Tab offers is taken by the parser at that place."""
    for suggestion in GRAMMAR.complete(line + " ", len(line) + 1, CONTEXT):
        if suggestion.text.startswith("@"):
            continue
        completed = line + " " + suggestion.text
        outcome = read(completed)
        if isinstance(outcome, GrammarError) and outcome.start > len(line):
            assert "can't stand here" not in outcome.message, (completed, str(outcome))
