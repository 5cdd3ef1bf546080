"""Recorded market data: the facts of the shared files, every schema, every way a file can be bad."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.market.calendar import Calendar
from engine.market.tape import SessionRules, Tape, TapeError, open_tapes, tape_files
from engine.model.market import Bar, MarketEvent, Quote, Trade

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
QUOTES = "ts_utc,symbol,bid,bid_size,ask,ask_size\n"
TRADES = "ts_utc,symbol,price,size,exchange,conditions_hex,suspicious\n"
BARS = "ts_utc,symbol,open,high,low,close,volume\n"
NYSE = Calendar.load("XNYS")
RULES = SessionRules(lambda symbol: NYSE)


def ns(text: str) -> int:
    """Nanoseconds of a UTC time given to the second."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def in_session(event_ns: int, day: str) -> bool:
    """Whether an instant lies in 09:30-16:00 New York of a day in summer time."""
    return ns(f"{day}T13:30:00") <= event_ns < ns(f"{day}T20:00:00")


def events_of(tape: Tape) -> Iterator[MarketEvent]:
    for batch in tape.batches():
        yield from batch


def tape_of(tmp_path: Path, text: str, name: str = "tape.csv") -> Tape:
    path = tmp_path / name
    path.write_text(text)
    return open_tapes([path], RULES)[0]


def bar_rows(*times_and_symbols: str) -> str:
    """Rows of flat bars, each given as "HH:MM SYMBOL"."""
    pairs = (text.split() for text in times_and_symbols)
    return "".join(f"2024-01-02T{time}:00Z,{symbol},1,1,1,1,5\n" for time, symbol in pairs)


