"""Every bad file of settings gets exactly one clear line: the file, the line, the key, what was expected."""

# ruff: noqa: E501 - a table reads best with one row a line

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from console.config.defaults import write_missing
from console.config.errors import ConfigError
from console.config.load import load_config
from console.config.paths import Paths

GOOD_HASH = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b5dWRWJTmaaJObG"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths.of({"TRADEDESK_HOME": str(tmp_path)})
    write_missing(paths)
    return paths


def refusal(paths: Paths) -> str:
    with pytest.raises(ConfigError) as raised:
        load_config(paths)
    text = str(raised.value)
    assert "\n" not in text
    return text


def desk(line: str, value: str) -> Callable[[str], str]:
    """An edit of the shipped file: the line that starts with `line` gets another text."""

    def edit(text: str) -> str:
        lines = text.splitlines()
        index = next(number for number, old in enumerate(lines) if old.strip().startswith(line))
        indent = lines[index][: len(lines[index]) - len(lines[index].lstrip())]
        return "\n".join([*lines[:index], indent + value, *lines[index + 1 :]])

    return edit


def whole(text: str) -> Callable[[str], str]:
    return lambda _: text


# file, edit, line, key, what the message must say
TABLE = [
    ("tradedesk.yaml", desk("mode:", "mode: papr"), 8, "profiles.paper.mode", "'papr' is not valid; expected paper"),
    ("tradedesk.yaml", desk("mode:", "mdoe: paper"), 8, "profiles.paper.mdoe", "nearest valid key 'mode'"),
    ("tradedesk.yaml", desk("mode:", "mode:"), 8, "profiles.paper.mode", "has no value; expected paper or live"),
    ("tradedesk.yaml", desk("mode:", "mode: [paper]"), 8, "profiles.paper.mode", "is a list of 1; expected paper"),
    ("tradedesk.yaml", desk("account:", "account: a/b"), 10, "profiles.paper.account", "expected letters, digits"),
    ("tradedesk.yaml", desk("broker:", "broker: etrade"), 9, "profiles.paper.broker", "expected paper"),
    ("tradedesk.yaml", desk("broker:", "broker: alpaca"), 11, "profiles.paper.data", "needs data: alpaca"),
    ("tradedesk.yaml", desk("account:", "mode: paper"), 10, "profiles.paper.mode", "is given twice, first on line 8"),
    ("tradedesk.yaml", desk("cash:", "cash: lots"), 24, "profiles.paper.paper.cash", "'lots' is not valid; expected opening"),
    ("tradedesk.yaml", desk("cash:", "cash: -5"), 24, "profiles.paper.paper.cash", "expected opening cash above 0"),
    ("tradedesk.yaml", desk("cash:", "cash: .nan"), 24, "profiles.paper.paper.cash", "expected opening cash above 0"),
    ("tradedesk.yaml", desk("cash:", "csah: 5"), 24, "profiles.paper.paper.csah", "nearest valid key 'cash'"),
    ("tradedesk.yaml", desk("latency_ms:", "latency_ms: [50, 5]"), 25, "profiles.paper.paper.latency_ms", "least, most"),
    ("tradedesk.yaml", desk("latency_ms:", "latency_ms: 5"), 25, "profiles.paper.paper.latency_ms", "[least, most]"),
    ("tradedesk.yaml", desk("flatten_grace:", "flatten_grace: soon"), 16, "profiles.paper.kill.flatten_grace", "seconds"),
    ("tradedesk.yaml", desk("keys:", "keys: [ctrl+q ctrl+q]"), 17, "profiles.paper.kill.keys", "can't be a kill key"),
    ("tradedesk.yaml", desk("keys:", "keys: []"), 17, "profiles.paper.kill.keys", "expected [f12"),
    ("tradedesk.yaml", desk("hangup:", "hangup: off"), 19, "profiles.paper.hangup", "'off' is not valid; expected pause"),
    ("tradedesk.yaml", desk("url:", "url: mysql://u:secret@h/d"), 14, "profiles.paper.journal.url", "no URL of PostgreSQL"),
    ("tradedesk.yaml", desk("url:", "url: postgres://h:x/d?password=secret"), 14, "profiles.paper.journal.url", "no URL"),
    ("tradedesk.yaml", desk("url:", "url: 5"), 14, "profiles.paper.journal.url", "expected null: SQLite"),
    ("tradedesk.yaml", desk("default_profile:", "default_profile: papre"), 4, "default_profile", "no profile 'papre'"),
    ("tradedesk.yaml", desk("send_ms:", "send_ms: 0"), 0, "profiles.paper.targets.send_ms", "milliseconds from decision to send"),
    ("tradedesk.yaml", desk("slippage:", "slipage: 1"), 0, "profiles.paper.targets.slipage", "nearest valid key 'slippage'"),
    ("tradedesk.yaml", desk("default_profile:", "profile: paper"), 4, "profile", "unknown key; expected one of default"),
    ("tradedesk.yaml", desk("paper:", "paper: 5"), 8, "", "expected"),
    ("tradedesk.yaml", whole("profiles: ["), 1, "", "expected plain YAML"),
    ("tradedesk.yaml", whole("a: &x 1\nb: *x\n"), 2, "", "an alias (*name) has no place here"),
    ("tradedesk.yaml", whole("a: !!python/name:os.system x\n"), 1, "a", "the tag !!python/name:os.system"),
    ("tradedesk.yaml", whole("- paper\n"), 1, "", "is not a mapping; expected lines of `key: value`"),
    ("tradedesk.yaml", whole("default_profile: paper\n---\nx: 1\n"), 2, "", "another document"),
    ("tradedesk.yaml", whole("default_profile: pa\x07per\n"), 1, "", "special characters are not allowed"),
    ("risk_params.yaml", whole("users: {al: {risk: {max_daily_loss_pct: 0.1}}}"), 1, "user:al/risk.max_daily_loss_pct", "not for one user"),
    ("risk_params.yaml", whole("accounts:\n  PAPR: {risk: {max_order_qty: 5}}"), 2, "accounts.PAPR", "no profile of tradedesk.yaml has this account, so that these limits would hold for nothing; expected PAPER"),
    ("risk_params.yaml", whole("users:\n  no-such-login: {risk: {max_order_qty: 5}}"), 2, "users.no-such-login", "the system knows no such user"),
    ("risk_params.yaml", whole("users: {al: 5}"), 1, "users.al", "is not a group of names with limits"),
    ("risk_params.yaml", whole("instruments: 5"), 1, "instruments", "is not a group of names with limits"),
    ("risk_params.yaml", whole("users: {al: {risk: {max_order_qtty: 5}}}"), 1, "user:al/risk.max_order_qtty", "nearest valid key"),
    ("risk_params.yaml", desk("max_position_pct:", "max_position_pct: 10%"), 0, "risk.max_position_pct", "'10%' is not a number"),
    ("risk_params.yaml", desk("max_position_pct:", "max_position_pct: 1.5"), 0, "risk.max_position_pct", "expected a share"),
    ("risk_params.yaml", desk("max_position_pct:", "max_position_pct: 0"), 0, "risk.max_position_pct", "must be above 0"),
    ("risk_params.yaml", desk("max_position_pct:", "max_position_pc: 0.1"), 0, "risk.max_position_pc", "'risk.max_position_pct'"),
    ("risk_params.yaml", desk("max_position_pct:", "max_position_pct:"), 0, "risk.max_position_pct", "has no value; expected"),
    ("risk_params.yaml", desk("max_position_pct:", "max_position_pct: [1]"), 0, "risk.max_position_pct", "not a single value"),
    ("risk_params.yaml", desk("loss_confirm_s:", "loss_confirm_s: off"), 0, "risk.loss_confirm_s", "may not be off"),
    ("risk_params.yaml", desk("feed_heartbeat_s:", "feed_heartbeat_s: -1"), 0, "risk.feed_heartbeat_s", "expected seconds"),
    ("risk_params.yaml", desk("daily_loss:", "daily_loss: panic"), 0, "actions.daily_loss", "expected one of reduce, halt"),
    ("risk_params.yaml", desk("max_attempts:", "max_attempts: 2.5"), 0, "flatten.max_attempts", "whole number"),
    ("risk_params.yaml", whole("risk: 5\n"), 1, "risk", "is a group; expected keys below it"),
    ("risk_params.yaml", whole("rsik:\n  max_order_qty: 5\n"), 1, "rsik", "unknown key"),
    ("risk_params.yaml", whole("risk:\n  max_order_qty: 5\nrisk.max_order_qty: 6\n"), 3, "risk.max_order_qty", "given twice"),
    ("universe.yaml", whole("instruments:\n  aapl: {}\n"), 2, "instruments.aapl", "'aapl' is no valid name; expected symbols"),
    ("universe.yaml", whole("instruments:\n  AAPL: {tick: 0}\n"), 2, "instruments.AAPL.tick", "the price step, above 0"),
    ("universe.yaml", whole("instruments:\n  AAPL: {tikc: 1}\n"), 2, "instruments.AAPL.tikc", "nearest valid key 'tick'"),
    ("universe.yaml", whole("instruments:\n  AAPL: {class: bond}\n"), 2, "instruments.AAPL.class", "expected equity, etf, option, future, fx or crypto"),
    ("universe.yaml", whole("instruments:\n  AAPL: {}\n  AAPL: {}\n"), 3, "instruments.AAPL", "given twice"),
    ("universe.yaml", whole(""), 1, "instruments", "is missing; expected symbols"),
    ("roles.yaml", whole("users:\n  bob: [boss]\n"), 2, "users.bob.0", "expected login names"),
    ("roles.yaml", whole("user: {}\n"), 1, "user", "nearest valid key 'users'"),
    ("keymap.toml", whole("[keys]\n'a' = \n"), 2, "", "expected TOML"),
    ("keymap.toml", whole("[keys]\nquit = 5\n"), 2, "keys.quit", "'5' is no key"),
    ("keymap.toml", whole("[kyes]\nquit = 'q'\n"), 1, "kyes", "nearest valid key 'keys'"),
    ("keymap.toml", whole("keys = 3\n"), 1, "keys", "is not a table; expected [keys]"),
]  # fmt: skip


