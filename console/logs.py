"""The log: JSON lines in the state folder, never on the terminal, with secrets taken out.

The formatting library takes a tenth of the time from command to first paint, and a desk hardly logs at all while it
opens: records wait in memory for the first moments, or until one is serious, and are written then.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import threading
from collections.abc import MutableMapping
from logging.handlers import MemoryHandler, RotatingFileHandler
from typing import Any

from console.config.paths import StatePaths, make_private

MAX_BYTES = 20_000_000
BACKUPS = 3
OPEN_AFTER_S = 2.0
WAITING = 10_000
_SECRET = re.compile(r"(secret|token|password|passwd|pin|api_?key|authorization)", re.IGNORECASE)


def redact(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the values of keys that name a secret."""
    for key in event:
        if _SECRET.search(key):
            event[key] = "***"
    return event


def open_log(state: StatePaths, desk: str = "") -> None:
    """Send the `tradedesk` loggers to log.jsonl (0600, rotated); each line names the `desk`, mode and account. Raises
    OSError when it can't be written."""
    make_private(state.folder)
    os.close(os.open(state.log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    waiting = MemoryHandler(WAITING, flushLevel=logging.CRITICAL + 1)
    root = logging.getLogger("tradedesk")
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(waiting)
    root.setLevel(logging.INFO)
    root.propagate = False

    def attach() -> None:
        if waiting.target is None:
            waiting.setTarget(_file_handler(state, desk))
            waiting.flushLevel = logging.DEBUG
            waiting.flush()

    timer = threading.Timer(OPEN_AFTER_S, attach)
    timer.daemon = True
    timer.start()
    atexit.register(attach)


def _file_handler(state: StatePaths, desk: str) -> logging.Handler:
    import structlog

    def of_desk(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if desk:
            event["desk"] = desk
        return event

    handler = RotatingFileHandler(state.log, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", delay=True)
    shared: list[Any] = [
        of_desk,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    return handler
