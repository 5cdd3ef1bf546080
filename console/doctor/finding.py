"""One line of the doctor's report."""

from __future__ import annotations

import msgspec

from brokers.checks import Check, Verdict


class Finding(msgspec.Struct, frozen=True):
    """`profile`: whose connection it is; "" for what all desks of this machine share."""

    check: str
    verdict: Verdict
    detail: str
    profile: str = ""

    @classmethod
    def of(cls, check: Check, profile: str) -> Finding:
        """What a broker's own examination found."""
        return cls(check.check, check.verdict, check.detail, profile)
