"""The log: JSON lines in the state folder, never on the terminal, with secrets taken out."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import MutableMapping
from logging.handlers import RotatingFileHandler
from typing import Any

import structlog

from console.config.paths import StatePaths, make_private

MAX_BYTES = 20_000_000
BACKUPS = 3
_SECRET = re.compile(r"(secret|token|password|passwd|pin|api_?key|authorization)", re.IGNORECASE)


def redact(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the values of keys that name a secret."""
    for key in event:
        if _SECRET.search(key):
            event[key] = "***"
    return event


def open_log(state: StatePaths) -> None:
    """Send the `tradedesk` loggers to log.jsonl (0600, rotated)."""
    make_private(state.folder)
    handler = RotatingFileHandler(state.log, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", delay=True)
    shared: list[Any] = [
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
    root = logging.getLogger("tradedesk")
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False
    os.close(os.open(state.log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
