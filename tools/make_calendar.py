"""Write the trading calendars that the program ships: `make calendar`.

The sessions come from exchange_calendars, which needs pandas and is therefore a development dependency only.
engine/market/session_table.py describes the file.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import exchange_calendars

FOLDER = Path(__file__).resolve().parents[1] / "engine" / "market" / "data" / "sessions"
FIRST, LAST = "1998-01-01", "2027-12-31"
EXCHANGES = ["XNYS"]


def table(name: str) -> str:
    """The text of one exchange's file."""
    calendar = exchange_calendars.get_calendar(name, start=FIRST, end=LAST)
    early = set(calendar.early_closes)
    lines = [
        f"# calendar={name} zone={calendar.tz.key} first={FIRST} last={LAST}"
        f" source=exchange_calendars-{version('exchange_calendars')}",
        "date,open,close,half_day",
    ]
    for session, opened, closed in calendar.schedule[["open", "close"]].itertuples():
        if not session.date() == opened.date() == closed.date():
            raise SystemExit(f"{name} {session.date()}: a session across midnight UTC does not fit the format")
        lines.append(f"{session:%Y-%m-%d},{opened:%H:%M},{closed:%H:%M},{'half' if session in early else ''}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write one file per exchange and say how much it holds."""
    for name in EXCHANGES:
        text = table(name)
        (FOLDER / f"{name}.csv").write_text(text, encoding="ascii")
        print(f"{name}: {text.count(chr(10)) - 2} sessions, {FIRST} to {LAST}")


if __name__ == "__main__":
    main()
