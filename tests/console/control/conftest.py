"""A desk double behind a real control socket, in a thread of its own, as an engine is."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.config.defaults import write_missing
from console.config.load import load_config
from console.config.paths import Paths, StatePaths, make_private
from console.control_handler import ControlHandler, Patience
from console.market_setup import simulated
from engine.runtime.clock import WallClock
from engine.runtime.control import ControlServer
from engine.runtime.lock import DeskLock
from tests.console.control.desk_double import DeskDouble

#: Short where a test has to wait it out, long where it must not come to that.
PATIENCE = Patience(decision=0.3, acknowledgement=0.3, quote=2.0, look=0.002)


class ServedDesk:
    """What the tests hold: the double, and where it is served."""

    def __init__(self, desk: DeskDouble, state: StatePaths) -> None:
        self.desk = desk
        self.state = state


@pytest.fixture
def state(home: Path) -> StatePaths:
    paths = Paths.of(os.environ)
    write_missing(paths)
    state = paths.state_of("paper", "PAPER")
    make_private(state.folder)
    return state


@pytest.fixture
def serve(state: StatePaths) -> Iterator[Callable[..., ServedDesk]]:
    """Start a served desk; `patience` and the roles can be given."""
    ends: list[Callable[[], None]] = []

    def start(patience: Patience = PATIENCE) -> ServedDesk:
        desk = DeskDouble()
        config = load_config(Paths.of(os.environ))
        market = simulated(config.universe, 1, WallClock())
        handler = ControlHandler(desk, market, config, patience)
        server = ControlServer(state.socket, handler.handle)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="served desk")
        thread.start()
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        lock = DeskLock(state.lock)
        lock.acquire(headless=True)
        real_stop = desk.stop

        def stop(how: str, reason: str) -> object:
            lock.release()
            return real_stop(how, reason)  # type: ignore[arg-type]

        desk.stop = stop  # type: ignore[method-assign,assignment]

        def end() -> None:
            asyncio.run_coroutine_threadsafe(server.close(0.2), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
            lock.release()

        ends.append(end)
        return ServedDesk(desk, state)

    yield start
    for end in ends:
        end()


@pytest.fixture
def served(serve: Callable[..., ServedDesk]) -> ServedDesk:
    return serve()
