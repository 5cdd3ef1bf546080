"""What an audit found in one of the files beside the journal's table."""

from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """A place and what is wrong there. `harmless`: a crash leaves the same, and the next start mends it."""

    place: str
    what: str
    harmless: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class Checked(msgspec.Struct, frozen=True):
    """One part of an audit: how many of what were looked at, and what was found."""

    count: int
    unit: str
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return all(finding.harmless for finding in self.findings)
