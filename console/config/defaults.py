"""The files of settings that a first start writes: complete, commented, and the same as no file at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from console.config.activity_files import LOCATES, RESTRICTED
from console.config.corporate_file import CORPORATE_ACTIONS
from console.config.errors import ConfigError
from console.config.files import reason
from console.config.hotkeys_example import HOTKEYS
from console.config.limits_file import expected
from console.config.paths import Paths, make_private
from engine.market.sim_names import OTHER_NAMES, US_NAMES
from engine.model.instrument import Instrument
from engine.model.money import plain
from engine.risk.limit_spec import LimitSpec
from engine.risk.limits import LIMIT_SPECS

_DESK: Final = """\
# tradedesk: profiles. A profile is one desk: which account at which broker on which data.
# `tradedesk config` prints what is in force.

default_profile: paper

profiles:
  paper:
    mode: paper                 # paper or live; live needs TRADEDESK_ALLOW_LIVE=1 and the PIN as well
    broker: paper               # the embedded paper broker
    account: PAPER
    data: sim                   # the simulated market; `tradedesk run --replay FILE` plays a recorded day
    currency: USD
    journal:
      url: null                 # null: SQLite in the state folder; or postgresql://USER@HOST:PORT/DATABASE
    kill:
      flatten_grace: 3          # seconds between the kill key and flattening; 0 flattens at once
      keys: [f12, ctrl+x ctrl+x]
      second_person: false      # true: the reset of a kill needs two people, within ten minutes
    hangup: pause               # without a terminal: pause (algos pause, orders stay), keep, cancel, flatten
    live:
      idle_lock: 15             # minutes without a key, then a live desk asks for the PIN again
    pnl_method: average         # average or fifo
    paper:
      cash: 5000000             # opening cash of new books; `tradedesk paper reset` opens new ones
      latency_ms: [5, 50]       # least and most, for each answer of the broker
      slippage_bps: 0           # against the order, on market and stop orders
      commission_per_share: 0
      commission_bps: 0         # of the traded value
      commission_min: 0         # per order
      limit_fill_probability: 1 # how likely a touch fills a resting limit order
      default_display: 1000     # shares shown where a quote has no size
      fx_display: 1000000       # the same for FX, in units of the base currency
      margin: true              # false: no short sale, no buy beyond the cash
      quote_ticks: 0            # this account's own market, so many ticks above the desk's: rehearses several venues
      quote_size: 1             # and its displayed sizes, times this
      seed: 1                   # equal seeds give equal latencies and fills
      socket: null              # null: inside the desk; or the socket of `python -m brokers.paper.serve`
    sim:
      seed: 1                   # equal seeds give equal markets
    groups: broker              # brackets, oco, oto: handed whole to a broker that holds them; desk: kept here
    benchmark: SPY              # what beta is measured against; null: nothing
    history: null               # bars of the days before a replay (folders or files): daily ones for VaR, beta,
                                # correlation and average volume, intraday ones for VWAP's volume profile
    resilience:                 # patience with the broker, in seconds
      request_timeout: 5        # a request without an answer for so long: an order is UNKNOWN, a read is tried again
      retries: 3                # of reads and cancels; an order or replace is never sent a second time
      retry_first: 1            # 1, 2, 4 s
      retry_jitter: 0.1         # each wait x (1 +- this)
      breaker_failures: 5       # so many failures in a row: new orders are withheld, cancels and reads still try
      breaker_open: 60          # then a read decides
      check_orders: 10          # an order without an acknowledgement is asked about, never cancelled
      health: 30                # a cheap read, for health, latency and the broker's clock
      health_slow: 2
      health_down_after: 3      # unanswered health reads until the session is made anew
      skew_warn: 0.5            # the broker's clock against ours
      skew_stop: 2              # beyond it no order that increases risk goes out
      reserved_rate: 0.2        # share of the broker's published rate that only cancels and liquidation use
      rate_margin: 0.05         # added to each window of the rate: what leaves evenly may arrive bunched
      queue_timeout: 5          # an order that waits longer for its turn is withheld
      reconnect_first: 0.25
      reconnect_longest: 3
      auth_retry: 60            # refused credentials are not hammered
      order_timeouts:           # a working order is cancelled after so long; off = never
        manual: off
        gtc: off
        stop: off
        contingent: off
        algo: 300               # entries of algos and strategies
        strategy: 300
    unknown:                    # orders whose outcome is not known
      new_session_after_s: 20   # not found for so long: a new broker session, in which that is proof; 0: never
      resend_within_s: 0        # so long the same id may go out again, where the broker enforces ids; 0: never
    targets:                    # what `tradedesk performance` and its pane (key 0) measure the desk's work against
      send_ms: 50               # from decision to send, 99 of 100 orders faster than this
      order_success: 0.999      # orders that the broker takes: more than this share
      limit_fill_rate: 0.95     # of limit orders, as they end
      expected_price: 0.90      # fills at the expected price, better, or one tick worse
      slippage: 0.0005          # of the traded value, less than this
      errors: 0.001             # of all requests to the broker, less than this
      reconciled: 1             # comparisons with the broker after which no position differs
    theme: auto                 # what suits the terminal; okabe_ito, red_green, light, high_contrast, colours_256,
                                # sixteen, monochrome, plain, or the NAME of your own themes/NAME.toml
    alerts:
      bell: true                # alarms ring the terminal's bell; `bell off` for one console
      bell_every: 10            # seconds between two rings at least: a storm of alarms is one ring, its banner counts
    # hooks:                    # who else is told of alerts; docs/hooks.md
    #   - name: pager
    #     command: [/usr/local/bin/page, --desk]  # run without a shell, gets JSON on its input; or url: https://...
    #     level: alarm          # this level and above: info, notice, warn, alarm
    #     codes: []             # only these kinds, like [KILL, ALERT]; []: all
    #     timeout: 10           # seconds
    #     every: 1              # seconds between two calls at least; what comes meanwhile goes with the next one
    # accounts:                 # further accounts of this desk, each with a broker connection of its own
    #   - name: PAPER2          # buy 100 aapl lmt 190 @PAPER2
    #     broker: paper@SOCKET  # or paper; `paper:` below it as above
  # alpaca:                     # an account at Alpaca: ALPACA_API_KEY and ALPACA_SECRET_KEY in the environment or
  #   broker: alpaca            # secrets.yaml (docs/secrets.md); `tradedesk run --profile alpaca` (docs/brokers.md)
  #   account: PA3XXXXXXXXX     # its number there
  #   data: alpaca
  # ibkr:                       # Interactive Brokers, by TWS or IB Gateway on this computer (docs/brokers.md)
  #   broker: ibkr
  #   account: DU1234567        # as TWS shows it
  #   data: ibkr
  #   ibkr:
  #     port: 7497              # TWS 7497 paper, 7496 live; Gateway 4002 paper, 4001 live