@pytest.fixture(scope="module")
def expected(shared_data: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((shared_data / "expected.json").read_text())
    return facts


# --- the shared files -------------------------------------------------------------------------------------


def test_every_shared_quote_trade_and_bar_file_has_the_rows_and_the_span_of_the_manifest(
    shared_data: Path,
) -> None:
    manifest = json.loads((shared_data / "manifest.json").read_text())
    rows = {entry["path"]: entry for entry in manifest if entry["path"].endswith(".csv.gz")}
    checked = 0
    for name, entry in rows.items():
        if name.startswith(("equities/quotes", "equities/bars", "crypto", "fx")) or "IBM_2013" in name:
            tape = open_tapes([shared_data / name], RULES)[0]
            assert tape.rows == entry["rows"], name
            checked += 1
    assert checked > 60


@pytest.mark.parametrize(
    ("folder", "kind", "interval_s"),
    [
        ("equities/quotes_1s", "quotes", 1),
        ("equities/quotes_1m", "quotes", 60),
        ("equities/quotes_tick_nbbo", "quotes", 0),
        ("equities/bars_1m", "bars", 60),
        ("equities/bars_1d", "bars", 86_400),
        ("crypto/quotes_1m", "quotes", 60),
        ("crypto/quotes_tick", "quotes", 0),
        ("crypto/trades_tick", "trades", 0),
        ("crypto/bars_1m", "bars", 60),
        ("crypto/bars_1d", "bars", 86_400),
        ("fx/quotes_tick", "quotes", 0),
        ("fx/bars_1m_bidask", "quotes", 60),
        ("fx/bars_1d_bidask", "quotes", 86_400),
        ("fx/bars_1h", "bars", 3_600),
    ],
)
def test_each_schema_is_known_by_its_header_and_sampled_as_its_folder_says(
    shared_data: Path, folder: str, kind: str, interval_s: int
) -> None:
    for tape in open_tapes([shared_data / folder], RULES):
        assert (tape.kind, tape.interval_ns) == (kind, interval_s * SECOND), tape.path


@pytest.mark.parametrize("name", ["SPY_20131007", "IBM_20131007", "BAC_20131007", "IBM_20131008"])
def test_quotes_of_the_regular_session_count_and_lock_as_expected(
    shared_data: Path, expected: dict[str, Any], name: str
) -> None:
    facts = expected["equities"][name]["quotes_1s"]
    day = f"{name[4:8]}-{name[8:10]}-{name[10:]}"
    tape = open_tapes([shared_data / "equities/quotes_1s" / f"{name}.csv.gz"])[0]
    quotes = [q for q in events_of(tape) if isinstance(q, Quote)]
    opening = [q for q in quotes if q.ts_ns <= ns(f"{day}T13:30:00")][-1]
    session = [opening, *(q for q in quotes if q is not opening and in_session(q.ts_ns, day))]

    assert len(session) == facts["quotes"]
    assert sum(q.bid == q.ask for q in session) == facts["locked"]
    assert sum(q.bid > q.ask for q in session) == facts["crossed"]
    assert sum(not q.is_regular for q in session) == facts["locked"] + facts["crossed"]
    assert max(q.ask - q.bid for q in session) == Decimal(facts["max_spread"])


@pytest.mark.parametrize("name", ["SPY_20131007", "BAC_20131007", "IBM_20131007", "IBM_20131008"])
def test_trades_of_the_regular_session_count_and_average_as_expected(
    shared_data: Path, expected: dict[str, Any], name: str
) -> None:
    facts = expected["equities"][name]["trades_tick"]
    day = f"{name[4:8]}-{name[8:10]}-{name[10:]}"
    tape = open_tapes([shared_data / "equities/trades_tick" / f"{name}.csv.gz"], RULES)[0]
    session = [t for t in events_of(tape) if isinstance(t, Trade) and in_session(t.ts_ns, day)]
    eligible = [t for t in session if t.eligible]

    assert tape.rows == facts["rows_file"]
    assert len(session) == facts["rth_trades"]
    assert sum(t.size for t in session) == facts["rth_volume"]
    assert len(eligible) == facts["eligible_trades"]
    volume = sum(t.size for t in eligible)
    assert volume == facts["eligible_volume"]
    vwap = sum((t.price * t.size for t in eligible), Decimal(0)) / volume
    assert vwap.quantize(Decimal("1E-10")) == Decimal(facts["rth_vwap_eligible"])
    assert eligible[-1].price == Decimal(facts["eligible_last"])


def test_prints_before_the_open_are_real_trades(shared_data: Path) -> None:
    tape = open_tapes([shared_data / "equities/trades_tick/IBM_20131007.csv.gz"], RULES)[0]
    first = next(events_of(tape))
    assert first == Trade("IBM", Decimal("181.52"), Decimal(283), ns("2013-10-07T08:00:30") + 270_000_000)


def test_nanoseconds_and_aggressors_of_a_crypto_feed_are_exact(shared_data: Path) -> None:
    tape = open_tapes([shared_data / "crypto/trades_tick/BTCUSDT_binance_spot_20240808.csv.gz"])[0]
    first = next(events_of(tape))
    assert isinstance(first, Trade)
    assert first.ts_ns == ns("2024-08-08T23:54:14") + 87_896_568
    assert (first.price, first.size, first.aggressor) == (Decimal("61837.63"), Decimal("0.02"), -1)


def test_quotes_without_sizes_have_none_rather_than_zero(shared_data: Path) -> None:
    tape = open_tapes([shared_data / "fx/quotes_tick/EURUSD_oanda_20140504.csv.gz"])[0]
    first = next(events_of(tape))
    assert isinstance(first, Quote)
    assert (first.bid, first.bid_size, first.ask, first.ask_size) == (
        Decimal("1.38817"),
        None,
        Decimal("1.38884"),
        None,
    )


def test_a_bar_of_bids_and_asks_is_a_quote_at_the_bars_end(shared_data: Path) -> None:
    tape = open_tapes([shared_data / "fx/bars_1m_bidask/EURUSD_oanda_20140504.csv.gz"])[0]
    first = next(events_of(tape))
    assert first == Quote(
        "EURUSD", Decimal("1.38803"), Decimal("1.38885"), None, None, ns("2014-05-04T21:01:00"), MINUTE
    )
    assert tape.first_ns == ns("2014-05-04T21:01:00")


def test_negative_spreads_are_delivered_as_they_are(shared_data: Path) -> None:
    tape = open_tapes([shared_data / "fx/bars_1m_bidask/USDJPY_fxcm_201302.csv.gz"])[0]
    irregular = sum(not q.is_regular for q in events_of(tape) if isinstance(q, Quote))
    assert irregular == 1923


def test_minute_bars_carry_their_start_and_are_complete_a_minute_later(shared_data: Path) -> None:
    tape = open_tapes([shared_data / "equities/bars_1m/SPY_20131007.csv.gz"])[0]
    bars = [bar for bar in events_of(tape) if isinstance(bar, Bar)]
    assert (bars[0].start_ns, bars[0].end_ns) == (ns("2013-10-07T08:00:00"), ns("2013-10-07T08:01:00"))
    assert (tape.first_ns, tape.last_ns) == (bars[0].end_ns, bars[-1].end_ns)
    regular = [bar for bar in bars if in_session(bar.start_ns, "2013-10-07")]
    assert sum(bar.volume for bar in regular) == 81_489_219


def test_a_daily_bar_is_complete_at_its_sessions_close(shared_data: Path) -> None:
    tape = open_tapes([shared_data / "equities/bars_1d/SPY.csv.gz"], RULES)[0]
    ends = [bar.end_ns for bar in events_of(tape) if isinstance(bar, Bar)]
    assert ends[0] == ns("1998-01-02T21:00:00")
    assert ns("2013-10-07T20:00:00") in ends
    assert ns("2013-11-29T18:00:00") in ends  # the day after Thanksgiving closes at 13:00


def test_a_daily_bar_of_a_market_without_sessions_is_complete_at_midnight_utc(shared_data: Path) -> None:
    tape = open_tapes([shared_data / "crypto/bars_1d/BTCUSD_coinbase.csv.gz"])[0]
    assert tape.first_ns == ns("2014-12-02T00:00:00")


def test_hourly_bars_may_count_ticks_as_volume(shared_data: Path) -> None:
    tape = open_tapes([shared_data / "fx/bars_1h/AUDUSD_mt5.csv.gz"])[0]
    first = next(events_of(tape))
    assert isinstance(first, Bar)
    assert (first.close, first.volume) == (Decimal("1.03259"), Decimal(4912))


def test_the_stream_holds_every_row_of_the_file(shared_data: Path) -> None:
    path = shared_data / "equities/quotes_1s/IBM_20131007.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = [(r["ts_utc"], r["bid"], r["ask_size"]) for r in csv.DictReader(file)]
    quotes = [q for q in events_of(open_tapes([path])[0]) if isinstance(q, Quote)]
    assert [(q.bid, q.ask_size) for q in quotes] == [(Decimal(bid), Decimal(size)) for _, bid, size in rows]
    assert [q.ts_ns for q in quotes] == [ns(time[:19]) for time, _, _ in rows]


# --- files and folders ------------------------------------------------------------------------------------


def test_a_folder_stands_for_its_csv_files_by_name_and_no_file_counts_twice(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv.gz", "notes.txt", "c.csv.bak"):
        (tmp_path / name).touch()
    assert [path.name for path in tape_files([tmp_path, tmp_path / "b.csv"])] == ["a.csv.gz", "b.csv"]


def test_plain_and_gzip_files_read_alike_whatever_their_name(tmp_path: Path) -> None:
    text = QUOTES + "2024-01-02T14:30:00Z,A,1.00,100,1.01,200\n"
    (tmp_path / "zipped.csv").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "plain.csv").write_text("\ufeff" + text.replace("\n", "\r\n"), newline="")
    first, second = open_tapes([tmp_path / "zipped.csv", tmp_path / "plain.csv"])
    assert list(events_of(first)) == list(events_of(second))


def test_a_file_may_hold_several_symbols(tmp_path: Path) -> None:
    tape = tape_of(
        tmp_path,
        BARS + bar_rows("14:30 B", "14:30 A", "14:31 B"),
    )
    assert (tape.symbols, tape.interval_ns) == (("B", "A"), MINUTE)


def test_a_single_bar_on_a_whole_minute_is_a_minute_long(tmp_path: Path) -> None:
    assert tape_of(tmp_path, BARS + "2024-01-02T14:30:00Z,A,1,1,1,1,5\n").interval_ns == MINUTE


def test_sparse_bars_are_never_known_before_they_can_be(tmp_path: Path) -> None:
    assert tape_of(tmp_path, BARS + bar_rows("14:30 A", "14:32 A", "14:33 A")).interval_ns == MINUTE


# --- what a sale condition means --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "suspicious", "eligible"),
    [
        ("1", 0, True),
        ("20000020", 0, True),
        ("80000000", 0, True),  # odd lot
        ("40", 0, True),  # opening print
        ("80", 0, True),  # closing print
        ("1", 1, False),
        ("100000", 0, False),  # average price
        ("200", 0, False),  # derivatively priced
        ("4000", 0, False),  # out of sequence
        ("800", 0, False),  # sold late
        ("2000000", 0, False),  # prior reference price
        ("1000000", 0, False),  # official close
        ("4000000", 0, False),  # official open
        ("2", 0, False),  # cash
        ("40000", 0, False),  # stock-option
        ("2001", 0, False),  # extended hours, reported within the session
    ],
)
def test_prints_that_are_no_current_market_price_are_not_eligible(
    tmp_path: Path, conditions: str, suspicious: int, eligible: bool
) -> None:
    tape = tape_of(tmp_path, TRADES + f"2013-10-07T14:00:00.000Z,A,5.00,100,N,{conditions},{suspicious}\n")
    [trade] = events_of(tape)
    assert isinstance(trade, Trade)
    assert trade.eligible is eligible


