# ruff: noqa: F401, F811 - fixtures of another file are named where they are used

"""tradedesk tca: from the journal of a desk that traded a recorded morning; and the calculator."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from console.config.paths import Paths, StatePaths
from engine import inputs as i
from engine.facts import OrderIntended, Stamped
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.store import SqliteJournal
from engine.model.enums import OrdType, Side
from engine.model.order import OrderRequest
from engine.tca.measure import measure
from engine.tca.reading import read_book, recent_book
from tests.console.cli.test_commands import Run, one_line, tradedesk
from tests.engine.tca.tape_desk import ACCOUNT, SECOND, TapeDesk, events_between

D = Decimal
BEGIN = 1_381_154_400 * SECOND


@pytest.fixture
def state(home: Path) -> StatePaths:
    return Paths.of({"TRADEDESK_HOME": str(home)}).state_of("paper", "PAPER")


@pytest.fixture(scope="module")
def traded(shared_data: Path) -> list[Stamped]:
    """Three orders and a TWAP of four children, five minutes of IBM."""
    desk = TapeDesk("IBM", events_between(shared_data, "IBM", "20131007", BEGIN, BEGIN + 400 * SECOND))
    desk.play(BEGIN + 10 * SECOND)
    for side, qty, px in ((Side.BUY, 300, 190), (Side.SELL, 100, 180), (Side.BUY, 200, 180)):
        desk.give(i.PlaceOrder(OrderRequest(ACCOUNT, "IBM", side, D(qty), OrdType.LIMIT, D(px))))
        desk.play(desk.now.market_ns + 20 * SECOND)
    twap = i.AlgoSpec("twap", ACCOUNT, "IBM", Side.BUY, D(400), BEGIN + 80 * SECOND, BEGIN + 200 * SECOND, 4)
    desk.give(i.LaunchAlgo(twap))
    desk.play(BEGIN + 400 * SECOND)
    desk.desk.close("test", desk.now)
    desk._settle()
    return [Stamped(n, wall, market, fact) for n, (wall, market, fact) in enumerate(desk.stamped, 1)]


@pytest.fixture
def journal(state: StatePaths, traded: list[Stamped]) -> StatePaths:
    async def put() -> None:
        journal = await SqliteJournal.open(state.journal, FactCodec())
        await journal.append(Chain(FactCodec(), journal.head).stamp(traded))
        await journal.close()

    state.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(put())
    return state


def asked(tradedesk: Run, *arguments: str) -> list[dict[str, object]]:
    code, output, errors = tradedesk("tca", *arguments, "--json")
    assert (code, errors) == (0, "")
    found: list[dict[str, object]] = json.loads(one_line(output))
    return found


def test_a_desk_that_never_ran_has_no_costs(tradedesk: Run, home: Path) -> None:
    code, output, errors = tradedesk("tca")
    assert (code, output) == (1, "")
    assert "nothing was traded yet" in one_line(errors)


def test_parents_have_the_documented_keys_and_the_numbers_of_the_morning(tradedesk: Run, journal: StatePaths) -> None:
    found = asked(tradedesk)
    assert [(row["kind"], row["algo"], row["order_qty"], row["cum_qty"]) for row in found] == [
        ("order", "manual", "300", "300"),
        ("order", "manual", "100", "100"),
        ("order", "manual", "200", "0"),
        ("parent", "twap", "400", "400"),
    ]
    algo = found[-1]
    assert {"arrival_px", "vwap", "twap", "close_px", "participation", "markouts_bps", "latency_ms"} <= algo.keys()
    assert algo["slippage_bps"].keys() == {"arrival", "vwap", "vwap_with_own", "twap", "close", "pwp"}  # type: ignore[attr-defined]
    shortfall: dict[str, str] = algo["shortfall"]  # type: ignore[assignment]
    assert {"delay", "trading", "opportunity", "fees", "total", "total_bps"} <= shortfall.keys()
    assert sum(D(shortfall[part]) for part in ("delay", "trading", "opportunity", "fees")) == D(shortfall["total"])
    assert D(shortfall["fees"]) == D("2")  # 400 x 0.005
    parts: dict[str, dict[str, str]] = algo["decompositions"]  # type: ignore[assignment]
    assert {each["total"] for each in parts.values()} == {shortfall["total"]}
    assert algo["latency_ms"]["decision_to_send"]["count"] == 4  # type: ignore[index]
    # Nothing of it filled and it still works: what it costs is not known, and no number stands for that.
    assert (found[2]["final"], found[2]["avg_px"], found[2]["vwap"]) == (False, None, None)


@pytest.mark.parametrize(
    ("arguments", "many"),
    [
        (["--by", "order"], 7),
        (["--by", "order", "--parent", "1"], 4),
        (["--parent", "1"], 1),
        (["--order", "2"], 1),
        (["--algo", "manual"], 3),
        (["--algo", "twap"], 1),
        (["--symbol", "ibm"], 4),
        (["--symbol", "aapl"], 0),
        (["--day", "2013-10-07"], 4),
        (["--day", "2013-10-08"], 0),
        (["--broker", "paper", "--account", "PAPER"], 4),
        (["--broker", "other"], 0),
    ],
)
def test_what_is_asked_for_is_chosen(tradedesk: Run, journal: StatePaths, arguments: list[str], many: int) -> None:
    assert len(asked(tradedesk, *arguments)) == many


@pytest.mark.parametrize("by", ["algo", "symbol", "broker", "day", "tag"])
def test_groups_weigh_by_money_and_say_how_sure_they_are(tradedesk: Run, journal: StatePaths, by: str) -> None:
    groups = asked(tradedesk, "--by", by)
    # An algo may work at several brokers: there single orders count, its children each for itself.
    single = asked(tradedesk, *(["--by", "order"] if by == "broker" else []))
    assert sum(int(str(row["tickets"])) for row in groups) == len(single) == (7 if by == "broker" else 4)
    total = sum(D(row["shortfall"]["total"]) for row in single if row["shortfall"]["total"] is not None)  # type: ignore[index]
    assert sum(D(row["shortfall"]["total"]) for row in groups) == total  # type: ignore[index]
    if by == "symbol":
        filled = [row for row in single if row["avg_px"] is not None]
        weights = [D(str(row["notional"])) for row in filled]
        values = [D(row["slippage_bps"]["arrival"]) for row in filled]  # type: ignore[index]
        mean = sum((v * w for v, w in zip(values, weights, strict=True)), D(0)) / sum(weights)
        spread: dict[str, str] = groups[0]["slippage_bps"]["arrival"]  # type: ignore[index]
        assert abs(D(spread["mean"]) - mean) < D("1e-9")
        assert spread.keys() == {"mean", "se", "median", "p5", "p95", "count"}


def test_csv_has_a_column_for_every_figure(tradedesk: Run, journal: StatePaths) -> None:
    code, output, _ = tradedesk("tca", "--csv")
    rows = list(csv.DictReader(io.StringIO(output)))
    assert code == 0
    assert [row["algo"] for row in rows] == ["manual"] * 3 + ["twap"]
    assert rows[3]["slippage_bps.vwap"] == asked(tradedesk)[3]["slippage_bps"]["vwap"]  # type: ignore[index]
    assert rows[3]["latency_ms.send_to_ack.p50"]
    code, output, _ = tradedesk("tca", "--by", "algo", "--csv")
    assert code == 0
    assert "slippage_bps.arrival.se" in output.splitlines()[0]


def test_people_get_a_table_with_what_the_figures_mean(tradedesk: Run, journal: StatePaths) -> None:
    code, output, errors = tradedesk("tca")
    assert (code, errors) == (0, "")
    assert output.splitlines()[0].split()[:4] == ["id", "algo", "symbol", "side"]
    assert "> 0 is a cost" in output
    code, output, errors = tradedesk("tca", "--by", "algo")
    assert (code, errors) == (0, "")
    assert "manual USD" in output


def test_the_page_is_written_or_the_file_is_named(tradedesk: Run, journal: StatePaths, tmp_path: Path) -> None:
    page = tmp_path / "tca.html"
    code, output, errors = tradedesk("tca", "--html", str(page))
    assert (code, errors) == (0, "")
    assert str(page) in one_line(output)
    assert "twap 1 buy IBM" in page.read_text()
    code, _, errors = tradedesk("tca", "--html", str(tmp_path / "no" / "tca.html"))
    assert (code, "can't be written" in one_line(errors)) == (1, True)


def test_json_and_csv_exclude_each_other(tradedesk: Run, home: Path) -> None:
    assert tradedesk("tca", "--json", "--csv")[0] == 2


# --- the calculator -------------------------------------------------------------------------------------------------

CFA = ("--side", "buy", "--qty", "1000", "--decision", "40", "--arrival", "40.04", "--end", "40.08",
       "--fill", "700@40.05", "--fees", "17")  # fmt: skip


def test_the_example_of_the_definitions_by_the_shell(tradedesk: Run, home: Path) -> None:
    code, output, _ = tradedesk("tca", "shortfall", *CFA, "--json")
    found = json.loads(one_line(output))
    assert code == 0
    cfa = found["decompositions"]["cfa"]
    assert [cfa[f"{name}_bps"] for name in ("explicit", "trading", "delay", "missed_trade")] == [
        "4.25",
        "1.75",
        "7",
        "6",
    ]
    assert {parts["total_bps"] for parts in found["decompositions"].values()} == {"19"}
    code, output, _ = tradedesk("tca", "shortfall", *CFA)
    assert code == 0
    assert "missed trade 24.00 (6.00)" in output


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("--fill", "700"), "expected a quantity and a price, like 700@40.05"),
        (("--qty", "0"), "quantity 0 must be above 0"),
        (("--fees", "x"), "'x' is not a number"),
    ],
)
def test_numbers_that_are_none_are_named(tradedesk: Run, home: Path, change: tuple[str, str], says: str) -> None:
    code, output, errors = tradedesk("tca", "shortfall", *CFA, *change)
    assert (code, output) == (2, "")
    assert says in one_line(errors)


def test_an_unfilled_rest_needs_an_end(tradedesk: Run, home: Path) -> None:
    code, _, errors = tradedesk("tca", "shortfall", "--side", "sell", "--qty", "10", "--decision", "5")
    assert (code, "--end says what they were worth" in one_line(errors)) == (2, True)


# --- what a running desk reads of the runs before it ------------------------------------------------------------------


def test_the_recent_part_of_a_journal_is_read_up_to_a_row(journal: StatePaths, traded: list[Stamped]) -> None:
    whole, _ = read_book(journal.place)
    cut = traded[len(traded) // 2]
    recent = recent_book(journal.place, traded[-1].seq, 0, ())
    assert {key: measure(t) for key, t in recent.tickets.items()} == {k: measure(t) for k, t in whole.tickets.items()}
    older = recent_book(journal.place, cut.seq, 0, ())
    assert 0 < len(older.tickets) < len(whole.tickets)
    newer = recent_book(journal.place, traded[-1].seq, cut.recorded_ns, [traded[0].fact, traded[1].fact])
    assert {t.key for t in newer.tickets.values()} == {
        stamped.fact.cl_ord_id
        for stamped in traded
        if stamped.recorded_ns >= cut.recorded_ns and isinstance(stamped.fact, OrderIntended)
    }
    assert {t.broker for t in newer.tickets.values()} == {"paper"}
