"""The control socket: another shell's way into a running desk. Newline-delimited JSON objects, one answer each.

It knows peers, lines and limits, and nothing of what a request means: that is the handler's. Nothing that a client
does, or does not do, holds up the loop or another client. The socket is for its owner (0600) and root, or for a group
besides (0660); who a peer is, the kernel says.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import stat
import struct
import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.runtime.logins import uid_of, user_name

log = logging.getLogger("tradedesk.control")

#: sockaddr_un.sun_path: 108 bytes with its final zero on Linux, 104 on macOS.
_MAX_PATH: Final = 107 if sys.platform == "linux" else 103

Request = dict[str, Any]
Response = dict[str, Any]
Handler = Callable[[Request, "Peer"], Awaitable[Response]]


class Peer(msgspec.Struct, frozen=True, gc=False):
    """Who is at the other end, as the kernel says."""

    pid: int
    uid: int
    user: str


class ControlSocketError(Exception):
    """The socket can't be opened; the message names it."""


class _Connection:
    """One client. `idle_since` is the loop's time since when it has nothing to answer; None while it has."""

    def __init__(self, task: asyncio.Task[None], writer: asyncio.StreamWriter, now: float) -> None:
        self.task = task
        self.writer = writer
        self.idle_since: float | None = now


class ControlServer:
    """Serves one socket from the running loop. Start it under the desk's lock: a dead desk's socket is replaced."""

    def __init__(
        self,
        path: Path,
        handler: Handler,
        *,
        max_line: int = 65_536,
        max_connections: int = 16,
        idle_s: float = 300.0,
        write_s: float = 5.0,
        group: int | None = None,
        users: Iterable[str] = (),
    ) -> None:
        """max_line: bytes of one request. idle_s: a client that asks nothing for longer is sent away. write_s: one
        that doesn't take its answer for longer, too. A full house sends its longest idle client away for a new one.

        `group` (a gid): its members may connect as well (0660), and `users` are those of them to be known by name;
        without one the socket is its owner's and root's alone. What each peer may do is the handler's matter."""
        self._path = path
        self._handler = handler
        self._max_line = max_line
        self._max_connections = max_connections
        self._idle_s = idle_s
        self._write_s = write_s
        self._server: asyncio.Server | None = None
        self._inode = 0
        self._connections: set[_Connection] = set()
        self._group = group
        # Looked up once: a name service may be slow, and the loop must not wait for it.
        self._users = {uid: user_name(uid) for uid in (0, os.geteuid())}
        if group is not None:
            self._users |= {uid: name for name in users if (uid := uid_of(name)) is not None}

    async def start(self) -> None:
        """Listen. Raises ControlSocketError when another process does, or the path can't be used."""
        if len(os.fsencode(self._path)) > _MAX_PATH:
            raise ControlSocketError(
                f"{self._path}: a socket's path may have {_MAX_PATH} bytes; expected a shorter TRADEDESK_HOME"
            )
        _clear_stale(self._path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(self._path))
            # Between bind and listen nobody can connect, so the mode is right before anybody could try.
            if self._group is not None:
                os.chown(self._path, -1, self._group)
            os.chmod(self._path, 0o600 if self._group is None else 0o660)
            self._inode = os.stat(self._path).st_ino
            self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=self._max_line)
        except OSError as error:
            listener.close()
            raise ControlSocketError(f"{self._path}: can't listen here: {error.strerror or error}") from None

    async def close(self, grace_s: float = 1.0) -> None:
        """Stop listening; answers under way have `grace_s` to reach their clients."""
        if self._server is not None:
            self._server.close()
        with contextlib.suppress(OSError):
            if os.stat(self._path).st_ino == self._inode:
                os.unlink(self._path)
        for connection in self._connections:
            if connection.idle_since is not None:
                connection.task.cancel()
        if tasks := [connection.task for connection in self._connections]:
            _, late = await asyncio.wait(tasks, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def connections(self) -> int:
        """How many clients there are now."""
        return len(self._connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connection = _Connection(task, writer, asyncio.get_running_loop().time())
        try:
            peer = self._admit(writer)
            if isinstance(peer, str):
                await self._answer(connection, _error(peer))
                return
            self._connections.add(connection)
            while await self._one(reader, connection, peer):
                pass
        except (OSError, TimeoutError):
            writer.transport.abort()  # the client is gone, or takes no answers
        except asyncio.CancelledError:
            # Sent away, or the desk closes; nobody waits for this task, so it just ends.
            writer.transport.abort()
        finally:
            self._connections.discard(connection)
            writer.close()

    def _admit(self, writer: asyncio.StreamWriter) -> Peer | str:
        """The peer, or why it is not served."""
        peer = self._peer(writer.get_extra_info("socket"))
        if peer is None:
            return "not allowed: this desk belongs to another user"
        if len(self._connections) >= self._max_connections:
            idle = [c for c in self._connections if c.idle_since is not None and not c.task.cancelling()]
            if not idle:
                return f"busy: {self._max_connections} clients are being answered; try again"
            min(idle, key=lambda c: c.idle_since or 0.0).task.cancel()
        return peer

    def _peer(self, sock: socket.socket) -> Peer | None:
        pid, uid = peer_ids(sock)
        user = self._users.get(uid)
        if user is None and self._group is not None:
            user = f"uid{uid}"  # let in by the socket's group, and named nowhere: the roles give such a one nothing
        return None if user is None else Peer(pid, uid, user)

    async def _one(self, reader: asyncio.StreamReader, connection: _Connection, peer: Peer) -> bool:
        """Read one line and answer it. False when the client is done, or has to go."""
        connection.idle_since = asyncio.get_running_loop().time()
        last = False
        try:
            line = await asyncio.wait_for(reader.readuntil(b"\n"), self._idle_s)
        except asyncio.IncompleteReadError as error:
            line, last = error.partial, True
        except asyncio.LimitOverrunError:
            await self._answer(connection, _error(f"bad request: longer than {self._max_line} bytes"))
            return False
        connection.idle_since = None
        if not line.strip():
            return not last
        await self._answer(connection, await self._respond(line, peer))
        return not last

    async def _respond(self, line: bytes, peer: Peer) -> bytes:
        try:
            request = msgspec.json.decode(line, type=Request)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            return _error(f"bad request: {error}; expected one JSON object a line")
        try:
            return msgspec.json.encode(await self._handler(request, peer)) + b"\n"
        except Exception as error:  # one request must not take the desk's other clients with it
            log.exception("the control socket failed on %r", request.get("verb"))
            return _error(f"internal error: {type(error).__name__}: {error}")

    async def _answer(self, connection: _Connection, data: bytes) -> None:
        connection.writer.write(data)
        await asyncio.wait_for(connection.writer.drain(), self._write_s)


def peer_ids(sock: socket.socket) -> tuple[int, int]:
    """(pid, uid) of the process at the other end, as the kernel noted them when it connected."""
    if sys.platform == "linux":
        pid, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    else:  # macOS: struct xucred { u_int version; uid_t uid; ... } of LOCAL_PEERCRED, and LOCAL_PEERPID
        _, uid = struct.unpack_from("2I", sock.getsockopt(0, 1, 76))
        pid = sock.getsockopt(0, 2)
    return pid, uid


def _clear_stale(path: Path) -> None:
    """Remove the socket that a dead desk left. Raises ControlSocketError when it lives, or is no socket."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise ControlSocketError(f"{path}: can't be looked at: {error.strerror or error}") from None
    if not stat.S_ISSOCK(mode):
        raise ControlSocketError(f"{path}: is in the way and no socket; expected nothing or a socket there")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            return
        except OSError as error:
            raise ControlSocketError(f"{path}: is in use: {error.strerror or error}") from None
    raise ControlSocketError(f"{path}: another desk listens here")


def _error(text: str) -> bytes:
    """The one line that a request gets which never reached the handler."""
    return msgspec.json.encode({"ok": False, "exit": 2, "error": " ".join(text.split())}) + b"\n"