@pytest.mark.parametrize("conditions", ["400", "2000", "20002020"])
def test_extended_hours_prints_are_eligible_outside_the_session(tmp_path: Path, conditions: str) -> None:
    tape = tape_of(tmp_path, TRADES + f"2013-10-07T12:00:00.000Z,A,5.00,100,P,{conditions},0\n")
    [trade] = events_of(tape)
    assert isinstance(trade, Trade)
    assert trade.eligible


# --- bad input --------------------------------------------------------------------------------------------

GOOD = "2024-01-02T14:30:00.000Z,A,1.00,100,1.01,200\n"
FULL = "2013-10-07T14:00:00.000Z,A,5.00,100,N,1,0\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "is empty; expected a header row and rows"),
        (QUOTES, None, "has a header and no rows"),
        ("hello\nworld\n", 1, "header 'hello' is of no tape; expected for example ts_utc,symbol,bid,"),
        (QUOTES.replace(",bid_size", "") + GOOD, 1, "header: column bid_size is missing; expected ts_utc,"),
        (QUOTES.replace("ask_size", "asksize") + GOOD, 1, "ask_size is missing, column 'asksize' is unknown"),
        (QUOTES.replace("bid,bid_size", "bid_size,bid") + GOOD, 1, "the columns stand in another order"),
        (
            QUOTES + GOOD + GOOD.replace("1.01", "abc"),
            3,
            "column ask: 'abc' is not a number; expected a price",
        ),
        (QUOTES + GOOD.replace("1.00", ""), 2, "column bid: empty is not a number; expected a price above 0"),
        (QUOTES + GOOD.replace("1.00", "NaN"), 2, "column bid: 'NaN' is not a number"),
        (QUOTES + GOOD.replace("1.00", "Infinity"), 2, "column bid: 'Infinity' is not a number"),
        (QUOTES + GOOD.replace("1.00", "1e5"), 2, "column bid: '1e5' is not a number"),
        (QUOTES + GOOD.replace("1.00", "1_0"), 2, "column bid: '1_0' is not a number"),
        (
            QUOTES + GOOD.replace("1.00", "-1.00"),
            2,
            "column bid: '-1.00' is not a number; expected a price above",
        ),
        (QUOTES + GOOD.replace("1.00", "0.00"), 2, "column bid: '0.00' is not above 0; expected a price"),
        (QUOTES + GOOD.replace("1.00", "9" * 30), 2, "is out of range; expected a price"),
        (
            QUOTES + GOOD.replace(",100,", ",many,"),
            2,
            "column bid_size: 'many' is not a number; expected a size",
        ),
        (
            QUOTES + GOOD.replace("Z,", ","),
            2,
            "column ts_utc: the time ends in '.000'; expected up to 9 decimals",
        ),
        (QUOTES + GOOD.replace("01-02T", "02-30T"), 2, "column ts_utc: '2024-02-30T14:30:00' is not a time"),
        (QUOTES + GOOD.replace(".000Z", ".0000000000Z"), 2, "expected up to 9 decimals and Z"),
        (QUOTES + GOOD.replace("T14", " 14"), 2, "expected YYYY-MM-DDTHH:MM:SS.sssZ in UTC"),
        (QUOTES + GOOD.replace(",A,", ",,"), 2, "column symbol: '' is not a symbol"),
        (
            QUOTES + GOOD.replace(",200", ""),
            2,
            "5 fields; expected 6: ts_utc,symbol,bid,bid_size,ask,ask_size",
        ),
        (QUOTES + GOOD.replace(",200", ",200,1"), 2, "7 fields; expected 6"),
        (QUOTES + GOOD + "\n" + GOOD, 3, "1 fields; expected 6"),
        (QUOTES + GOOD + GOOD.replace("14:30", "14:29"), 3, "2024-01-02T14:29:00.000Z goes back in time"),
        (QUOTES + GOOD + "x" * 40_000, 3, "over 4096 characters long"),
        (TRADES + FULL.replace(",100,", ",0,"), 2, "column size: '0' is not above 0; expected a size"),
        (TRADES + FULL.replace(",1,0", ",xyz,0"), 2, "column conditions_hex: 'xyz' is not a hexadecimal"),
        (TRADES + FULL.replace(",1,0", ",1,2"), 2, "column suspicious: '2' is not known; expected 0 or 1"),
        (BARS + "2024-01-02T14:30:00Z,A,3,2,1,1,5\n", 2, "column open: 3 lies outside low 1 to high 2"),
        (BARS + "2024-01-02T14:30:00Z,A,1,2,1,1,\n", 2, "column volume: empty is not a number"),
        ("date" + BARS[6:] + "2024-13-01,A,1,1,1,1,5\n", 2, "column date: '2024-13-01' is not a date"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) and value.isprintable() else "",
)
def test_a_bad_file_is_refused_with_one_line_that_names_file_line_and_column(
    tmp_path: Path, text: str, line: int | None, says: str
) -> None:
    with pytest.raises(TapeError, match=re.escape(says)) as caught:
        tape_of(tmp_path, text)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'tape.csv'}: ")
    assert "\n" not in message
    assert caught.value.line == line
    if line is not None:
        assert f"tape.csv: line {line}: " in message


