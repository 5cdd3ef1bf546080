"""What an examination of a connection finds, a line each."""

from __future__ import annotations

from typing import Literal

import msgspec

Verdict = Literal["ok", "warn", "FAIL"]


class Check(msgspec.Struct, frozen=True):
    """`check`: what was looked at; `detail`: what is there, and where it is wrong what to do about it."""

    check: str
    verdict: Verdict
    detail: str
