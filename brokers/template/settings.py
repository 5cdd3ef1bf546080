"""Where the broker is and who we are there."""

from __future__ import annotations

import msgspec


class TemplateSettings(msgspec.Struct, frozen=True):
    """`connect_s`: how long opening the connection may take, `timeout_s`: a request; `page_size`: how many executions
    are asked for at a time."""

    host: str
    port: int
    user: str
    token: str
    connect_s: float = 5.0
    timeout_s: float = 5.0
    page_size: int = 100

    def __repr__(self) -> str:
        return f"TemplateSettings({self.host}:{self.port}, {self.user}, token not shown)"
