"""The journal as a tape: folds facts forward to any moment and, from a state kept on the way, backward again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from engine import facts as f
from engine.evolve import evolve
from engine.facts import Stamped
from engine.journal.uncollected import uncollected
from engine.replay.keepsakes import Keepsakes, Kept
from engine.state import DeskState

#: A long way backward keeps a state so far before its goal: the next steps backward are short.
NEAR: Final = 200
LONG: Final = 2_000
#: A seek looks up from its work every so many facts.
BREATH: Final = 2_000


class FactSource(Protocol):
    """Where facts come from. It is asked again at the end of the tape, since a journal may grow."""

    def after(self, seq: int) -> Iterator[Sequence[Stamped]]:
        """The facts behind `seq`, in order, in batches. Raises JournalError where they can't be trusted."""
        ...


class JournalTape:
    """The state of the desk after fact `seq`. Every fact is folded in order, none is skipped. Use by one thread.

    Seeks are generators that yield the seq they have come to, so that a long one can be watched and given up:
    wherever it is left, the tape stands at a true moment.
    """

    def __init__(self, source: FactSource) -> None:
        self._source = source
        self._keepsakes = Keepsakes()
        self._batches: Iterator[Sequence[Stamped]] = iter(())
        self._batch: Sequence[Stamped] = ()
        self._at = 0
        self.state = DeskState()
        """Another object after each seek backward."""
        self.last: Stamped | None = None
        """The newest fact folded; None at the very beginning."""
        self.sample: Stamped | None = None
        """The newest fact of sampled marks so far."""

    @property
    def seq(self) -> int:
        """The number of the newest fact folded; 0 at the beginning."""
        return self.last.seq if self.last is not None else 0

    def peek(self) -> Stamped | None:
        """The next fact, None at the end of the journal as it is now. Raises JournalError."""
        if self._at == len(self._batch):
            self._batch, self._at = next(self._batches, ()), 0
            if not self._batch:
                self._batches = iter(self._source.after(self.seq))
                self._batch = next(self._batches, ())
        return self._batch[self._at] if self._batch else None

    def step(self) -> Stamped | None:
        """Fold the next fact and return it; None at the end. Raises JournalError."""
        stamped = self.peek()
        if stamped is None:
            return None
        evolve(self.state, stamped.fact, stamped.recorded_ns, stamped.market_ns)
        self._at += 1
        self.last = stamped
        if type(stamped.fact) is f.MarksSampled:
            self.sample = stamped
        return stamped

    def fold_while(self, wanted: Callable[[Stamped], bool]) -> Iterator[int]:
        """Fold on until the next fact is not wanted, or there is none."""
        while True:
            with uncollected():
                for _ in range(BREATH):
                    stamped = self.peek()
                    if stamped is None or not wanted(stamped):
                        return
                    self.step()
            yield self.seq

    def to_seq(self, seq: int) -> Iterator[int]:
        """To the moment right after fact `seq`, in either direction; to the end where there is no such fact yet."""
        if seq < self.seq:
            self._back_to(seq)
            if seq - self.seq > LONG:
                yield from self.fold_while(lambda stamped: stamped.seq <= seq - NEAR)
                self.keep()
        yield from self.fold_while(lambda stamped: stamped.seq <= seq)

    def find_after(self, seq: int, wanted: Callable[[Stamped], bool]) -> int | None:
        """The first fact behind `seq` that is wanted, without folding anything."""
        for batch in self._source.after(seq):
            for stamped in batch:
                if wanted(stamped):
                    return stamped.seq
        return None

    def find_before(self, seq: int, wanted: Callable[[Stamped], bool]) -> int | None:
        """The last fact before `seq` that is wanted, without folding anything."""
        span = 512
        while seq > 1:
            low = max(seq - 1 - span, 0)
            found = None
            for batch in self._source.after(low):
                found = max((s.seq for s in batch if s.seq < seq and wanted(s)), default=found)
                if batch[-1].seq >= seq - 1:
                    break
            if found is not None:
                return found
            seq, span = low + 1, span * 4
        return None

    def keep(self) -> None:
        """Keep this moment: going back to it or to soon after it will be quick."""
        if self.last is not None:
            self._keepsakes.keep(Kept(self.last, self.sample, self.state))

    def _back_to(self, seq: int) -> None:
        """The newest moment kept at or before fact `seq`, else the beginning."""
        kept = self._keepsakes.newest(seq)
        if kept is None:
            self.state, self.last, self.sample = DeskState(), None, None
        else:
            self.state, self.last, self.sample = kept.state, kept.last, kept.sample
        self._batches, self._batch, self._at = iter(()), (), 0
