"""Folders of daily bars: what they say, what they may not say, and that no day of the run itself is ever seen."""

from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine.market.history_files import Found, HistoryFiles
from engine.market.tape_lines import TapeError
from engine.model.corporate import CorporateAction

BARS = "date,symbol,open,high,low,close,volume"
BID_ASK = "date,symbol,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close"
RUN = date(2024, 1, 10)


def write(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    text = "\n".join(lines) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def read(folder: Path, *actions: CorporateAction, before: date = RUN) -> Found:
    return HistoryFiles(before, actions).read([folder])


def bar(day: str, close: str, symbol: str = "A", volume: str = "100") -> str:
    return f"{day},{symbol},{close},{close},{close},{close},{volume}"


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_bars_are_read_plain_and_gzipped(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, BARS, bar("2024-01-08", "10.50"), bar("2024-01-09", "11.00"))
    history = read(tmp_path).history
    assert history.closes("A") == (("2024-01-08", Decimal("10.50")), ("2024-01-09", Decimal("11.00")))
    assert [day.volume for day in history.bars("A")] == [Decimal(100), Decimal(100)]


def test_the_day_of_the_run_and_later_days_are_never_seen(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", BARS, bar("2024-01-09", "10"), bar("2024-01-10", "99"), bar("2024-01-11", "98"))
    write(tmp_path, "b.csv", "date,B", "2024-01-09,5", "2024-01-10,7")
    history = read(tmp_path).history
    assert history.prior_close("A") == 10
    assert history.prior_close("B") == 5


def test_a_table_of_closes_begins_where_a_symbol_was_listed(tmp_path: Path) -> None:
    write(tmp_path, "closes.csv", "date,X,Y", "2024-01-04,1,", "2024-01-05,2,20", "2024-01-08,3,21")
    history = read(tmp_path).history
    assert [day for day, _ in history.closes("X")] == ["2024-01-04", "2024-01-05", "2024-01-08"]
    assert history.closes("Y") == (("2024-01-05", Decimal(20)), ("2024-01-08", Decimal(21)))
    assert history.adv("X") is None


def test_the_close_of_a_pair_is_the_middle_of_its_bid_and_ask(tmp_path: Path) -> None:
    write(tmp_path, "eur.csv", BID_ASK, "2024-01-09,EURUSD,1.1,1.1,1.1,1.0950,1.1,1.1,1.1,1.0960")
    assert read(tmp_path).history.closes("EURUSD") == (("2024-01-09", Decimal("1.0955")),)


@pytest.mark.parametrize(
    ("lines", "line", "says"),
    [
        ((BARS, bar("2024-01-08", "0")), 2, "not above 0"),
        ((BARS, bar("2024-01-08", "-3")), 2, "is not a number"),
        ((BARS, bar("2024-01-08", "")), 2, "empty is not a number"),
        ((BARS, bar("2024-01-08", "nan")), 2, "is not a number"),
        ((BARS, bar("2024-01-08", "1"), bar("2024-01-08", "1")), 3, "stands there twice"),
        ((BARS, bar("2024-01-08", "1"), bar("2024-01-05", "1")), 3, "goes back in time"),
        ((BARS, bar("2024-13-08", "1")), 2, "is not a date"),
        ((BARS, "2024-01-08,A,1,1,1,1"), 2, "6 fields; expected 7"),
        (("date,X", "2024-01-05,1", "2024-01-08,"), 3, "column X: empty is not a number"),
        (("date,X", "2024-01-05,0"), 2, "not above 0"),
        (("date,X", "2024-01-08,1", "2024-01-05,1"), 3, "comes after 2024-01-08"),
        (("date,X", "2024-01-08,1", "2024-01-08,1"), 3, "stands there twice"),
        (("date,X,X", "2024-01-08,1,1"), 1, "X stands there twice"),
        (("date,X", "2024-01-08,1,2"), 2, "3 fields; expected 2"),
        (("when,X", "2024-01-08,1"), 1, "expected date,symbol"),
        (("date,X",), None, "no rows"),
    ],
)
def test_a_bad_file_is_refused_in_one_line_with_its_place(
    tmp_path: Path, lines: tuple[str, ...], line: int | None, says: str
) -> None:
    path = write(tmp_path, "a.csv", *lines)
    with pytest.raises(TapeError, match=says) as refused:
        read(tmp_path)
    assert refused.value.line == line
    assert str(refused.value).startswith(f"{path}: " + (f"line {line}: " if line else ""))
    assert "\n" not in str(refused.value)


def test_rows_after_the_run_are_checked_as_well(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", BARS, bar("2024-01-08", "1"), bar("2024-02-08", "0"))
    with pytest.raises(TapeError, match="line 3"):
        read(tmp_path)


def test_one_symbol_in_two_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", BARS, bar("2024-01-08", "1"))
    write(tmp_path, "b.csv", "date,A", "2024-01-09,1")
    with pytest.raises(TapeError, match=r"b\.csv: line 2: A is in .*a\.csv already"):
        read(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="nowhere"):
        HistoryFiles(RUN).read([tmp_path / "nowhere"])


def test_a_jump_is_flagged_and_stays(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", BARS, bar("2024-01-08", "70"), bar("2024-01-09", "10"))
    found = read(tmp_path)
    assert [line.startswith("A 2024-01-09: -85.7% in a day") for line in found.odd] == [True]
    assert found.history.returns("A") == {"2024-01-09": pytest.approx(-6 / 7)}


def test_a_split_that_is_named_is_undone_on_what_was_before_it(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", BARS, bar("2024-01-08", "70", volume="100"), bar("2024-01-09", "10", volume="700"))
    found = read(tmp_path, CorporateAction("2024-01-09", "A", Decimal(7), Decimal(1)))
    assert found.odd == ()
    assert found.history.returns("A") == {"2024-01-09": 0.0}
    assert [day.volume for day in found.history.bars("A")] == [Decimal(700), Decimal(700)]


def test_a_split_on_the_day_of_the_run_is_in_the_prior_close_and_a_later_one_is_not(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", BARS, bar("2024-01-09", "70"))
    on_the_day = CorporateAction("2024-01-10", "A", Decimal(7), Decimal(1))
    later = CorporateAction("2024-01-11", "A", Decimal(7), Decimal(1))
    assert read(tmp_path, on_the_day).history.prior_close("A") == 10
    assert read(tmp_path, later).history.prior_close("A") == 70


def test_a_hole_of_weeks_is_flagged_and_what_was_before_it_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", BARS, bar("2023-06-01", "1"), bar("2024-01-08", "10"), bar("2024-01-09", "11"))
    found = read(tmp_path)
    assert found.odd == ("A: nothing from 2023-06-01 to 2024-01-08; starts there",)
    assert found.history.returns("A") == {"2024-01-09": pytest.approx(0.1)}


# --- real days ------------------------------------------------------------------------------------------------


def test_the_days_before_a_recorded_day_are_the_real_ones(shared_data: Path) -> None:
    found = HistoryFiles(date(2013, 10, 7)).read([shared_data / "equities" / "bars_1d"])
    assert found.history.closes("SPY")[-1] == ("2013-10-04", Decimal("168.89"))
    assert found.history.prior_close("IBM") == Decimal("184.10")
    assert found.odd == ()
    assert len(found.history.returns("SPY")) == 250
    correlation = found.history.correlation("SPY", "IWM")
    assert correlation is not None
    assert 0.85 < correlation < 0.99


def test_the_split_of_2014_jumps_until_it_is_named(shared_data: Path) -> None:
    folder = shared_data / "equities" / "bars_1d"
    jumps = [line for line in HistoryFiles(date(2014, 6, 20)).read([folder]).odd if line.startswith("AAPL")]
    assert len(jumps) == 1
    assert jumps[0].startswith("AAPL 2014-06-09: -85.5% in a day")
    split = CorporateAction("2014-06-09", "AAPL", Decimal(7), Decimal(1))
    named = HistoryFiles(date(2014, 6, 20), [split]).read([folder])
    assert not [line for line in named.odd if line.startswith("AAPL")]
    assert max(abs(change) for change in named.history.returns("AAPL").values()) < 0.15
