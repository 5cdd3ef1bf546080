"""What tradedesk.yaml may say about alerts: the bell, and the hooks that tell the world outside."""

from __future__ import annotations

import urllib.parse
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator, model_validator

from console.hooks.hook import Hook
from engine.model.enums import AlertLevel

_SECOND_NS = 1_000_000_000
LevelName = Literal["info", "notice", "warn", "alarm"]


class AlertsConfig(BaseModel):
    """How the console rings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bell: bool = Field(default=True, description="true: alarms ring; false: they never do")
    bell_every: Decimal = Field(
        default=Decimal(10), ge=1, le=3600, max_digits=8, description="seconds between two rings at least, 1 to 3600"
    )

    @property
    def bell_every_ns(self) -> int:
        return int(self.bell_every * _SECOND_NS)


class HookConfig(BaseModel):
    """Something outside that is told of alerts: a program, or an address on the web."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$", description="a name for messages, like pager")
    command: tuple[Annotated[str, Field(max_length=4096)], ...] = Field(
        default=(),
        max_length=64,
        description="a list: a program by its whole path, then its arguments, like [/usr/local/bin/page, --desk]",
    )
    url: str | None = Field(default=None, max_length=2048, description="an address, like https://example.org/hook")
    level: LevelName = Field(default="alarm", description="info, notice, warn or alarm: this level and above")
    codes: tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,39}$")], ...] = Field(
        default=(), description="a list of the kinds to tell of, like [KILL, ALERT]; an empty one: all"
    )
    timeout: Decimal = Field(default=Decimal(10), gt=0, le=60, max_digits=8, description="seconds, up to 60")
    every: Decimal = Field(
        default=Decimal(1),
        ge=0,
        le=3600,
        max_digits=8,
        description="seconds between two calls at least, 0 to 3600; what comes meanwhile goes with the next one",
    )

    @field_validator("command")
    @classmethod
    def _by_its_path(cls, command: tuple[str, ...]) -> tuple[str, ...]:
        if command and not command[0].startswith("/"):
            raise ValueError("the program is not named by its whole path")
        return command

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        if url is not None:
            parts = urllib.parse.urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("not http or https with a host")
        return url

    @model_validator(mode="after")
    def _one_way(self) -> HookConfig:
        if bool(self.command) == (self.url is not None):
            raise ValueError("a hook has either a command or a url")
        return self

    @field_serializer("url")
    def _without_secret(self, url: str | None) -> str | None:
        """What stands behind the host is often a secret."""
        if url is None:
            return None
        parts = urllib.parse.urlsplit(url)
        return f"{parts.scheme}://{parts.hostname}/…"

    def hook(self) -> Hook:
        """For the desk."""
        return Hook(
            self.name,
            self.command,
            self.url or "",
            AlertLevel[self.level.upper()],
            frozenset(self.codes),
            float(self.timeout),
            float(self.every),
        )
