"""Where a journal is kept: a SQLite file, or a PostgreSQL server behind a URL that may hold a password."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

_SCHEMES: Final = ("postgresql", "postgres")
#: What of a URL's query says where, and nothing of who.
_SHOWN: Final = frozenset({"host", "port", "dbname", "search_path", "sslmode"})


class PostgresUrl:
    """postgresql://user:password@host:port/database?search_path=schema. Printed without its password; `secret` has it.

    The password may as well come from PGPASSWORD or ~/.pgpass.
    """

    __slots__ = ("_shown", "secret")

    def __init__(self, text: str) -> None:
        """Raises ValueError, without repeating a secret, for what is no such URL."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise ValueError("no URL of PostgreSQL") from None
        if parts.scheme not in _SCHEMES:
            raise ValueError("no URL of PostgreSQL")
        if parts.fragment:
            raise ValueError("a # in the password must be written %23")
        query = urlencode([(key, value) for key, value in parse_qsl(parts.query) if key in _SHOWN], safe="/")
        place = f"{parts.hostname or ''}{f':{port}' if port else ''}{parts.path}{f'?{query}' if query else ''}"
        self._shown = f"postgresql://{f'{parts.username}@' if parts.username else ''}{place}"
        self.secret = text

    def __str__(self) -> str:
        return self._shown

    def __repr__(self) -> str:
        return f"PostgresUrl({self._shown!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PostgresUrl) and other.secret == self.secret

    def __hash__(self) -> int:
        return hash(self.secret)


Place = Path | PostgresUrl


def place_of(text: str) -> Place:
    """The place that a text names, as `text_of` wrote it. Raises ValueError."""
    return PostgresUrl(text) if text.partition("://")[0] in _SCHEMES else Path(text)


def text_of(place: Place) -> str:
    """The place as text, with its password: for no log, no screen and no command line."""
    return place.secret if isinstance(place, PostgresUrl) else str(place)
