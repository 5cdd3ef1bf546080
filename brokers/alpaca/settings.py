"""Where Alpaca is and who we are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from engine.model.secret import Secret

KEY: Final = "ALPACA_API_KEY"
SECRET: Final = "ALPACA_SECRET_KEY"
PAPER_URL: Final = "https://paper-api.alpaca.markets"
LIVE_URL: Final = "https://api.alpaca.markets"
DATA_URL: Final = "https://data.alpaca.markets"
DATA_STREAM: Final = "wss://stream.data.alpaca.markets/v2"
PAPER_PREFIX: Final = "PA"
"""How the numbers of paper accounts begin."""


class SettingsError(ValueError):
    """A setting is missing or makes no sense; the message names it, and never its value where that is secret."""


class AlpacaSettings(msgspec.Struct, frozen=True):
    """`base_url`: of the trading REST, without a version; `stream_url`: of trade updates, whole; `data_url`: of market
    data REST; `data_stream_url`: of market data, with its feed. `timeout_s`: how long a request may take."""

    key: Secret
    secret: Secret
    base_url: str = PAPER_URL
    stream_url: str = ""
    data_url: str = DATA_URL
    data_stream_url: str = ""
    feed: str = "iex"
    timeout_s: float = 5.0
    page_size: int = 100
    """Executions asked for at a time; the broker gives 100 at most."""
    per_minute: int = 200
    """Requests that the account may make: 200 unless another number was agreed on with the broker."""

    def without_secrets(self, text: str) -> str:
        """Words of the broker or of a library, which might repeat what they were sent."""
        for secret in (self.secret.reveal(), self.key.reveal()):
            text = text.replace(secret, "***")
        return text

    @property
    def updates_url(self) -> str:
        """The stream of trade updates; by default on the host of the REST."""
        return self.stream_url or self.base_url.replace("http", "ws", 1) + "/stream"

    @property
    def data_rest_url(self) -> str:
        """Market data by REST, without a version."""
        parts = urlsplit(self.data_url)
        return f"{parts.scheme.replace('ws', 'http', 1)}://{parts.netloc}"

    @property
    def market_url(self) -> str:
        """The stream of market data, with its feed; where `data_url` is not the broker's own, on that host."""
        if self.data_stream_url:
            return self.data_stream_url
        if self.data_url == DATA_URL:
            return f"{DATA_STREAM}/{self.feed}"
        base = self.data_url if self.data_url.startswith("ws") else self.data_url.replace("http", "ws", 1)
        return base if urlsplit(base).path.strip("/") else f"{base.rstrip('/')}/v2/{self.feed}"

    def is_live(self, account_number: str) -> bool:
        """Whether this is real money: by the host where it is the broker's own, else by the number of the account.
        Whatever is not known to be paper is live."""
        host = urlsplit(self.base_url).hostname or ""
        if host == urlsplit(PAPER_URL).hostname:
            return False
        if host == urlsplit(LIVE_URL).hostname:
            return True
        return not account_number.startswith(PAPER_PREFIX)


def settings_of(secrets: Mapping[str, Secret], environment: Mapping[str, str]) -> AlpacaSettings:
    """With the key and the secret, and by ALPACA_BASE_URL, ALPACA_STREAM_URL and ALPACA_DATA_URL where they are set.
    Raises SettingsError."""
    base = environment.get("ALPACA_BASE_URL", PAPER_URL).rstrip("/").removesuffix("/v2")
    if urlsplit(base).scheme not in ("http", "https"):
        raise SettingsError(f"ALPACA_BASE_URL is {base!r}; expected a URL like {PAPER_URL}")
    return AlpacaSettings(
        secrets[KEY],
        secrets[SECRET],
        base,
        environment.get("ALPACA_STREAM_URL", ""),
        environment.get("ALPACA_DATA_URL", DATA_URL).rstrip("/").removesuffix("/v2"),
    )
