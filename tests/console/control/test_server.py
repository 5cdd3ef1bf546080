# ruff: noqa: ASYNC110, ASYNC240 - a test may look at a file, and waits for a client to be gone by looking
"""The control socket holds up under clients of every kind: garbage, too much, too slow, too many, gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from engine.runtime.control import ControlServer, ControlSocketError, Peer, Request, Response


class Desk:
    """A handler that says what it was asked, waits when told to, and fails when told to."""

    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self.waiting = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, request: Request, peer: Peer) -> Response:
        self.peers.append(peer)
        if request.get("verb") == "fail":
            raise ValueError("no such luck")
        if request.get("verb") == "wait":
            self.waiting.set()
            await self.go_on.wait()
        if request.get("verb") == "much":
            return {"ok": True, "result": "x" * 1_000_000}
        return {"ok": True, "result": request}


Start = Callable[..., Any]


@pytest.fixture
def path(home: Path) -> Path:
    return home / "desk.sock"


@pytest.fixture
async def serve(path: Path) -> AsyncIterator[Start]:
    async with contextlib.AsyncExitStack() as stack:

        async def start(**options: Any) -> tuple[ControlServer, Desk]:
            desk = Desk()
            server = ControlServer(path, desk, **options)
            await server.start()
            stack.push_async_callback(server.close)
            return server, desk

        yield start


class Client:
    """One connection, as another shell has it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, path: Path) -> Client:
        return cls(*await asyncio.open_unix_connection(str(path), limit=4_000_000))

    async def ask(self, data: bytes | dict[str, Any]) -> dict[str, Any]:
        self.writer.write(data if isinstance(data, bytes) else json.dumps(data).encode() + b"\n")
        return await self.answer()

    async def answer(self) -> dict[str, Any]:
        line = await self.reader.readline()
        assert line.endswith(b"\n"), "one answer is one line"
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    async def ended(self) -> bool:
        try:
            return await self.reader.read(1) == b""
        except ConnectionError:
            return True

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


async def test_a_request_gets_its_answer_and_the_connection_stays(serve: Start, path: Path) -> None:
    _, desk = await serve()
    client = await Client.to(path)

    assert await client.ask({"verb": "ping"}) == {"ok": True, "result": {"verb": "ping"}}
    assert await client.ask({"verb": "pong"}) == {"ok": True, "result": {"verb": "pong"}}
    assert {(peer.pid, peer.uid) for peer in desk.peers} == {(os.getpid(), os.geteuid())}
    await client.close()


async def test_the_socket_is_for_its_owner_alone(serve: Start, path: Path) -> None:
    await serve()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\n",
        b"[1, 2]\n",
        b"3\n",
        b"{\n",
        b'{"verb": NaN}\n',
        b"\x00\xff\xfe\n",
        b"[" * 20_000 + b"\n",
        b'{"a": "\xff"}\n',
    ],
)
async def test_garbage_gets_one_error_line_and_the_next_request_is_served(
    serve: Start, path: Path, garbage: bytes
) -> None:
    await serve()
    client = await Client.to(path)

    answer = await client.ask(garbage)

    assert answer["ok"] is False
    assert answer["error"].startswith("bad request: ")
    assert "expected one JSON object a line" in answer["error"]
    assert (await client.ask({"verb": "ping"}))["ok"] is True
    await client.close()


async def test_blank_lines_are_no_requests(serve: Start, path: Path) -> None:
    await serve()
    client = await Client.to(path)

    assert (await client.ask(b'\n  \n{"verb": "ping"}\n'))["result"] == {"verb": "ping"}
    await client.close()


async def test_a_last_line_without_its_end_is_served_too(serve: Start, path: Path) -> None:
    await serve()
    client = await Client.to(path)
    client.writer.write(b'{"verb": "ping"}')
    client.writer.write_eof()

    assert (await client.answer())["ok"] is True
    assert await client.ended()
    await client.close()


async def test_an_endless_line_is_refused_and_the_client_sent_away(serve: Start, path: Path) -> None:
    await serve(max_line=1000)
    client = await Client.to(path)

    answer = await client.ask(b"x" * 5000 + b"\n")

    assert answer["error"] == "bad request: longer than 1000 bytes"
    assert await client.ended()
    await client.close()


