"""The tables of a paper account's books. Decimals are plain texts, times integer nanoseconds UTC."""

from __future__ import annotations

from typing import Final

#: Written into the file's header; tells our books from any other SQLite file.
APPLICATION_ID: Final = 0x54445042  # "TDPB"
VERSION: Final = 1

TABLES: Final = """
CREATE TABLE meta(
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE account(
    currency TEXT PRIMARY KEY,
    cash TEXT NOT NULL,
    fees TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE orders(
    seq INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL,
    root_cl_ord_id TEXT NOT NULL,
    cl_ord_id TEXT NOT NULL,
    account TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    ord_type TEXT NOT NULL,
    time_in_force TEXT NOT NULL,
    qty TEXT NOT NULL,
    limit_px TEXT,
    stop_px TEXT,
    expire_ns INTEGER NOT NULL,
    created_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    cum_qty TEXT NOT NULL,
    status TEXT NOT NULL,
    place TEXT NOT NULL,
    elected INTEGER NOT NULL,
    fee_raw TEXT NOT NULL,
    fee TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX open_orders ON orders(seq) WHERE status IN ('NEW', 'PARTIALLY_FILLED');
CREATE TABLE order_versions(
    cl_ord_id TEXT PRIMARY KEY,
    order_seq INTEGER NOT NULL,
    accepted INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE executions(
    seq INTEGER PRIMARY KEY,
    exec_id TEXT NOT NULL,
    cl_ord_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    account TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    last_qty TEXT NOT NULL,
    last_px TEXT NOT NULL,
    ts_ns INTEGER NOT NULL,
    fee TEXT NOT NULL,
    fee_currency TEXT NOT NULL,
    liquidity TEXT NOT NULL,
    broker TEXT NOT NULL
);
CREATE INDEX executions_by_time ON executions(ts_ns);
CREATE TABLE positions(
    symbol TEXT PRIMARY KEY,
    multiplier TEXT NOT NULL,
    qty TEXT NOT NULL,
    cost TEXT NOT NULL,
    realized TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE reserve(
    space BLOB
);
"""
#: The legs of package orders, as JSON. Books of before packages get it when they are opened.
LEGS_TABLE: Final = """
CREATE TABLE IF NOT EXISTS order_legs(
    seq INTEGER PRIMARY KEY,
    legs TEXT NOT NULL
);
"""

ORDER_COLUMNS: Final = (
    "seq, order_id, root_cl_ord_id, cl_ord_id, account, symbol, side, ord_type, time_in_force, qty, limit_px, stop_px, "
    "expire_ns, created_ns, updated_ns, cum_qty, status, place, elected, fee_raw, fee, text"
)
EXECUTION_COLUMNS: Final = (
    "seq, exec_id, cl_ord_id, order_id, account, symbol, side, last_qty, last_px, ts_ns, fee, fee_currency, liquidity, "
    "broker"
)

PUT_ORDER: Final = f"""
INSERT INTO orders({ORDER_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT(seq) DO UPDATE SET cl_ord_id=excluded.cl_ord_id, qty=excluded.qty, limit_px=excluded.limit_px,
    stop_px=excluded.stop_px, updated_ns=excluded.updated_ns, cum_qty=excluded.cum_qty,
    status=excluded.status, place=excluded.place, elected=excluded.elected, fee_raw=excluded.fee_raw,
    fee=excluded.fee, text=excluded.text
"""
PUT_LEGS: Final = "INSERT OR IGNORE INTO order_legs(seq, legs) VALUES (?,?)"
PUT_VERSION: Final = "INSERT INTO order_versions(cl_ord_id, order_seq, accepted) VALUES (?,?,?)"
PUT_EXECUTION: Final = f"INSERT INTO executions({EXECUTION_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
PUT_POSITION: Final = "INSERT OR REPLACE INTO positions(symbol, multiplier, qty, cost, realized) VALUES (?,?,?,?,?)"
PUT_CASH: Final = "INSERT OR REPLACE INTO account(currency, cash, fees) VALUES (?,?,?)"