def _changed(before: str, after: str) -> int:
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return next(number for number, (old, new) in enumerate(pairs, 1) if old != new)


@pytest.mark.parametrize(("file", "edit", "line", "key", "says"), TABLE)
def test_a_bad_file_gets_one_line_with_place_key_and_expectation(
    paths: Paths, file: str, edit: Callable[[str], str], line: int, key: str, says: str
) -> None:
    path = paths.config / file
    before = path.read_text()
    after = edit(before)
    path.write_text(after)
    # 0: where the edit is, in a file that grows with every limit.
    line = line or _changed(before, after)

    text = refusal(paths)

    assert text.startswith(f"{path}:{line}: {key}: " if key else f"{path}:{line}: ")
    assert says in text
    assert "expected" in text
    assert "secret" not in text


FILES = ["tradedesk.yaml", "risk_params.yaml", "universe.yaml", "roles.yaml", "keymap.toml"]


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_not_text_is_named_with_its_line(paths: Paths, file: str) -> None:
    (paths.config / file).write_bytes(b"# fine\n\xff\xfe\n")

    assert refusal(paths).startswith(f"{paths.config / file}:2: byte 7 is not UTF-8; expected UTF-8 text")


@pytest.mark.parametrize("file", FILES)
def test_a_folder_in_place_of_a_file_is_refused(paths: Paths, file: str) -> None:
    (paths.config / file).unlink()
    (paths.config / file).mkdir()

    assert refusal(paths) == f"{paths.config / file}: is not a file; expected a text file"


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_anybody_may_write_is_refused(paths: Paths, file: str) -> None:
    (paths.config / file).chmod(0o666)

    assert "anybody may write it (mode 0666); expected 0600" in refusal(paths)