async def test_a_failing_handler_is_an_answer_not_an_end(
    serve: Start, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await serve()
    client = await Client.to(path)

    answer = await client.ask({"verb": "fail"})

    assert answer["error"] == "internal error: ValueError: no such luck"
    assert "the control socket failed on 'fail'" in caplog.text
    assert (await client.ask({"verb": "ping"}))["ok"] is True
    await client.close()


async def test_one_client_waiting_holds_up_nobody_else(serve: Start, path: Path) -> None:
    _, desk = await serve()
    slow, quick = await Client.to(path), await Client.to(path)
    waiting = asyncio.create_task(slow.ask({"verb": "wait"}))
    await desk.waiting.wait()

    assert (await quick.ask({"verb": "ping"}))["ok"] is True
    assert not waiting.done()
    desk.go_on.set()
    assert (await waiting)["ok"] is True
    await slow.close()
    await quick.close()


async def test_a_client_that_reads_nothing_is_sent_away_and_holds_up_nobody(serve: Start, path: Path) -> None:
    server, _ = await serve(write_s=0.2)
    deaf = socket.socket(socket.AF_UNIX)
    deaf.connect(str(path))
    deaf.sendall(b'{"verb": "much"}\n' * 20)
    client = await Client.to(path)
    assert (await client.ask({"verb": "ping"}))["ok"] is True

    async with asyncio.timeout(10):
        while server.connections > 1:
            await asyncio.sleep(0.01)
    assert (await client.ask({"verb": "ping"}))["ok"] is True
    deaf.close()
    await client.close()


async def test_a_client_that_asks_nothing_is_sent_away(serve: Start, path: Path) -> None:
    await serve(idle_s=0.05)
    client = await Client.to(path)

    async with asyncio.timeout(10):
        assert await client.ended()
    await client.close()


async def test_a_full_house_sends_its_longest_idle_client_away_for_a_new_one(serve: Start, path: Path) -> None:
    await serve(max_connections=2)
    first = await Client.to(path)
    await first.ask({"verb": "ping"})
    second = await Client.to(path)
    await second.ask({"verb": "ping"})

    third = await Client.to(path)

    assert (await third.ask({"verb": "kill"}))["ok"] is True
    assert await first.ended()
    assert (await second.ask({"verb": "ping"}))["ok"] is True
    for client in (first, second, third):
        await client.close()


async def test_when_all_are_being_answered_a_new_client_is_told_to_try_again(serve: Start, path: Path) -> None:
    _, desk = await serve(max_connections=1)
    busy = await Client.to(path)
    waiting = asyncio.create_task(busy.ask({"verb": "wait"}))
    await desk.waiting.wait()

    late = await Client.to(path)
    answer = await late.answer()

    assert answer["error"] == "busy: 1 clients are being answered; try again"
    desk.go_on.set()
    await waiting
    await late.close()
    await busy.close()


async def test_a_client_that_left_does_not_stop_what_it_asked_for(serve: Start, path: Path) -> None:
    _, desk = await serve()
    client = await Client.to(path)
    client.writer.write(b'{"verb": "wait"}\n')
    await desk.waiting.wait()
    await client.close()
    desk.go_on.set()

    other = await Client.to(path)

    assert (await other.ask({"verb": "ping"}))["ok"] is True
    await other.close()


async def test_closing_lets_answers_out_and_takes_the_socket_away(path: Path) -> None:
    desk = Desk()
    server = ControlServer(path, desk)
    await server.start()
    idle, busy = await Client.to(path), await Client.to(path)
    await idle.ask({"verb": "ping"})
    waiting = asyncio.create_task(busy.ask({"verb": "wait"}))
    await desk.waiting.wait()

    closing = asyncio.create_task(server.close())
    assert await idle.ended()
    desk.go_on.set()

    assert (await waiting)["ok"] is True
    await busy.close()
    await closing
    assert not path.exists()
    await idle.close()


async def test_a_dead_desks_socket_is_replaced(serve: Start, path: Path) -> None:
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()

    await serve()
    client = await Client.to(path)

    assert (await client.ask({"verb": "ping"}))["ok"] is True
    await client.close()


async def test_a_living_desks_socket_is_not(serve: Start, path: Path) -> None:
    await serve()

    with pytest.raises(ControlSocketError, match="another desk listens here"):
        await ControlServer(path, Desk()).start()
    client = await Client.to(path)
    assert (await client.ask({"verb": "ping"}))["ok"] is True
    await client.close()


async def test_a_file_in_the_way_is_left_alone(path: Path) -> None:
    path.write_text("precious")

    with pytest.raises(ControlSocketError, match="is in the way and no socket"):
        await ControlServer(path, Desk()).start()
    assert path.read_text() == "precious"


async def test_a_path_that_is_too_long_for_a_socket_is_named(path: Path) -> None:
    with pytest.raises(ControlSocketError, match="expected a shorter TRADEDESK_HOME"):
        await ControlServer(path.parent / ("x" * 120), Desk()).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
async def test_another_user_is_not_served() -> None:
    # The kernel would refuse a stranger at the folder already; that is opened, to see the next lock hold.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.sock"
        os.chmod(folder, 0o755)
        server = ControlServer(path, Desk())
        await server.start()
        os.chmod(path, 0o666)
        script = (
            "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
            "print(s.makefile().readline())"
        )

        stranger = await asyncio.create_subprocess_exec(
            "python3", "-c", script, str(path), user=65534, group=65534, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await stranger.communicate()

        assert json.loads(output)["error"] == "not allowed: this desk belongs to another user"
        await server.close()
