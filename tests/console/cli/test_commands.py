"""Commands as a shell sees them: what is printed, where, and the exit code; against a real control socket."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from console.cli.app import run
from console.config.paths import StatePaths
from engine.inputs import Kill, PlaceOrder
from engine.journal.latch import KillLatch
from tests.console.control.conftest import ServedDesk
from tests.console.grammar.desk import desk_view

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tradedesk(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command: (exit code, stdout, stderr)."""

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(arguments)
        output, errors = capsys.readouterr()
        return code, output, errors

    return command


def one_line(text: str) -> str:
    assert text.count("\n") == 1, text
    assert text.endswith("\n")
    return text[:-1]


BAD_USAGE = [
    (["dance"], "no such command 'dance'"),
    (
        ["run", "--speed", "fast", "--replay", "x"],
        "--speed 'fast': expected a number above 0 and at most 100000, or max",
    ),
    (["run", "--speed", "0", "--replay", "x"], "--speed '0': expected a number above 0"),
    (["run", "--speed", "-1", "--replay", "x"], "--speed '-1': expected a number above 0"),
    (["run", "--speed", "2"], "--from and --speed need --replay"),
    (["start", "--from", "noon!", "--replay", "x"], "--from 'noon!': expected HH:MM, a date, or both"),
    (["run", "--themee", "x"], "no such option: --themee"),
    (["--themee", "x"], "see tradedesk run --help"),
    (["order"], "missing argument"),
    (["resume"], "missing option '--reason'"),
    (["algo"], "missing command; see tradedesk algo --help"),
    (["algo", "pause", "x"], "see tradedesk algo pause --help"),
    (["blotter", "dreams"], "'trades', 'positions', 'pnl'"),
    (["stop", "--leave", "--cancel"], "--leave and --cancel exclude each other"),
]


@pytest.mark.parametrize(("arguments", "says"), BAD_USAGE)
def test_bad_usage_is_one_line_on_stderr_and_exit_2(tradedesk: Run, arguments: list[str], says: str) -> None:
    code, output, errors = tradedesk(*arguments)

    assert (code, output) == (2, "")
    assert says in one_line(errors)


