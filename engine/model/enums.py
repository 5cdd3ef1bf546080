"""The closed vocabularies of the desk, in FIX terms. Values are what goes into the journal and JSON."""

from __future__ import annotations

from enum import Enum, IntEnum


class _Word(Enum):
    """A closed vocabulary. Members are single, so their identity is their hash: Enum's own is a Python call on every
    look-up, a tenth of the order path."""

    __hash__ = object.__hash__


class Side(_Word):
    """Order side. `sell_short` opens or adds to a short position; `sell` never does (DESIGN §4)."""

    BUY = "buy"
    SELL = "sell"
    SELL_SHORT = "sell_short"

    sign: int
    """+1 for a buy, -1 for both kinds of sale."""
    is_buy: bool

    @property
    def opposite(self) -> Side:
        """The side that takes an execution of this side back."""
        return Side.SELL if self is Side.BUY else Side.BUY


for _side in Side:
    _side.is_buy = _side is Side.BUY
    _side.sign = 1 if _side.is_buy else -1
del _side


class OrdType(_Word):
    """What makes an order executable."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"

    needs_limit: bool
    needs_stop: bool
    waits: bool
    """It does nothing before the market has reached its trigger."""


for _type in OrdType:
    _type.needs_limit = _type in (OrdType.LIMIT, OrdType.STOP_LIMIT)
    _type.needs_stop = _type in (OrdType.STOP, OrdType.STOP_LIMIT)
    _type.waits = _type.needs_stop or _type is OrdType.TRAILING_STOP
del _type


class TimeInForce(_Word):
    """How long an order stays in force."""

    DAY = "day"
    GTC = "gtc"
    GTD = "gtd"
    IOC = "ioc"
    FOK = "fok"
    OPG = "opg"
    CLS = "cls"

    timed: bool
    """It begins or ends at a time of its own, which not every broker keeps."""


for _time in TimeInForce:
    _time.timed = _time in (TimeInForce.GTD, TimeInForce.OPG, TimeInForce.CLS)
del _time


class OrdStatus(_Word):
    """FIX OrdStatus (upper half) and the desk's own states (lower half, DESIGN §4)."""

    PENDING_NEW = "PENDING_NEW"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    PENDING_CANCEL = "PENDING_CANCEL"
    CANCELED = "CANCELED"
    PENDING_REPLACE = "PENDING_REPLACE"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    DONE_FOR_DAY = "DONE_FOR_DAY"
    SUSPENDED = "SUSPENDED"
    STOPPED = "STOPPED"
    CALCULATED = "CALCULATED"

    STAGED = "STAGED"
    DENIED = "DENIED"
    HELD = "HELD"
    UNKNOWN = "UNKNOWN"


class TradingState(IntEnum):
    """What a scope may do; the strictest of all scopes that cover an order wins (a larger number is stricter)."""

    ACTIVE = 0
    REDUCING = 1
    HALTED = 2


class AssetClass(_Word):
    """Instrument classes; each has its own quote-age limits and session rules."""

    EQUITY = "equity"
    ETF = "etf"
    OPTION = "option"
    FUTURE = "future"
    FX = "fx"
    CRYPTO = "crypto"


class AlertLevel(IntEnum):
    """info (log) · notice (toast) · warn (row stays amber) · alarm (bell once, banner until acknowledged)."""

    INFO = 0
    NOTICE = 1
    WARN = 2
    ALARM = 3


class LiquidityFlag(_Word):
    """Whether an execution added or removed liquidity, where the broker says so."""

    MAKER = "maker"
    TAKER = "taker"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> LiquidityFlag:
        """A word that a broker invents must not cost the fill that carries it."""
        return cls.UNKNOWN


class RestatementReason(_Word):
    """Why a broker changed an order of its own accord (FIX ExecRestatementReason)."""

    GT_CORPORATE_ACTION = "gt_corporate_action"
    """The only one that restates what was executed: order_qty, cum_qty and prices in today's shares."""
    GT_RENEWAL = "gt_renewal"
    VERBAL_CHANGE = "verbal_change"
    REPRICING = "repricing"
    BROKER_OPTION = "broker_option"
    PARTIAL_DECLINE = "partial_decline"
    TRADING_HALT = "trading_halt"
    SYSTEM_FAILURE = "system_failure"
    MARKET_OPTION = "market_option"
    NOT_BEST = "not_best"
    WAREHOUSE_RECAP = "warehouse_recap"
    PEG_REFRESH = "peg_refresh"
    OTHER = "other"
