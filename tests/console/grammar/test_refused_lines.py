"""What is said of a line: what was rounded or filled in, or why it is refused, at which word, and what was expected."""

from __future__ import annotations

import pytest

from console.grammar.parsed import GrammarError
from engine.inputs import Flatten
from tests.console.grammar.desk import context
from tests.console.grammar.lines import GRAMMAR, parse, refusal

NOTES = [
    ("buy 100 aapl lmt 190.505", "190.505 is off the tick of 0.01: 190.50"),
    ("buy 100 aapl mid", "mid = 190.51"),
    ("buy $10k nvda mkt", "$10k at 450.12 = 22, rounded down to the lot: 9902.64"),
    ("sell all aapl mkt", "40 of 101 are already being sold: all = 61"),
    ("sell half aapl mkt", "half of 101 = 50"),
    ("sell half aapl", "half without a price: a market order"),
    ("short 1 aapl lmt 200", "a short sale"),
    ("cxl 99", "no working order 99 is seen"),
    ("mod 99 px 5", "no working order 99 is seen"),
    ("flat msft", "no position in MSFT is seen"),
    ("algo 99 cancel", "no algo 99 is seen"),
    ("twap buy 10 ibm 10:00-11:30", "10:00 has passed: starts now"),
]


@pytest.mark.parametrize(("line", "note"), NOTES)
def test_what_was_rounded_or_filled_in_is_said(line: str, note: str) -> None:
    assert note in parse(line).notes