def test_a_gzip_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress((QUOTES + GOOD * 20_000).encode())
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) - 20])
    with pytest.raises(TapeError, match=r"cut\.csv\.gz: the gzip file is cut off after line \d+"):
        open_tapes([tmp_path])


def test_a_gzip_file_that_is_damaged_is_refused(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress((QUOTES + GOOD * 20_000).encode()))
    whole[-6] ^= 0xFF
    (tmp_path / "bad.csv.gz").write_bytes(whole)
    with pytest.raises(TapeError, match=r"bad\.csv\.gz: the gzip file is damaged"):
        open_tapes([tmp_path])


def test_a_gz_name_on_plain_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_text(QUOTES + GOOD)
    with pytest.raises(TapeError, match=r"is named \.gz but is no gzip file"):
        open_tapes([tmp_path])


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(QUOTES.encode() + b"\xff\xfe\x00\x80")
    with pytest.raises(TapeError, match="is not text"):
        open_tapes([tmp_path])


def test_a_missing_path_an_empty_folder_and_an_unreadable_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match=r"nowhere\.csv: can't be read: No such file"):
        open_tapes([tmp_path / "nowhere.csv"])
    with pytest.raises(TapeError, match=r"holds no tape; expected files named \*\.csv or \*\.csv\.gz"):
        open_tapes([tmp_path])
    if os.geteuid() != 0:
        (tmp_path / "secret.csv").write_text(QUOTES + GOOD)
        (tmp_path / "secret.csv").chmod(0)
        with pytest.raises(TapeError, match="can't be read: Permission denied"):
            open_tapes([tmp_path])


def test_one_bad_file_among_good_ones_refuses_them_all(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(QUOTES + GOOD)
    (tmp_path / "b.csv").write_text(QUOTES + GOOD + GOOD.replace("1.00", "x"))
    with pytest.raises(TapeError, match=r"b\.csv: line 3: column bid"):
        open_tapes([tmp_path])


def test_a_file_changed_after_the_check_fails_where_it_is_wrong(tmp_path: Path) -> None:
    tape = tape_of(tmp_path, QUOTES + GOOD)
    tape.path.write_text(QUOTES + "oops\n")
    with pytest.raises(TapeError, match="line 2: 1 fields"):
        list(events_of(tape))


def test_long_files_are_read_in_short_pieces(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-02T14:{m:02}:{s:02}.000Z,A,1.00,100,1.01,200\n" for m in range(60) for s in range(60))
    tape = tape_of(tmp_path, QUOTES + rows)
    sizes = [len(batch) for batch in tape.batches()]
    assert sum(sizes) == 3_600
    assert max(sizes) < 1_000
