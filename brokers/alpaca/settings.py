"""Where Alpaca is and who we are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from brokers.errors import SettingsError as SettingsError
from engine.model.secret import Secret

KEY: Final = "ALPACA_API_KEY"
SECRET: Final = "ALPACA_SECRET_KEY"
PAPER_URL: Final = "https://paper-api.alpaca.markets"
LIVE_URL: Final = "https://api.alpaca.markets"
DATA_URL: Final = "https://data.alpaca.markets"
DATA_STREAM: Final = "wss://stream.data.alpaca.markets"
Board = Literal["stocks", "options", "crypto"]
FEEDS: Final = ("iex", "sip")
OPTION_FEEDS: Final = ("indicative", "opra")
PAPER_PREFIX: Final = "PA"
"""How the numbers of paper accounts begin."""


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
    option_feed: str = "indicative"
    timeout_s: float = 5.0
    page_size: int = 100
    """Executions asked for at a time; the broker gives 100 at most."""
    open_page: int = 500
    """The same of open orders; 500 at most."""
    declared_paper: bool | None = None
    """What the environment says of an address that is not the broker's own; None: nothing."""
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

    def feed_of(self, board: Board) -> str:
        return {"stocks": self.feed, "options": self.option_feed, "crypto": "us"}[board]

    def market_url(self, board: Board = "stocks") -> str:
        """That stream of market data, with its feed; where `data_url` is not the broker's own, on that host."""
        if board == "stocks" and self.data_stream_url:
            return self.data_stream_url
        base = self.data_stream_url or (DATA_STREAM if self.data_url == DATA_URL else self.data_url)
        parts = urlsplit(base if base.startswith("ws") else base.replace("http", "ws", 1))
        if board == "stocks" and parts.path.strip("/"):
            return base
        path = {"stocks": "v2", "options": "v1beta1", "crypto": "v1beta3/crypto"}[board]
        return f"{parts.scheme}://{parts.netloc}/{path}/{self.feed_of(board)}"

    def which_keys(self) -> str:
        """What somebody must know whose key was turned away."""
        host = urlsplit(self.base_url).hostname or ""
        ours = {urlsplit(PAPER_URL).hostname: "a paper account", urlsplit(LIVE_URL).hostname: "a live account"}
        kind = ours.get(host, "the account there")
        kinds = {"PK": "a paper account", "AK": "a live account"}
        given = kinds.get(self.key.reveal()[:2])
        odd = f"; the one that is given looks like one of {given}" if given and given != kind and host in ours else ""
        return f"{host} takes the keys of {kind} alone{odd}"

    def is_live(self, account_number: str) -> bool:
        """Whether this is real money: by the host where it is the broker's own, else by what was declared of it, else
        by the number of the account. Whatever is not known to be paper is live."""
        host = urlsplit(self.base_url).hostname or ""
        if host == urlsplit(PAPER_URL).hostname:
            return False
        if host == urlsplit(LIVE_URL).hostname:
            return True
        if self.declared_paper is not None:
            return not self.declared_paper
        return not account_number.startswith(PAPER_PREFIX)


def settings_of(secrets: Mapping[str, Secret], environment: Mapping[str, str], *, live: bool = False) -> AlpacaSettings:
    """With the key and the secret, and by ALPACA_BASE_URL, ALPACA_STREAM_URL, ALPACA_DATA_URL, ALPACA_FEED (iex or
    sip), ALPACA_OPTION_FEED (indicative or opra) and ALPACA_PAPER (true or false) where they are set. `live`: which of
    the broker's addresses is meant where none is set. Raises SettingsError, also where the address is the other one."""
    meant, other = (LIVE_URL, PAPER_URL) if live else (PAPER_URL, LIVE_URL)
    base = (environment.get("ALPACA_BASE_URL") or meant).rstrip("/").removesuffix("/v2")
    if urlsplit(base).scheme not in ("http", "https"):
        raise SettingsError(f"ALPACA_BASE_URL is {base!r}; expected a URL like {meant}")
    if urlsplit(base).hostname == urlsplit(other).hostname:
        mode, kind = ("live", "paper") if live else ("paper", "live")
        raise SettingsError(
            f"ALPACA_BASE_URL is the address of Alpaca's {kind} accounts, and the profile says mode: {mode}; expected"
            f" {meant}"
        )
    feeds = {}
    for name, known in (("ALPACA_FEED", FEEDS), ("ALPACA_OPTION_FEED", OPTION_FEEDS)):
        feeds[name] = environment.get(name) or known[0]
        if feeds[name] not in known:
            raise SettingsError(f"{name} is {feeds[name]!r}; expected {' or '.join(known)}")
    paper = environment.get("ALPACA_PAPER", "").lower()
    if paper not in ("", "true", "false"):
        raise SettingsError(f"ALPACA_PAPER is {paper!r}; expected true or false (of an address that is not Alpaca's)")
    return AlpacaSettings(
        secrets[KEY],
        secrets[SECRET],
        base,
        environment.get("ALPACA_STREAM_URL", ""),
        (environment.get("ALPACA_DATA_URL") or DATA_URL).rstrip("/").removesuffix("/v2"),
        feed=feeds["ALPACA_FEED"],
        option_feed=feeds["ALPACA_OPTION_FEED"],
        declared_paper=None if not paper else paper == "true",
    )
