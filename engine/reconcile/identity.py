"""Whether the account that a broker reports is the one that the profile names, and of the same kind of money."""

from __future__ import annotations

import msgspec

from engine.model.snapshot import AccountSnapshot


class Identity(msgspec.Struct, frozen=True):
    """What the profile says: the account's id, and "paper" or "live"."""

    account: str
    mode: str

    def mismatch(self, reported: AccountSnapshot) -> str:
        """Why nothing may be traded there; "" when it is the account that was meant. Both ways: a paper profile is not
        traded on a live account, and a live one not on paper."""
        wrong = []
        if reported.account != self.account:
            wrong.append(f"the broker reports account {reported.account}, the profile says {self.account}")
        if reported.is_live != (self.mode == "live"):
            kind = "live" if reported.is_live else "paper"
            wrong.append(f"account {reported.account} is a {kind} account, the profile says {self.mode}")
        return "; ".join(wrong)