"""

_UNIVERSE_HEAD: Final = """\
# tradedesk: what may be traded. Orders in anything else are refused.
# SYMBOL: {name, sector, class: equity, etf, option, future, fx or crypto, tick: price step, lot: quantity step}
# Also: currency, base (of fx and crypto), min_qty, max_qty, multiplier, calendar, underlying (of an option).
# Options on these stocks need no entry: name one by its OCC symbol (AAPL260116C00200000) and it is listed.
# A future is named by its code and says what its contract is; expiry: its last trade, exchange time:
#   ESH27: {class: future, exchange: CME, expiry: 2027-03-19 09:30, multiplier: 50, tick: 0.25, margin: 25000}
# Also: root, month, maintenance (money a contract to keep it), warn_days (5). The simulated market has ES, MES, NQ,
# MNQ, RTY, M2K, YM, MYM, CL, GC and ZN.

instruments:
"""

#: What the recorded days have beyond the simulated market's names.
_RECORDED_TOO: Final = (Instrument(symbol="FOXA", sector="Communication Services", name="Twenty-First Century Fox"),)

_ROLES: Final = """\
# tradedesk: who may do what, by the login name of the peer on the control socket.
# Without users and groups, whoever owns the state folder has every role.
# Roles: viewer (look), trader (orders, algos), risk_manager (resume, limits, bookings, cancels), admin (everything, and
# the PIN's reset). docs/roles.md has the table. Anybody may halt and pull the kill switch.

