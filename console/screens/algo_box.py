"""One algo in full: schedule against actual and the market around it as charts, its slices, and the keys that steer it.

The rows of the view follow every frame; slices and charts are asked of the engine once a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

import msgspec
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import Key, Resize

from console import actions
from console.screens.box_keys import is_key
from console.screens.boxes import DetailBox, TextLines
from engine.model.charts import AlgoDetail
from engine.views import AlgoRow, DeskView
from widgets.cost_lines import cost_lines
from widgets.details import algo_title
from widgets.format import plain, price, quantity
from widgets.lines import Line
from widgets.notation import Notation

if TYPE_CHECKING:
    from widgets.plot import Chart, Curve, Level

_EVERY_NS: Final = 1_000_000_000
_SECOND_NS: Final = 1_000_000_000
#: The keys of an algo's row that are heard here too, in the order of the footer.
CONTROLS: Final = ("pause", "algo.amend", "algo.repace", "algo.finish", "algo.cancel")


class AlgoDesk(msgspec.Struct, frozen=True):
    """What the box needs of its desk: who answers, and what its keys do (by the action's id; empty in the past)."""

    detail: Callable[[int], Future[AlgoDetail | None]]
    clock: Callable[[], int]
    keys: Mapping[str, str]
    controls: Mapping[str, Callable[[AlgoRow], None]]


class AlgoBox(DetailBox):
    """Follows one algo until Esc."""

    explanation = (
        "What the algo has done against its schedule, the market around it, its slices and what they cost. Everything "
        "here follows the desk. Up, Down, PgUp and PgDn scroll; Esc, q or Enter close.",
        "Pause and resume act at once; the other keys write a line on the command line, where Enter sends it.",
    )

    def __init__(self, algo: AlgoRow, view: DeskView, notation: Notation, desk: AlgoDesk) -> None:
        self._algo = algo
        self._notation = notation
        self._desk = desk
        self._detail: AlgoDetail | None = None
        self._problem = ""
        self._view = view
        self._asking: asyncio.Task[None] | None = None
        self._next_ns = 0
        self._slices = TextLines()
        self._charts: tuple[Chart, Chart] | None = None
        super().__init__(algo_title(algo), self._lines, view)
        self._box.add_class("-wide")
        self._box.border_subtitle = self._hint()
        known = {action.id: action.help for action in actions.ACTIONS}
        self.own_keys = [(actions.key_name(desk.keys[i]), known[i]) for i in CONTROLS if i in desk.controls]

    def _hint(self) -> str:
        words = {action.id: action.label for action in actions.ACTIONS}
        named = [f"{actions.key_name(self._desk.keys[i])} {words[i]}" for i in CONTROLS if i in self._desk.controls]
        return "  ".join([*named, "Esc closes"])

    def compose(self) -> ComposeResult:
        from widgets.plot import Chart

        tick = self._algo.tick
        done = Chart(self._notation, lambda value: quantity(value.to_integral_value()), exact=True)
        market = Chart(self._notation, lambda value: price(value, tick))
        self._charts = (done, market)
        with self._box, VerticalScroll(can_focus=False):
            yield self._text
            with Horizontal(id="charts"):
                with Vertical():
                    yield TextLines([self._legend("done", "up", "schedule", "dim")])
                    yield done
                with Vertical():
                    yield TextLines(
                        [self._legend("market", "normal", "fills", "up", "arrival", "key", "limit", "warn")]
                    )
                    yield market
            yield self._slices

    @staticmethod
    def _legend(*words: str) -> Line:
        return [(f" {text}", style) for text, style in zip(words[::2], words[1::2], strict=True)]

    def on_mount(self) -> None:
        super().on_mount()
        self._fit()
        self._ask()

    def on_resize(self, event: Resize) -> None:
        self._fit()

    def _fit(self) -> None:
        """Charts take what a tall screen has to spare."""
        for chart in self._charts or ():
            chart.styles.height = 13 if self.app.size.height >= 36 else 9

    def on_unmount(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    def show(self, view: DeskView) -> None:
        self._view = view
        super().show(view)
        self._ask()

    def _lines(self, view: DeskView) -> Sequence[Line] | None:
        from widgets.algo_lines import state_lines

        algo = next((a for a in view.algos if a.id == self._algo.id), None)
        if algo is None:
            return None
        self._algo = algo
        cost = next((c for c in view.costs if c.key == f"algo {algo.id}"), None)
        lines = state_lines(algo, self._detail, cost, self._notation)
        if self._problem:
            lines.append([(f" its slices can't be told: {plain(self._problem)}", "warn")])
        return lines

    # What is asked of the engine ------------------------------------------------------------------------------

    def _ask(self) -> None:
        if (self._asking is None or self._asking.done()) and self._desk.clock() >= self._next_ns:
            self._next_ns = self._desk.clock() + _EVERY_NS
            self._asking = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        try:
            detail = await asyncio.wrap_future(self._desk.detail(self._algo.id))
        except Exception as error:  # a desk that can't answer is told in the box; the console must stay
            self._problem = str(error) or type(error).__name__
        else:
            self._problem = ""
            if detail is not None:
                self._detail = detail
                self._draw(detail)
        super().show(self._view)

    def _draw(self, detail: AlgoDetail) -> None:
        from widgets.algo_lines import slice_lines

        cost = next((c for c in self._view.costs if c.key == f"algo {self._algo.id}"), None)
        costs: list[Line] = [[], *cost_lines(cost)] if cost is not None else []
        self._slices.show([*slice_lines(detail, self._algo.tick, self._notation), *costs])
        if self._charts is not None:
            done, market = self._charts
            done.show(*_progress(detail))
            market.show(*_market(detail, self._notation))

    def pressed(self, event: Key) -> None:
        for name in CONTROLS:
            control = self._desk.controls.get(name)
            if control is not None and is_key(event, self._desk.keys[name]):
                if name != "pause":
                    self.answer(None)
                control(self._algo)
                return
        super().pressed(event)


def _progress(detail: AlgoDetail) -> tuple[list[Curve], list[Level], tuple[int, int]]:
    from widgets.plot import Curve

    actual = detail.actual
    last = (detail.now_ns if detail.now_ns < detail.end_ns or not detail.end_ns else detail.end_ns, actual[-1][1])
    actual = (*actual, last) if last[0] > actual[-1][0] else actual
    starts = [points[0][0] for points in (detail.schedule, actual) if points]
    ends = [points[-1][0] for points in (detail.schedule, actual) if points]
    curves = [Curve(detail.schedule, "dim", "."), Curve(actual, "up", "#")]
    return [curve for curve in curves if curve.points], [], (min(starts), max(ends))


def _market(detail: AlgoDetail, notation: Notation) -> tuple[list[Curve], list[Level], tuple[int, int] | None]:
    from widgets.plot import Curve, Level

    fills = tuple((fill.ts_ns, fill.px) for fill in detail.fills)
    curves = [Curve(detail.prices, "normal", "."), Curve(fills, "up", notation.glyphs.on, "dots")]
    curves = [curve for curve in curves if curve.points]
    levels = [(detail.arrival_px, "key"), (detail.limit_px, "warn"), (detail.would_px, "warn")]
    seen = [value for curve in curves for _, value in curve.points] + [v for v in (detail.arrival_px,) if v is not None]
    near = (max(seen) - min(seen)) * 3 + max(seen) / 200 if seen else 0
    # A limit far away would squeeze the market to a line: it is in the text above.
    shown = [
        Level(v, style) for v, style in levels if v is not None and seen and min(seen) - near <= v <= max(seen) + near
    ]
    return curves, shown, None
