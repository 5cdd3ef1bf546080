"""Hooks: real programs, a real server on the loopback address, and a desk's state with alerts in it."""

from __future__ import annotations

import http.server
import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from console.config.alert_models import HookConfig
from console.hooks.caller import MOST_WAITING, Caller, Message, Told
from console.hooks.errors import HookError
from console.hooks.hook import Hook, environment
from console.hooks.teller import OWN_CODE, Teller
from engine.model.enums import AlertLevel
from engine.state import DeskState
from engine.state.trouble import Alert

SH = "/bin/sh"


def told(no: int) -> Told:
    return Told(no, "alarm", "KILL", f"number {no}", "2026-11-26T14:03:22Z")


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_a_program_gets_the_message_on_its_input_and_few_of_our_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_TOKEN", "secret")
    out = tmp_path / "out"
    Hook("x", (SH, "-c", f"cat > {out}; env >> {out}; echo $0 >> {out}", "; rm -rf /")).call(b'{"a": 1}\n')
    assert out.read_text().startswith('{"a": 1}\n')
    assert "secret" not in out.read_text()
    assert out.read_text().endswith("; rm -rf /\n"), "an argument is no shell's line"
    assert "BROKER_TOKEN" not in environment({"BROKER_TOKEN": "x", "PATH": "/bin"})


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("/no/such/SECRET",), "the program can't be started: no such file or directory"),
        ((SH, "-c", "exit 3 # SECRET"), "the program ended with 3"),
        ((SH, "-c", "sleep 60 & sleep 60 # SECRET"), "took longer than 0.2 s and was ended"),
        ((SH, "-c", "exec 0<&-; sleep 60 # SECRET"), "took longer than 0.2 s and was ended"),
    ],
)
def test_a_program_that_fails_says_why_without_its_arguments(command: tuple[str, ...], says: str) -> None:
    began = time.monotonic()
    with pytest.raises(HookError) as failed:
        Hook("x", command, timeout_s=0.2).call(b"{}" * 100)
    assert says in str(failed.value)
    assert "SECRET" not in str(failed.value)
    assert time.monotonic() - began < 5


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    got: list[tuple[str, bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            code = int(self.path.rpartition("/")[2])
            self.send_response(code)
            if code == 302:
                self.send_header("Location", "/moved/200")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/secret", got
        running.shutdown()


def test_an_address_gets_a_post_and_every_other_answer_than_yes_is_a_failure(
    server: tuple[str, list[tuple[str, bytes]]],
) -> None:
    url, got = server
    Hook("x", url=f"{url}/200").call(b'{"a": 1}')
    assert got == [("/secret/200", b'{"a": 1}')]
    for code in (302, 404, 500):
        with pytest.raises(HookError, match=f"^the address answered {code}$"):
            Hook("x", url=f"{url}/{code}").call(b"{}")
    assert [path for path, _ in got[1:]] == ["/secret/302", "/secret/404", "/secret/500"], "no redirect is followed"
    with pytest.raises(HookError, match=r"^the address can't be reached: connection refused$"):
        Hook("x", url="http://127.0.0.1:1/secret").call(b"{}")


def test_a_storm_is_a_few_calls_and_nobody_waits_for_them(tmp_path: Path) -> None:
    out = tmp_path / "out"
    hook = Hook("x", (SH, "-c", f"cat >> {out}; echo >> {out}"), every_s=0.5)
    caller = Caller(hook, ("paper", "PAPER"), lambda name, why: None)
    caller.tell(told(0))
    wait_until(out.exists)
    began = time.monotonic()
    for no in range(1, MOST_WAITING + 31):
        caller.tell(told(no))
    assert time.monotonic() - began < 0.2
    caller.close(10)
    calls = [msgspec.json.decode(line, type=Message) for line in out.read_bytes().splitlines()]
    assert calls[0].alerts == (told(0),)
    assert len(calls) == 1 + MOST_WAITING // 50
    assert calls[1].dropped == 30
    assert [each.no for call in calls[1:] for each in call.alerts] == list(range(31, MOST_WAITING + 31))
    assert (calls[0].desk, calls[0].mode, calls[0].account) == ("PAPER PAPER", "paper", "PAPER")


def test_failures_are_one_warning_and_one_word_when_it_works_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = DeskState(mode="paper", account="PAPER")
    state.alerts.append(Alert(6, AlertLevel.ALARM, "KILL", "of an earlier run", 0))
    state.next_alert = 7
    notices: list[tuple[AlertLevel, str, str]] = []
    out, works = tmp_path / "out", tmp_path / "works"
    command = (SH, "-c", f"test -e {works} && cat >> {out} && echo >> {out}")
    hook = Hook("pager", command, level=AlertLevel.WARN, codes=frozenset({"KILL"}), every_s=0)
    teller = Teller([hook], state, 7, lambda level, code, text: notices.append((level, code, text)))

    def raise_alert(level: AlertLevel, code: str) -> None:
        state.alerts.append(Alert(state.next_alert, level, code, "words", 1_700_000_000_000_000_000))
        state.next_alert += 1
        teller.look()

    caplog.set_level(logging.INFO, "tradedesk.hooks")
    raise_alert(AlertLevel.ALARM, "KILL")
    wait_until(lambda: len(notices) == 1)
    raise_alert(AlertLevel.ALARM, OWN_CODE)
    raise_alert(AlertLevel.ALARM, "KILL")
    raise_alert(AlertLevel.NOTICE, "KILL")
    raise_alert(AlertLevel.ALARM, "OTHER")
    time.sleep(0.1)
    works.touch()
    raise_alert(AlertLevel.WARN, "KILL")
    wait_until(lambda: len(notices) == 2)
    teller.close()
    assert notices[0][:2] == (AlertLevel.WARN, "HOOK")
    assert notices[0][2] == "hook pager: the program ended with 1; alerts are not told there until it works"
    assert notices[1] == (AlertLevel.NOTICE, "HOOK", "hook pager works again")
    assert [record.getMessage() for record in caplog.records] == [
        "hook pager: the program ended with 1",
        "hook pager works again",
    ]
    last = json.loads(out.read_text().splitlines()[-1])["alerts"][-1]
    assert last == {"no": 12, "level": "warn", "code": "KILL", "text": "words", "at": "2023-11-14T22:13:20Z"}


def test_settings_show_no_secret_of_an_address_and_name_what_was_expected() -> None:
    config = HookConfig(name="chat", url="https://example.org/hooks/SECRET?key=SECRET")
    assert config.model_dump()["url"] == "https://example.org/…"
    assert config.hook().url.endswith("SECRET")
    assert (config.hook().level, config.hook().every_s) == (AlertLevel.ALARM, 1.0)
    for wrong, why in (
        ({"name": "x"}, "either a command or a url"),
        ({"name": "x", "command": ["page"]}, "not named by its whole path"),
        ({"name": "x", "command": [sys.executable], "url": "http://h/"}, "either a command or a url"),
        ({"name": "x", "url": "ftp://example.org/x"}, "not http or https"),
    ):
        with pytest.raises(ValueError, match=why):
            HookConfig.model_validate(wrong)
