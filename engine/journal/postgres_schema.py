"""The journal's table on a PostgreSQL server: how it is made, opened and refused."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from engine.journal.chain import Head
from engine.journal.errors import JournalError, JournalWriteError, NoJournalError
from engine.journal.place import PostgresUrl
from engine.journal.schema import head_of

if TYPE_CHECKING:
    from asyncpg import Connection

VERSION: Final = "tradedesk journal 1"
_COLUMNS: Final = {
    "seq": "bigint", "recorded_ns": "bigint", "market_ns": "bigint", "kind": "text", "payload": "text",
    "prev_hash": "text", "hash": "text",
}  # fmt: skip
#: Their types in pg_trigger are sums: each row 1, before 2, delete 8, update 16, truncate 32.
_TRIGGERS: Final = {"facts_refuse_change": 1 | 2 | 8 | 16, "facts_refuse_truncate": 2 | 32}
_SCHEMA: Final = f"""
CREATE TABLE facts (seq bigint PRIMARY KEY, recorded_ns bigint NOT NULL, market_ns bigint NOT NULL,
  kind text NOT NULL, payload text NOT NULL, prev_hash text NOT NULL, hash text NOT NULL);
COMMENT ON TABLE facts IS '{VERSION}';
CREATE FUNCTION facts_refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$;
CREATE TRIGGER facts_refuse_change BEFORE UPDATE OR DELETE ON facts
  FOR EACH ROW EXECUTE FUNCTION facts_refuse();
CREATE TRIGGER facts_refuse_truncate BEFORE TRUNCATE ON facts
  FOR EACH STATEMENT EXECUTE FUNCTION facts_refuse();
"""
SELECT_HEAD: Final = "SELECT seq, hash FROM facts ORDER BY seq DESC LIMIT 1"
SELECT_HASH: Final = "SELECT hash FROM facts WHERE seq = $1"
#: Rows that no reader meets: before the first, and behind one of the same number (the key was dropped).
SELECT_STRAY: Final = (
    "SELECT seq FROM facts WHERE seq <= $1 UNION ALL SELECT seq FROM facts GROUP BY seq HAVING count(*) > 1"
    " ORDER BY seq LIMIT 1"
)
SELECT_AFTER: Final = (
    "SELECT seq, recorded_ns, market_ns, kind, payload, prev_hash, hash FROM facts WHERE seq > $1 ORDER BY seq LIMIT $2"
)
#: One lock a schema: held by the session of the one desk that writes.
_LOCK_KEY: Final = "hashtextextended('tradedesk journal ' || current_schema(), 0)"
_NEEDED: Final = {"fsync": "on", "full_page_writes": "on", "server_encoding": "UTF8"}


def driver() -> ModuleType:
    """asyncpg. Raises JournalError, naming the extra, where it is not installed."""
    try:
        return importlib.import_module("asyncpg")
    except ImportError:
        raise JournalError(
            "journal.url: the PostgreSQL driver is not installed; pip install 'tradedesk[postgres]'"
        ) from None


@contextmanager
def explained(url: PostgresUrl, error_type: type[JournalError] = JournalError) -> Iterator[None]:
    """Turn what the driver raises into one line that names the server and no secret."""
    asyncpg = driver()
    try:
        yield
    except (
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        # A session that the server ended while a request was being sent leaves the driver in a state of its own.
        asyncpg.InternalClientError,
        OSError,
        TimeoutError,
        ValueError,
    ) as error:
        said = " ".join(str(error).split()).replace(url.secret, str(url))
        raise error_type(f"{url}: {said or type(error).__name__}") from error


async def connect(url: PostgresUrl, timeout_s: float, settings: Mapping[str, str]) -> Connection:
    """A session of that server. Raises JournalError when there is none to be had."""
    with explained(url):
        # asyncpg writes the password into no message of its own.
        connection: Connection = await driver().connect(
            url.secret,
            timeout=timeout_s,
            command_timeout=timeout_s,
            server_settings={"application_name": "tradedesk", **settings},
        )
        return connection


async def prepare_writer(url: PostgresUrl, connection: Connection) -> None:
    """Make the table where there is none, and see that commits are durable. Raises JournalError."""
    with explained(url):
        for name, wanted in _NEEDED.items():
            found = await connection.fetchval("SELECT current_setting($1)", name)
            if found != wanted:
                raise JournalError(f"{url}: {name}={found}, expected {wanted}: the journal would not be safe there")
        # Whatever the server's or the role's default: a commit is on the disk when it is answered.
        if await connection.fetchval("SELECT current_setting('synchronous_commit')") == "off":
            await connection.execute("SET synchronous_commit = on")
        if await connection.fetchval("SELECT to_regclass('facts')") is None:
            async with connection.transaction():
                await connection.execute(_SCHEMA)
    await check_table(url, connection)


async def lock(connection: Connection) -> bool:
    """Whether this session is now the journal's one writer."""
    taken: bool = await connection.fetchval(f"SELECT pg_try_advisory_lock({_LOCK_KEY})")
    return taken


async def check_table(url: PostgresUrl, connection: Connection) -> None:
    """Raise JournalError unless the table is a journal of ours that nobody has altered."""
    with explained(url):
        if await connection.fetchval("SELECT to_regclass('facts')") is None:
            raise NoJournalError(f"{url}: has no table facts; expected tradedesk's journal")
        version = await connection.fetchval("SELECT obj_description('facts'::regclass)")
        columns = await connection.fetch(
            "SELECT attname::text AS name, format_type(atttypid, NULL) AS type FROM pg_attribute"
            " WHERE attrelid = 'facts'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
        triggers = await connection.fetch(
            "SELECT tgname::text AS name, tgtype AS type FROM pg_trigger"
            " WHERE tgrelid = 'facts'::regclass AND NOT tgisinternal AND tgenabled IN ('O', 'A')"
        )
    if version != VERSION:
        raise JournalError(f"{url}: the table facts says {version!r}; this program knows {VERSION!r}")
    if {row["name"]: row["type"] for row in columns} != _COLUMNS:
        raise JournalError(f"{url}: the table facts is altered; expected the columns {', '.join(_COLUMNS)}")
    if {row["name"]: row["type"] for row in triggers} != _TRIGGERS:
        raise JournalError(f"{url}: the triggers that refuse changes are missing or altered")


async def read_head(url: PostgresUrl, connection: Connection) -> Head:
    """Where the journal ends. Raises JournalError, JournalWriteError."""
    with explained(url, JournalWriteError):
        found = await connection.fetchrow(SELECT_HEAD)
    values: tuple[Any, Any] | None = None if found is None else (found["seq"], found["hash"])
    return head_of(url, values)