# line, the word (or "" for the end of the line), what is said
REFUSALS = [
    ("", "", "nothing to do; expected buy, sell"),
    ("xyz 1", "xyz", "'xyz' is no command; expected buy"),
    ("buyy 1 aapl mkt", "buyy", "did you mean buy?"),
    ("s 1 aapl mkt", "s", "'s' is ambiguous; did you mean sell or short or scale or sor or size?"),
    ("fla aapl", "fla", "flat must be spelled in full"),
    ("kil", "kil", "kill must be spelled in full"),
    ("ha", "ha", "halt must be spelled in full"),
    ("resu reason x", "resu", "resume must be spelled in full"),
    ("reverse", "", "expected SYMBOL"),
    ("rev tsla", "rev", "reverse must be spelled in full"),
    ("reverse aapl", "aapl", "40 AAPL are already being sold by working orders: cxl AAPL"),
    ("reverse spy", "spy", "PAPER has no position in SPY: nothing to reverse"),
    ("reverse tsla now", "now", "can't stand here"),
    ("is buy 100 ibm 5m lambda -1", "-1", "is no number from 0 on"),
    ("is buy 100 ibm 5m eta 1e99", "1e99", "is no number from 0 on"),
    ("pov buy 100 ibm 5m slices 3", "slices", "slices belongs to twap and vwap and is"),
    ("iceberg buy 100 ibm show", "", "expected QTY"),
    ("scale buy 100 ibm from 5 to 4 steps 1", "1", "is no number of steps from 2 to 50"),
    ("sor buy 100 ibm via nope", "nope", "is no account of this desk"),
    ("iceberg buy 100 ibm show 1.5", "1.5", "is no multiple of IBM's lot of 1"),
    ("twap buy 100 ibm 5m passive mid", "mid", "'mid' can't stand here"),
    ("twap buy 100 ibm 5m end never", "never", "'never' is not that; expected sweep, leave, cancel"),
    ("vwap buy 100 ibm 5m profile 3,x", "3,x", "are no weights"),
    ("vwap buy 100 ibm 5m profile 0,0", "0,0", "are no weights"),
    ("pov buy 100 ibm 5m rate 10", "10", "is no share"),
    ("twap buy 100 ibm 5m 10m", "10m", "'10m' can't stand here"),
    ("algo 3 amend", "", "what is to change?"),
    ("algo 3 amend qty -5", "-5", "'-5' is no qty"),
    ("algo 3 amend end 15:30 duration 5m", "", "an end and a duration are two ways to say the same"),
    ("algo 3 repace qty 5", "qty", "is no term that repace changes; expected duration, end, slices, rate"),
    ("buy", "", "expected QTY, all, half, risk, kelly, vol"),
    ("buy aapl 100 mkt", "aapl", "the quantity stands before the symbol"),
    ("buy 0 aapl mkt", "0", "'0' is no quantity"),
    ("buy -5 aapl mkt", "-5", "'-5' is no quantity"),
    ("buy 1,00 aapl mkt", "1,00", "is no quantity"),
    ("buy 1e3 aapl mkt", "1e3", "is no quantity"),
    ("buy 1_000 aapl mkt", "1_000", "is no quantity"),
    ("buy .5 aapl mkt", ".5", "is no quantity"),
    ("buy 5. aapl mkt", "5.", "is no quantity"),
    ("buy nan aapl mkt", "nan", "is no quantity"),
    ("buy ١٠ aapl mkt", "١٠", "is no quantity"),
    ("buy 1000000000000000 aapl mkt", "1000000000000000", "is no quantity"),
    ("buy 100", "", "expected SYMBOL"),
    ("buy 100 appl mkt", "appl", "'appl' is no symbol of the universe; expected SYMBOL; did you mean AAPL?"),
    ("buy 100 aapl", "", "at what price? expected mkt, lmt"),
    ("buy 100 aapl 190.50", "190.50", "190.50 alone is doubtful; for a limit say lmt 190.50"),
    ("buy 100 aapl lmt", "", "expected PRICE"),
    ("buy 100 aapl lmt day", "day", "'day' is no price"),
    ("buy 100 aapl lmt 0", "0", "'0' is no price"),
    ("buy 100 aapl lmt 0.001", "0.001", "0.001 is 0.00 on the tick of 0.01; too low"),
    ("buy 100 aapl lmt 190 lmt 191", "lmt", "'lmt' doesn't fit what was said before"),
    ("buy 100 aapl mkt lmt 5", "lmt", "'lmt' doesn't fit"),
    ("buy 100 aapl day mkt gtc", "gtc", "'gtc' doesn't fit"),
    ("buy 100 aapl mkt gtd", "", "the line is not complete; expected TIME"),
    ("buy 100 aapl mkt gtd noon", "noon", "'noon' is no time to end at"),
    ("buy 100 aapl trail 0", "0", "is no distance above 0"),
    ("buy 100 aapl trail 120%", "120%", "is no distance between 0% and 100%"),
    ("buy 100 aapl trail 1 stop 190", "stop", "'stop' doesn't fit what was said before"),
    ("buy 100 aapl lmt 190 full", "full", "'full' doesn't fit what was said before"),
    ("buy 100 aapl lmt 190 tp", "", "the line is not complete; expected PRICE"),
    ("buy 100 aapl stop 195 trigger mid", "mid", "touch or last"),
    ("buy 100 aapl lmt 190 oco", "oco", "oco is a verb of its own"),
    ("oco sell 100 aapl lmt 195", "", "a group has two orders at least"),
    ("oco sell 100 aapl lmt 195 / 100 aapl stop 188", "100", "is no side"),
    ("oco buy 100 aapl lmt 190 tp 195 / buy 100 aapl stop 200", "tp", "'tp' doesn't fit what was said before"),
    ("rel 14", "rel", "release must be spelled in full"),
    ("buy 100 aapl mkt foo", "foo", "'foo' can't stand here; expected day"),
    ("buy 100 aapl mkt extt", "extt", "did you mean ext?"),
    ("buy 100 aapl mkt @NOPE", "@NOPE", "is no account of this desk; expected @PAPER, @PAPER2, @HEDGE"),
    ("buy 100 aapl mkt @PAP", "@PAP", "is ambiguous; expected @PAPER, @PAPER2"),
    ("buy 100 aapl mkt @HEDGE @PAPER", "@PAPER", "a second account"),
    ("buy 100 aapl mkt #a #b", "#b", "a second #tag"),
    ("buy 100 aapl mkt #a!b", "#a!b", "is no tag; expected #"),
    ("buy 100 ibm mid", "mid", "it is locked or crossed; give a price"),
    ("buy 100 bac @ask", "@ask", "it is stale (17 s); give a price"),
    ("buy 100 msft @ask", "@ask", "there is none yet; give a price"),
    ("buy 100 foxa @bid", "@bid", "a side is missing; give a price"),
    ("buy 100 tsla @last", "@last", "@last needs a fresh quote of TSLA"),
    ("buy 100 aapl @bid-1000", "@bid-1000", "a price is above 0"),
    ("buy 100 aapl @bid+", "@bid+", "is no price"),
    ("buy $10k msft mkt", "$10k", "an amount of money needs a price: there is none yet"),
    ("buy $5 nvda mkt", "$5", "$5 is less than one lot of NVDA, which costs 450.12"),
    ("buy all aapl", "all", "PAPER has a position of 101 in AAPL: nothing to buy back"),
    ("sell all spy", "all", "PAPER has no position in SPY: nothing to sell"),
    ("sell all aapl @HEDGE", "all", "HEDGE has no position in AAPL"),
    ("sell all ibm", "all", "all 500 IBM are already being sold by working orders"),
    ("sell half foxa", "half", "half of 1 FOXA is less than one lot"),
    ("short all aapl mkt", "all", "a short sale needs a number"),
    ("cxl", "", "expected last, buys, sells, all, basket, #TAG, ID, SYMBOL"),
    ("cxl appl", "appl", "did you mean AAPL?"),
    ("cxl 14 aapl", "aapl", "'aapl' is no order number"),
    ("cxl all aapl", "aapl", "'aapl' can't stand here"),
    ("cxl 14 #x", "#x", "a tag has no meaning here"),
    ("mod 14", "", "change what? expected px, qty, stop"),
    ("mod aapl px 5", "aapl", "'aapl' is no order number"),
    ("mod 14 px 5 px 6", "px", "can't stand here"),
    ("mod 99 px @bid", "@bid", "is no price"),
    ("mod 14 qty half", "half", "is no quantity"),
    ("flat", "", "expected all, SYMBOL"),
    ("kill now", "now", "'now' is no symbol of the universe"),
    ("kill flatten now", "now", "'now' can't stand here"),
    ("halt strategy", "", "expected NAME"),
    ("halt @nobody", "@nobody", "is no account of this desk"),
    ("reduce strategy !", "!", "is no strategy's name"),
    ("resume", "", "expected strategy, reason, SYMBOL"),
    ("resume reason", "", "expected TEXT"),
    ("resume aapl", "", "why? expected reason"),
    ("twap 5000 ibm 10:30-11:30", "5000", "'5000' is no side; expected buy, sell, short"),
    ("twap buy 5000 ibm", "", "when? expected 10:00-11:30, duration"),
    ("twap buy 5000 ibm 09:00-10:00", "09:00-10:00", "10:00 has passed"),
    ("twap buy 5000 ibm 11:30-10:30", "11:30-10:30", "10:30 is not after 11:30"),
    ("twap buy 5000 ibm 10:30-25:00", "10:30-25:00", "'25:00' is not a time of day; expected HH:MM"),
    ("twap buy 5000 ibm 10:30-11:30 cap 0.1", "0.1", "'0.1' is no share; expected 10%"),
    ("twap buy 5000 ibm 10:30-11:30 cap 200%", "200%", "is no share"),
    ("twap buy 5000 ibm 10:30-11:30 slices 0", "0", "is no number of slices from 1 to 10000"),
    ("twap buy 5000 ibm 10:30-11:30 duration 5m", "duration", "can't stand here"),
    ("twap buy 5000 ibm duration 30", "30", "'30' is no duration"),
    ("twap buy 5000 spy 10:30-11:30 lot 5", "5", "5 is no multiple of SPY's lot of 10"),
    ("pov buy 5000 ibm 10:30-11:30 profile 3,1,2", "profile", "profile belongs to vwap and twap"),
    ("algo", "", "expected pause, resume, cancel, amend, repace, finish, manual, list, ID"),
    ("algo x pause", "x", "'x' is no algo's number"),
    ("algo 3 explode", "explode", "is nothing to do with an algo; expected pause, resume, cancel, amend"),
    ("ack x", "x", "'x' is no alert's number"),
    ("ack only", "", "expected N"),
    ("bell loud", "loud", "'loud' is neither on nor off"),
    ("alert zzzz > 1", "zzzz", "'zzzz' is not in the universe"),
    ("alert aapl = 190", "=", "'=' is neither > nor <"),
    ("alert aapl > -5", "-5", "'-5' is no bound; a number is meant"),
    ("alert aapl > 190 loudly", "loudly", "can't stand here"),
    ("alert meter max_fun > 80%", "max_fun", "'max_fun' is no limit"),
    ("alert meter max_leverage > 0.8", "0.8", "'0.8' is no bound; a share such as 80% is meant"),
    ("buy " + "9" * 500, None, "at most 400"),
    ("resume reason \x1b[2J", "\x1b", "can't be printed; expected plain text"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "word", "says"), REFUSALS)
def test_a_doubtful_line_is_refused_at_the_word_with_what_was_expected(line: str, word: str | None, says: str) -> None:
    error = refusal(line)

    assert says in str(error)
    if word is not None:
        assert line[error.start : error.end] == word


@pytest.mark.parametrize("line", ["buy 100 ibm mid", "buy $10k msft mkt", "buy 100 bac lmt @ask+0.01"])
def test_a_missing_quote_is_named_so_that_it_can_be_fetched(line: str) -> None:
    assert refusal(line).needs_quote == line.split()[2].upper()


def test_an_order_that_is_not_in_the_universe_can_be_closed_but_not_traded() -> None:
    held = context()
    held._instruments = {}

    assert isinstance(GRAMMAR.parse("flat aapl", held).command, Flatten)
    with pytest.raises(GrammarError, match=r"AAPL is not in universe\.yaml"):
        GRAMMAR.parse("sell 1 aapl mkt", held)
