"""Reads a placeOrder message: every field by its name, in the order that the protocol's version has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.emulators.ibkr.contracts import Asked, read_legs
from tests.emulators.ibkr.wire import Reader, WireError, number


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_HEAD = _names(
    "secIdType secId action totalQuantity orderType lmtPrice auxPrice tif ocaGroup account openClose origin orderRef "
    "transmit parentId blockOrder sweepToFill displaySize triggerMethod outsideRth hidden"
)
_FA = _names("sharesAllocation discretionaryAmt goodAfterTime goodTillDate faGroup faMethod faPercentage")
_MIDDLE = _names(
    "modelCode shortSaleSlot designatedLocation exemptCode ocaType rule80A settlingFirm allOrNone minQty percentOffset "
    "eTradeOnly firmQuoteOnly nbboPriceCap auctionStrategy startingPrice stockRefPrice delta stockRangeLower "
    "stockRangeUpper overridePercentageConstraints volatility volatilityType dnOrderType dnAuxPrice"
)
_DELTA_NEUTRAL = _names(
    "dnConId dnSettlingFirm dnClearingAccount dnClearingIntent dnOpenClose dnShortSale dnShortSaleSlot "
    "dnDesignatedLocation"
)
_SCALE = _names(
    "continuousUpdate referencePriceType trailStopPrice trailingPercent scaleInitLevelSize scaleSubsLevelSize "
    "scalePriceIncrement"
)
_SCALE_MORE = _names(
    "scalePriceAdjustValue scalePriceAdjustInterval scaleProfitOffset scaleAutoReset scaleInitPosition "
    "scaleInitFillQty scaleRandomPercent"
)
_HEDGE = _names("scaleTable activeStartTime activeStopTime hedgeType")
_CLEARING = _names("optOutSmartRouting clearingAccount clearingIntent notHeld")
_FLAGS = _names("algoId whatIf orderMiscOptions solicited randomizeSize randomizePrice")
_PEG_BENCH = _names(
    "referenceContractId isPeggedChangeAmountDecrease peggedChangeAmount referenceChangeAmount referenceExchangeId"
)
_TAIL = _names(
    "adjustedOrderType triggerPrice lmtPriceOffset adjustedStopPrice adjustedStopLimitPrice adjustedTrailingAmount "
    "adjustableTrailingUnit extOperator softDollarTierName softDollarTierValue cashQty mifid2DecisionMaker "
    "mifid2DecisionAlgo mifid2ExecutionTrader mifid2ExecutionAlgo dontUseAutoPriceForHedge isOmsContainer "
    "discretionaryUpToLimitPrice usePriceMgmtAlgo"
)
#: From this version on the message ends with one more field.
_LATER = ((158, "duration"), (160, "postToAts"), (162, "autoCancelParent"), (166, "advancedErrorOverride"),
          (169, "manualOrderTime"))  # fmt: skip


@dataclass
class Placed:
    """A placeOrder message. `values`: the fields of the order as they came, by name."""

    order_id: int
    asked: Asked
    values: dict[str, str]
    algo: list[tuple[str, str]] = field(default_factory=list)
    combo_params: list[tuple[str, str]] = field(default_factory=list)
    conditions: int = 0

    @property
    def what_if(self) -> bool:
        return self.values["whatIf"] == "1"


def _pairs(reader: Reader) -> list[tuple[str, str]]:
    return [(reader.word(), reader.word()) for _ in range(reader.int())]


def read_order(reader: Reader, version: int) -> Placed:
    """The message behind its number. Raises WireError where it has too few fields, too many, or no number in a field
    that should have one."""
    placed = Placed(reader.int(), Asked.read(reader), {})
    values = placed.values

    def take(names: Sequence[str]) -> None:
        values.update(zip(names, reader.many(len(names)), strict=True))

    take(_HEAD)
    if placed.asked.sec_type == "BAG":
        placed.asked.legs = read_legs(reader, whole=True)
        reader.many(reader.int())  # prices of legs
        placed.combo_params = _pairs(reader)
    take(_FA)
    if version < 177:
        take(["faProfile"])
    take(_MIDDLE)
    if values["dnOrderType"]:
        take(_DELTA_NEUTRAL)
    take(_SCALE)
    if (number(values["scalePriceIncrement"]) or 0) > 0:
        take(_SCALE_MORE)
    take(_HEDGE)
    if values["hedgeType"]:
        take(["hedgeParam"])
    take(_CLEARING)
    if reader.bool():
        reader.many(3)  # the contract of a delta-neutral combination
    take(["algoStrategy"])
    if values["algoStrategy"]:
        placed.algo = _pairs(reader)
    take(_FLAGS)
    if values["orderType"] == "PEG BENCH":
        take(_PEG_BENCH)
    placed.conditions = reader.int()
    if placed.conditions:
        return placed  # none are taken: see refusals
    take(_TAIL)
    take([name for since, name in _LATER if version >= since])
    left = len(reader.rest())
    if left and version >= 170 and not values["orderType"].startswith("PEG") and placed.asked.exchange != "IBKRATS":
        raise WireError(f"{left} more fields than an order has")
    for name in ("totalQuantity", "lmtPrice", "auxPrice", "trailStopPrice", "trailingPercent", "cashQty"):
        number(values[name])
    return placed
