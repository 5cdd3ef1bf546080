"""The session with a broker: opened, kept, opened again with backoff for as long as the desk runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from engine.inputs import WrongAccount
from engine.model.diagnostics import Trouble
from engine.model.order import BrokerGroup
from engine.protocol import BrokerAdapter, Connected, Disconnected, Gap, Report, TakesGroups, WrongAccountError
from engine.reconcile.identity import Identity
from engine.resilience.backoff import Backoff
from engine.resilience.outcomes import Outcome, outcome_of, words_of

#: Troubles kept for whoever asks.
_KEPT: Final = 50
Post = Callable[[object], None]


class Session:
    """`number` counts the sessions of this process. on_report sees each report before the desk does, on_up and on_down
    follow the session. A broker that is back is used within seconds; refused credentials are tried at a slow pace, so
    that nobody is locked out."""

    def __init__(
        self,
        adapter: BrokerAdapter,
        post: Post,
        wall_ns: Callable[[], int],
        backoff: Backoff,
        *,
        settled_after_s: float,
        auth_retry_s: float,
        connect_timeout_s: float,
        identity: Identity | None = None,
        name: str = "",
        groups: Callable[[], Sequence[BrokerGroup]] = lambda: (),
    ) -> None:
        """`settled_after_s`: a session that lived for less counts as a failed attempt. `identity`: whose account it
        must be; a session with any other is closed before anything is sent on it, and nothing of it is believed.
        `name`: of the connection, where it is not the adapter's. `groups`: what the adapter is to remember of groups
        that the broker holds."""
        self._adapter = adapter
        self.name = name or adapter.name
        self._post = post
        self._wall_ns = wall_ns
        self._backoff = backoff
        self._settled_after_s = settled_after_s
        self._auth_retry_s = auth_retry_s
        self._connect_timeout_s = connect_timeout_s
        self._groups = groups
        self._lost = asyncio.Event()
        self._ended = False
        self._identity = identity
        self._early: list[Report] | None = None
        """Reports of a session of which nobody knows yet whose account it is."""
        self._given_up = False
        """The adapter does not know that its session is over."""
        self.on_report: Callable[[Report], None] = lambda report: None
        self.on_up: Callable[[], None] = lambda: None
        self.on_down: Callable[[], None] = lambda: None
        self.number = 0
        self.connected = False
        self.since_ns = self.heard_ns = 0
        """Wall ns of the newest session's beginning, and of its newest report or answer."""
        self.troubles: deque[Trouble] = deque(maxlen=_KEPT)
        """What went wrong at this connection in this process, oldest first."""

    async def run(self) -> None:
        """Connect, and reconnect, until `end`."""
        attempt, said = 0, ""
        loop = asyncio.get_running_loop()
        while not self._ended:
            error = await self._open()
            if error is not None:
                self.note_trouble(words_of(error, self._connect_timeout_s))
                is_auth = outcome_of(error) is Outcome.AUTH
                wait_s = self._auth_retry_s if is_auth else self._backoff.wait_s(attempt)
                words = words_of(error, self._connect_timeout_s)
                if is_auth:
                    what = "wrong account" if isinstance(error, WrongAccountError) else "credentials refused"
                    words = f"{what}, tried again every {self._auth_retry_s:g} s: {words}"
                if said != ("auth" if is_auth else "down"):
                    # Once for each kind of trouble: a broker that stays away is no news each time.
                    said = "auth" if is_auth else "down"
                    self._post(Disconnected(self.name, words, self._wall_ns()))
                attempt += 1
                await asyncio.sleep(wait_s)
                continue
            said = ""
            began = loop.time()
            await self._lost.wait()
            if loop.time() - began >= self._settled_after_s:
                attempt = 0
            elif not self._ended:
                await asyncio.sleep(self._backoff.wait_s(attempt))
                attempt += 1

    async def _open(self) -> Exception | None:
        """One attempt; the session stands, or why not."""
        self._lost.clear()
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                if self._given_up:
                    # What a new session proves stands on the old one being closed, not only left alone.
                    await self._adapter.disconnect()
                    self._given_up = False
                await self._connect()
        except Exception as error:  # whatever an adapter raises, the next attempt comes
            return error
        if not self._lost.is_set():
            self.connected = True
            self.number += 1
            self.since_ns = self.heard_ns = self._wall_ns()
            self._post(Connected(self.name, self._wall_ns()))
            self.on_up()
        return None

    async def _connect(self) -> None:
        """Connect, and ask whose account it is. Raises WrongAccountError, with the session closed."""
        if isinstance(self._adapter, TakesGroups):
            self._adapter.remember_groups(self._groups())
        if self._identity is None:
            await self._adapter.connect(self._take)
            return
        self._early = []
        wrong = ""
        try:
            await self._adapter.connect(self._take)
            self._given_up = True  # until it is known whose account it is: whatever happens now, it is closed first
            wrong = self._identity.mismatch(await self._adapter.account())
            self._given_up = bool(wrong)
        finally:
            early, self._early = self._early, None
        if wrong:
            self._post(WrongAccount(self.name, wrong))
            with contextlib.suppress(Exception):  # the next attempt closes it again
                await self._adapter.disconnect()
            raise WrongAccountError(wrong)
        for report in early:
            self._take(report)

    def _take(self, report: Report) -> None:
        if self._early is not None:
            self._early.append(report)
            return
        if isinstance(report, Disconnected | Gap) and report.broker != self.name:
            report = msgspec.structs.replace(report, broker=self.name)
        if isinstance(report, Disconnected):
            self._over(report)
            return
        self.heard_ns = self._wall_ns()
        self.on_report(report)
        self._post(report)

    def lose(self, reason: str) -> None:
        """The session is of no use any more: open another."""
        if self.connected:
            self._given_up = True
            self._over(Disconnected(self.name, reason, self._wall_ns()))

    def _over(self, report: Disconnected) -> None:
        # The desk hears of the end before it hears of what died with it: nobody sends anew into nothing.
        self.connected = False
        self._lost.set()
        self.note_trouble(report.reason or "disconnected")
        self._post(report)
        self.on_down()

    def note_trouble(self, words: str) -> None:
        """Keep it for whoever asks how the connection is doing."""
        self.troubles.append(Trouble(self._wall_ns(), words))

    def end(self) -> None:
        """Open no further session."""
        self._ended = True
        self._lost.set()
