"""Errors that are the user's to mend: shown as one line, exit code 1."""

from __future__ import annotations

from brokers.errors import SettingsError
from brokers.paper.books import BooksError
from console.broker_setup import BrokerMismatchError, UnknownBrokerError, UnknownDataError
from console.config.errors import ConfigError
from console.live.errors import LiveRefusedError
from console.pin.hash import HashError
from console.pin.vault import PinError
from console.secrets.search import SecretsError
from engine.journal.errors import JournalError
from engine.market.calendar import CalendarError
from engine.market.replay import StartTimeError
from engine.market.tape import TapeError
from engine.runtime.lock import LockHeldError

USER_ERRORS = (
    BooksError,
    BrokerMismatchError,
    ConfigError,
    HashError,
    JournalError,
    LiveRefusedError,
    CalendarError,
    StartTimeError,
    TapeError,
    LockHeldError,
    PinError,
    SecretsError,
    SettingsError,
    UnknownBrokerError,
    UnknownDataError,
    TimeoutError,
    OSError,
)