NEEDS_A_DESK = [
    ["status"], ["status", "--json"], ["stop"], ["order", "buy 1 aapl mkt"], ["mod", "1", "px", "5"], ["cxl", "all"],
    ["cancel", "1"], ["flat", "aapl"], ["halt"], ["resume", "--reason", "x"], ["reconcile"], ["breaks"],
    ["dlq"], ["dlq", "list"], ["dlq", "replay", "1"], ["dlq", "discard", "1", "--reason", "x"],
    ["book", "deposit 5 reason x"],
    ["algo", "list"], ["algo", "plan", "twap"], ["algo", "cancel", "1"], ["resolve", "1", "--reason", "x"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", NEEDS_A_DESK, ids=" ".join)
def test_without_a_desk_a_command_says_so_and_fails(tradedesk: Run, home: Path, arguments: list[str]) -> None:
    code, output, errors = tradedesk(*arguments)

    assert (code, output) == (1, "")
    socket = home / "state" / "paper" / "desk.sock"
    assert one_line(errors) == f"tradedesk: no desk is running (nothing listens on {socket})"


def test_looking_for_a_desk_writes_nothing(tradedesk: Run, home: Path) -> None:
    tradedesk("status")

    assert list(home.iterdir()) == []


def test_a_bad_config_is_one_line_with_file_line_and_key(tradedesk: Run, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "tradedesk.yaml").write_text("profiles:\n  paper:\n    mode: papr\n")

    for arguments in (["status"], ["order", "buy 1 aapl mkt"], ["config"]):
        code, _, errors = tradedesk(*arguments)
        assert code == 1
        expected = f"{home}/config/tradedesk.yaml:3: profiles.paper.mode: 'papr' is not valid; expected paper or live"
        assert one_line(errors) == f"tradedesk: {expected}"


def test_live_mode_is_refused_in_one_line(tradedesk: Run, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "tradedesk.yaml").write_text("profiles:\n  paper:\n    mode: live\n")

    code, _, errors = tradedesk("start")

    assert code == 1
    assert "TRADEDESK_ALLOW_LIVE=1 in the environment (missing)" in one_line(errors)


# --- with a desk ------------------------------------------------------------------------------------------------------


def test_status_is_one_compact_line_of_json(tradedesk: Run, served: ServedDesk) -> None:
    code, output, errors = tradedesk("status", "--json")

    assert (code, errors) == (0, "")
    status = json.loads(one_line(output))
    assert status["trading_state"] == "ACTIVE"
    assert ": " not in output


def test_status_for_people_names_what_matters(tradedesk: Run, served: ServedDesk) -> None:
    code, output, _ = tradedesk("status")

    assert code == 0
    assert "trading state   ACTIVE" in output
    assert "paper PAPER, SIM, regular" in output


def test_an_order_may_be_quoted_or_not(tradedesk: Run, served: ServedDesk) -> None:
    quoted = tradedesk("order", "buy 100 aapl lmt 190.50 day", "--json")
    bare = tradedesk("order", "buy", "100", "aapl", "lmt", "190.50", "--json")

    assert (quoted[0], bare[0]) == (0, 0)
    assert json.loads(one_line(quoted[1])).keys() >= {"accepted", "id", "cl_ord_id", "status", "denials"}


def test_a_denied_order_prints_its_json_and_its_reason_and_fails(tradedesk: Run, served: ServedDesk) -> None:
    code, output, errors = tradedesk("order", "buy 100 nvda mkt", "--json")

    assert code == 1
    assert json.loads(one_line(output))["denials"][0]["code"] == "MAX_POSITION_PCT"
    assert one_line(errors) == "tradedesk: MAX_POSITION_PCT: value=0.124 limit=0.10 scope=NVDA"


def test_a_typo_prints_nothing_but_its_reason(tradedesk: Run, served: ServedDesk) -> None:
    code, output, errors = tradedesk("order", "buy 100 appl mkt")

    assert (code, output) == (1, "")
    assert "did you mean AAPL?" in one_line(errors)


def test_options_reach_the_desk(tradedesk: Run, served: ServedDesk) -> None:
    assert tradedesk("order", "buy 100 tsla mkt")[0] == 1
    assert tradedesk("order", "buy 100 tsla mkt", "--yes", "--id", "k-1")[0] == 0

    command = served.desk.sent[-1]
    assert isinstance(command, PlaceOrder)
    assert (command.request.client_key, command.request.accept_soft) == ("k-1", True)


def test_a_dry_run_sends_nothing(tradedesk: Run, served: ServedDesk) -> None:
    code, output, _ = tradedesk("order", "buy 100 aapl mkt", "--dry-run")

    assert code == 0
    assert output == ("green: buy 100 AAPL mkt day @PAPER, notional 19050.00, position 101 -> 201; nothing was sent\n")
    assert served.desk.sent == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["mod", "9", "px", "190.45", "qty", "80"], 1),
        (["cxl", "14"], 0),
        (["cancel", "buys", "aapl"], 0),
        (["cxl", "all"], 1),
        (["cxl", "all", "--yes"], 0),
        (["flat", "aapl"], 0),
        (["flat", "all"], 1),
        (["flat", "all", "--yes"], 1),
        (["flat", "all", "--confirm", "FLATTEN"], 0),
        (["halt"], 0),
        (["halt", "aapl"], 0),
        (["resume", "--reason", "x"], 1),
        (["resume", "--reason", "x", "--confirm", "RESUME"], 0),
        (["resume", "aapl", "--reason", "news is out", "--confirm", "RESUME"], 0),
        (["resolve", "14", "--reason", "by phone", "--confirm", "DEAD"], 0),
        (["book", "deposit 5 reason x"], 1),
        (["book", "deposit 5 reason x", "--confirm", "BOOK"], 0),
        (["book", "reverse", "3", "reason", "x", "--confirm", "BOOK"], 0),
        (["book", "depsit 5 reason x", "--confirm", "BOOK"], 1),
        (["reconcile"], 0),
        (["breaks"], 0),
        (["dlq"], 0),
        (["dlq", "list"], 0),
        (["dlq", "discard", "2", "--reason", "too late for it"], 0),
        (["algo", "plan", "twap sell 5000 ibm duration 30m"], 0),
        (["algo", "launch", "twap sell 5000 ibm duration 30m"], 0),
        (["algo", "list"], 0),
        (["algo", "pause", "3"], 0),
        (["algo", "pause", "3", "--keep"], 0),
        (["algo", "resume", "3"], 0),
        (["algo", "cancel", "3"], 0),
        (["blotter"], 0),
        (["blotter", "orders"], 0),
        (["blotter", "fills"], 0),
        (["blotter", "positions"], 0),
        (["blotter", "pnl"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_every_verb_works_from_a_shell_plain_and_as_json(
    tradedesk: Run,
    served: ServedDesk,
    arguments: list[str],
    code: int,
) -> None:
    plain_code, plain, errors = tradedesk(*arguments)
    json_code, output, _ = tradedesk(*arguments, "--json")

    assert (plain_code, json_code) == (code, code)
    assert bool(plain) == (code == 0)
    assert bool(errors) == (code == 1)
    json.loads(one_line(output))


def test_the_blotter_for_people_is_a_table(tradedesk: Run, served: ServedDesk) -> None:
    code, output, _ = tradedesk("blotter", "positions")

    assert code == 0
    header, first, *_ = output.splitlines()
    assert header.split()[:3] == ["symbol", "qty", "avg_px"]
    assert first.split()[:3] == ["AAPL", "101", "100"]


def test_the_blotter_as_csv_has_the_keys_and_numbers_of_its_json(tradedesk: Run, served: ServedDesk) -> None:
    (_, as_json, _), (code, output, _) = (
        tradedesk("blotter", "orders", "--json"),
        tradedesk("blotter", "orders", "--csv"),
    )

    wanted = json.loads(one_line(as_json))
    rows = list(csv.DictReader(output.splitlines()))
    assert code == 0
    assert [list(row) for row in rows] == [list(row) for row in wanted]
    assert [row["order_qty"] for row in rows] == [row["order_qty"] for row in wanted]


def test_stop_refuses_over_working_orders_until_it_is_told_what_to_do(tradedesk: Run, served: ServedDesk) -> None:
    served.desk.change(orders=desk_view().orders)

    refused = tradedesk("stop")
    stopped = tradedesk("stop", "--leave")

    assert refused[0] == 1
    assert "3 working orders, 0 algos; say --leave or --cancel" in one_line(refused[2])
    assert stopped[:2] == (0, "stopped\n")


# --- kill -------------------------------------------------------------------------------------------------------------


def test_kill_latches_and_prints_the_proof(tradedesk: Run, served: ServedDesk) -> None:
    code, output, errors = tradedesk("kill")

    assert (code, errors) == (0, "")
    assert one_line(output) == "HALTED · 17 cancels sent, 15 confirmed · 5 positions, 3 flat · cancelling"
    latch = KillLatch(served.state.latch).read()
    assert latch is not None
    assert latch.flatten == "no"
    assert isinstance(served.desk.sent[-1], Kill)


def test_kill_flatten_escalates_a_latch_that_is_there(tradedesk: Run, served: ServedDesk) -> None:
    tradedesk("kill")
    tradedesk("kill", "--flatten", "--json")

    latch = KillLatch(served.state.latch).read()
    assert latch is not None
    assert latch.flatten == "now"


def test_kill_without_a_desk_latches_the_next_start(tradedesk: Run, state: StatePaths) -> None:
    code, output, _ = tradedesk("kill", "--json")

    result = json.loads(one_line(output))
    assert code == 0
    assert result["latched"] is True
    assert "the latch is set: it stays HALTED" in result["message"]
    assert KillLatch(state.latch).exists()
    assert "flattened" not in result["message"]
    assert "positions are NOT flattened" in tradedesk("kill", "--flatten")[1], "nobody was there to do it"


def test_kill_works_with_a_broken_config(tradedesk: Run, home: Path, served: ServedDesk) -> None:
    (home / "config" / "tradedesk.yaml").write_text("profiles: [")

    code, output, errors = tradedesk("kill")

    assert code == 0
    assert output.startswith("HALTED")
    assert "killing every desk under" in one_line(errors)
    assert isinstance(served.desk.sent[-1], Kill)


# --- settings, journal, paper -----------------------------------------------------------------------------------------


def test_config_writes_the_defaults_and_shows_what_is_in_force(tradedesk: Run, home: Path) -> None:
    code, output, _ = tradedesk("config", "--json")

    result = json.loads(one_line(output))
    assert code == 0
    assert result["settings"]["paper"]["cash"] == "5000000"
    assert result["limits"]["risk.max_position_pct"] == "0.10"
    assert (home / "config" / "risk_params.yaml").is_file()
    assert "settings.kill.flatten_grace" in tradedesk("config")[1]


def test_doctor_finds_nothing_wrong_with_a_fresh_machine(tradedesk: Run) -> None:
    code, output, _ = tradedesk("doctor", "--json")

    assert code == 0
    assert json.loads(one_line(output))["ok"] is True


def test_doctor_lists_every_problem_of_a_bad_file(tradedesk: Run, home: Path) -> None:
    tradedesk("config")
    (home / "config" / "risk_params.yaml").write_text("risk:\n  max_order_qty: x\n  max_leverage: y\n")

    code, output, _ = tradedesk("doctor")

    assert code == 1
    assert output.count("FAIL") == 2
    assert "risk_params.yaml:2: risk.max_order_qty" in output
    assert "risk_params.yaml:3: risk.max_leverage" in output


def test_doctor_warns_of_missing_limits_and_a_set_latch(tradedesk: Run, home: Path) -> None:
    tradedesk("config")
    tradedesk("kill")
    (home / "config" / "risk_params.yaml").write_text("risk.max_order_qty: 5\n")

    code, output, _ = tradedesk("doctor")

    assert code == 0
    assert "missing, so every order is refused: risk.max_position_pct" in output
    assert "the desk stays HALTED" in output


def test_an_older_file_of_limits_is_completed_after_the_word(tradedesk: Run, home: Path) -> None:
    tradedesk("config")
    path = home / "config" / "risk_params.yaml"
    path.write_text("risk.max_order_qty: 5\n")

    code, output, errors = tradedesk("risk", "complete")
    assert code == 1
    assert "risk.max_position_pct: 0.10" in output
    assert "nothing was written; --confirm COMPLETE" in errors
    assert path.read_text() == "risk.max_order_qty: 5\n"

    assert tradedesk("risk", "complete", "--confirm", "COMPLETE")[0] == 0
    assert path.read_text().startswith("risk.max_order_qty: 5\n")
    assert json.loads(tradedesk("risk", "complete", "--json")[1])["added"] == {}


def test_keys_lists_the_kill_key_remapped_or_not(tradedesk: Run, home: Path) -> None:
    rows = json.loads(one_line(tradedesk("keys", "--json")[1]))
    assert {row["action"]: row["keys"] for row in rows}["kill"] == "f12"


def test_verify_of_a_journal_that_is_not_there_says_so(tradedesk: Run, tmp_path: Path) -> None:
    code, _, errors = tradedesk("audit", "verify", str(tmp_path / "none.sqlite3"))

    assert (code, one_line(errors)) == (1, f"tradedesk: {tmp_path}/none.sqlite3: there is no journal")


def test_verify_of_something_else_says_so(tradedesk: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.sqlite3").write_text("not a journal")

    code, _, errors = tradedesk("audit", "verify", str(tmp_path / "notes.sqlite3"))

    assert code == 1
    assert str(tmp_path / "notes.sqlite3") in one_line(errors)


def test_paper_reset_puts_books_and_journal_aside(tradedesk: Run, state: StatePaths) -> None:
    state.paper_books.write_text("books")
    state.journal.write_text("journal")
    KillLatch(state.latch)

    refused = tradedesk("paper", "reset")
    code, output, _ = tradedesk("paper", "reset", "--confirm", "RESET", "--json")

    assert refused[0] == 1
    assert "--confirm RESET" in one_line(refused[2])
    assert code == 0
    archive = Path(json.loads(output)["archive"])
    assert sorted(file.name for file in archive.iterdir()) == ["journal.sqlite3", "paper.sqlite3"]
    assert not state.paper_books.exists()


def test_paper_reset_is_refused_while_a_desk_runs(tradedesk: Run, served: ServedDesk) -> None:
    served.state.paper_books.write_text("books")

    code, _, errors = tradedesk("paper", "reset", "--confirm", "RESET")

    assert code == 1
    assert "stop it first" in one_line(errors)
    assert served.state.paper_books.exists()