@pytest.mark.parametrize("file", FILES)
def test_a_dangling_link_is_refused_not_replaced(paths: Paths, file: str, tmp_path: Path) -> None:
    (paths.config / file).unlink()
    (paths.config / file).symlink_to(tmp_path / "nowhere")
    assert write_missing(paths) == ()

    assert "can't be read (no such file or directory)" in refusal(paths)


def test_a_huge_file_is_refused_before_it_is_parsed(paths: Paths) -> None:
    paths.risk_file.write_text("# " + "x" * 1_000_000)

    assert "is larger than 1,000,000 bytes" in refusal(paths)


def test_all_problems_of_a_file_are_kept_in_its_order(paths: Paths) -> None:
    paths.risk_file.write_text("risk:\n  max_order_qty: x\n  max_leverage: y\nactions:\n  drawdown: z\n")

    with pytest.raises(ConfigError) as raised:
        load_config(paths)

    assert [problem.line for problem in raised.value.problems] == [2, 3, 5]


@pytest.mark.parametrize("depth", [30, 5_000])
def test_deep_nesting_is_refused(paths: Paths, depth: int) -> None:
    paths.desk_file.write_text("a: " + "[" * depth + "]" * depth)

    assert "is nested too deeply" in refusal(paths)


def test_a_safe_pin_file_is_accepted(paths: Paths) -> None:
    paths.pin_file.write_text(GOOD_HASH + "\n")
    paths.pin_file.chmod(0o600)

    assert load_config(paths).pin_set


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (GOOD_HASH, 0o644, "others may read it (mode 0644); expected 0600"),
        ("1234", 0o600, "is no argon2id hash; expected what `tradedesk pin set` writes"),
        ("", 0o600, "is no argon2id hash"),
        (GOOD_HASH.replace("argon2id", "argon2i"), 0o600, "expected argon2id"),
    ],
)
def test_a_bad_pin_file_gets_one_line(paths: Paths, content: str, mode: int, says: str) -> None:
    paths.pin_file.write_text(content)
    paths.pin_file.chmod(mode)

    text = refusal(paths)

    assert text.startswith(str(paths.pin_file))
    assert says in text
    assert "1234" not in text