users: {}
#  alice: [trader]
#  bob: [risk_manager]
groups: {}                      # of the system; read at each start
#  desk: [viewer]
instruments: {}                 # whom to bind to some symbols (their options too); closing is always allowed
#  alice: [AAPL, MSFT]
socket_group: null              # whose members reach the desk from their own logins; null: its owner (and root) alone
"""

_KEYMAP: Final = """\
# tradedesk: your own keys. One line per action; `tradedesk keys` lists the actions and their keys.
# [keys]
# "some.action" = "x"
# "other.action" = ["f5", "r"]
# What has that key by default loses it, and a warning says so; kill, out, send and the command line keep theirs.
"""


def default_texts(paths: Paths) -> dict[Path, str]:
    """Every file that a first start writes, with its text."""
    return {
        paths.desk_file: _DESK,
        paths.risk_file: _risk_text(),
        paths.universe_file: _UNIVERSE_HEAD + "".join(_instrument_line(instrument) for instrument in _universe()),
        paths.corporate_file: CORPORATE_ACTIONS,
        paths.restricted_file: RESTRICTED,
        paths.locates_file: LOCATES,
        paths.roles_file: _ROLES,
        paths.keymap_file: _KEYMAP,
        paths.hotkeys_of("paper"): HOTKEYS,
    }


def write_missing(paths: Paths) -> tuple[Path, ...]:
    """Write those files that are not there; what a user wrote is never touched. Returns the new ones."""
    make_private(paths.config)
    written = []
    for path, text in default_texts(paths).items():
        if _write_new(path, text):
            written.append(path)
    return tuple(written)


def _write_new(path: Path, text: str) -> bool:
    """Write the file in one step, so that a crash leaves all of it or none."""
    if os.path.lexists(path):
        return False
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
        finally:
            os.unlink(draft)
    except OSError as error:
        raise ConfigError.at(path, f"can't be written ({reason(error)}); expected a writable folder") from None
    return True


def comment_of(spec: LimitSpec) -> str:
    """The line above a limit in risk_params.yaml: what it means and takes."""
    return f"# {spec.doc}. {expected(spec)[0].upper()}{expected(spec)[1:]}."


def _risk_text() -> str:
    lines = [
        "# tradedesk: the limits every order must pass. A limit is a value or `off`; an absent key refuses orders",
        "# (LIMIT_MISSING; `tradedesk risk complete` writes it). Shares: 0.10 = 10 %. Money in the profile's currency.",
    ]
    open_groups: list[str] = []
    for spec in LIMIT_SPECS:
        *groups, name = spec.key.split(".")
        for depth, group in enumerate(groups):
            if open_groups[depth : depth + 1] != [group]:
                lines += ["", f"{group}:"] if depth == 0 else [f"{'  ' * depth}{group}:"]
                open_groups = groups[: depth + 1]
        open_groups = groups
        indent = "  " * len(groups)
        lines += [f"{indent}{comment_of(spec)}", f"{indent}{name}: {spec.default}"]
    return "\n".join(lines) + "\n"


def _universe() -> tuple[Instrument, ...]:
    return (*(name.instrument() for name in US_NAMES), *_RECORDED_TOO, *(name.instrument() for name in OTHER_NAMES))


def _instrument_line(instrument: Instrument) -> str:
    sector = f"sector: {instrument.sector}, " if instrument.sector else ""
    grid = f"tick: {plain(instrument.tick)}, lot: {plain(instrument.lot)}"
    kind = instrument.asset_class.value
    if instrument.base:
        grid += f", base: {instrument.base}, currency: {instrument.currency}"
    return f"  {instrument.symbol}: {{name: {instrument.name}, {sector}class: {kind}, {grid}}}\n"
