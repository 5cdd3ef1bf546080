"""What the monkey does, as a seeded sequence: keys as terminals send them, halves of them, lines, pastes, windows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Literal, NamedTuple

ESC = "\x1b"
ARROWS = [ESC + "[" + letter for letter in "ABCD"] + [ESC + "O" + letter for letter in "ABCD"]
FUNCTION_KEYS = [
    *(ESC + "O" + letter for letter in "PQRS"),
    *(ESC + f"[{number}~" for number in (11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23)),
    *(ESC + "[[" + letter for letter in "ABCDE"),
]
KILL = ESC + "[24~"
MOVES = [*ARROWS, "\t", ESC + "[Z", ESC + "[H", ESC + "[F", ESC + "[5~", ESC + "[6~", ESC + "[2~", ESC + "[3~"]
HALVES = [
    ESC,
    ESC + "[",
    ESC + "O",
    ESC + "[1",
    ESC + "[1;",
    ESC + "[2",
    ESC + "[[",
    ESC + "[<35;3",
    ESC + "]2;",
    ESC + "P",
]
NOISE = ["\x00", "\xff", "é", "日本", "\u202e", "👩\u200d👩\u200d👧", "\x7f", "x" * 300]
REPORTS = [ESC + tail for tail in ("[<0;10;5M", "[<0;10;5m", "[I", "[O", "[?2026;2$y", "[24;80R")]
#: Letters that flow control, job control or tmux take are raw bytes here like the rest: none may do harm.
CONTROLS = [chr(code) for code in range(1, 27)]
SIZES = [(80, 24), (120, 40), (200, 60), (100, 30), (132, 43), (79, 24), (80, 23), (119, 31), (200, 49)]
TINY = [(40, 10), (20, 5), (10, 3), (1, 1), (2, 60), (200, 4)]
WINDOWS = [(120, 40), (120, 40), (80, 24), (200, 60)]
"""Where the monkey stays for a while after a resize."""

Kind = Literal["keys", "held", "resize", "storm", "stall", "wait"]


class Action(NamedTuple):
    """One thing to do. `keys`: bytes to type, at once or `apart` seconds apart; `sizes`: windows to go through."""

    kind: Kind
    keys: bytes = b""
    apart: float = 0.0
    sizes: tuple[tuple[int, int], ...] = ()
    seconds: float = 0.0


def _may_leave(action: Action) -> bool:
    """Any `q` may: what is typed for a line goes to the keys of the desk where no line is open."""
    return b"q" in action.keys


class Monkey:
    """An endless sequence of actions; equal seeds give equal ones."""

    def __init__(self, seed: int, symbols: int, *, kills: bool = True) -> None:
        self._dice = random.Random(seed)
        self._symbols = symbols
        self._kills = kills
        self.leaves = True
        """Whether what may end the console (`q`, `quit`) is among it; may be changed on the way."""

    def actions(self) -> Iterator[Action]:
        """One after the other, for ever."""
        dice = self._dice
        kinds = [self._plain, self._line, self._walk, self._paste, self._half, self._held, self._noise, self._escape]
        weights = [30, 22, 20, 5, 6, 4, 5, 12]
        while True:
            roll = dice.random()
            if roll < 0.04:
                yield from self._resize()
            elif roll < 0.045:
                yield Action("stall", seconds=dice.uniform(0.2, 2.0))
            elif roll < 0.05 and self._kills:
                yield self._kill()
            elif roll < 0.10:
                yield Action("wait", seconds=dice.uniform(0.05, 0.6))
            else:
                action = dice.choices(kinds, weights)[0]()
                if self.leaves or not _may_leave(action):
                    yield action

    def _typed(self, text: str) -> Action:
        """At once, or byte by byte as over a slow link."""
        data = text.encode("utf-8", "surrogatepass")
        return Action("keys", data, self._dice.choice([0, 0, 0, 0, 0.002, 0.03]) if len(data) < 40 else 0.0)

    def _plain(self) -> Action:
        """A key of NORMAL mode."""
        return self._typed(self._dice.choice("0123456789abcdefghijklmnopqrstuvwxyzABCDTZ?/:.,+-=[]<> \r\r\r\x7f"))

    def _walk(self) -> Action:
        dice = self._dice
        keys = MOVES if dice.random() < 0.7 else FUNCTION_KEYS if dice.random() < 0.6 else CONTROLS
        return self._typed("".join(dice.choice(keys) for _ in range(dice.randint(1, 6))))

    def _escape(self) -> Action:
        return self._typed(ESC * self._dice.randint(1, 3))

    def _half(self) -> Action:
        return Action("keys", self._dice.choice(HALVES).encode(), seconds=self._dice.choice([0.0, 0.05, 0.2]))

    def _noise(self) -> Action:
        return self._typed(self._dice.choice(NOISE + REPORTS))

    def _held(self) -> Action:
        """A key that is held down: thirty a second, or a burst that waited in a stalled link."""
        dice = self._dice
        key = dice.choice([*MOVES, "j", "k", "\r", " ", "y", "n", "x", "p", ESC, "\x7f"])
        count = dice.randint(10, 120)
        return Action("held", key.encode() * count if dice.random() < 0.5 else key.encode(), 1 / 30, seconds=count / 30)

    def _kill(self) -> Action:
        return self._typed(self._dice.choice([KILL, KILL * 2, "\x18\x18", KILL[:3]]))

    def _line(self) -> Action:
        """A line of the command language, right or nearly, with or without Enter."""
        dice = self._dice
        line = self._command()
        if dice.random() < 0.15 and len(line) > 2:
            at = dice.randrange(len(line))
            line = line[:at] + dice.choice(["", "?", "\t", " ", "zz"]) + line[at + 1 :]
        return self._typed(":" + line + dice.choice(["", "\r", "\r", "\r\r", "\ry", "\t", "?", ESC]))

    def _command(self) -> str:
        dice = self._dice
        symbol = f"sym{dice.randrange(self._symbols):03}"
        other = f"sym{dice.randrange(self._symbols):03}"
        qty, number, px = dice.randint(1, 60), dice.randint(1, 3000), dice.randint(200, 30000) / 100
        return dice.choice(
            [
                f"buy {qty} {symbol} mkt",
                f"buy {qty} {symbol} lmt {px:.2f}",
                f"sell {qty} {symbol} lmt {px:.2f} gtc",
                f"buy {qty} {symbol} @bid-0.05 #monkey",
                f"short {qty} {symbol} mkt",
                f"buy {qty} {symbol} lmt {px:.2f} tp {px * 1.1:.2f} sl {px * 0.9:.2f}",
                f"cxl {number}",
                f"cxl {symbol}",
                f"cxl buys {symbol}",
                "cxl last",
                f"mod {number} qty {qty}",
                f"twap buy {qty + 20} {symbol} duration 2m slices 3",
                f"algo {number % 9} pause",
                f"flat {symbol}",
                f"halt {symbol}",
                f"resume {symbol} reason monkey",
                "resume reason monkey",
                "ticket",
                f"ticket {symbol}",
                "help",
                "blotter",
                f"sell half {symbol}",
                f"reverse {other}",
                "size kelly",
                "tca",
                "performance",
                "halt",
                "quit",
                "lock",
            ]
        )

    def _paste(self) -> Action:
        """Text of the clipboard, lines and keys in it; now and then its end is lost."""
        dice = self._dice
        lines = "\r\n".join(self._command() for _ in range(dice.randint(1, 5)))
        end = ESC + "[201~" if dice.random() < 0.9 else ""
        return Action("keys", (ESC + "[200~" + lines + dice.choice(["", KILL, "\x18\x18", "\r"]) + end).encode())

    def _resize(self) -> Iterator[Action]:
        dice = self._dice
        if dice.random() < 0.4:
            sizes = [dice.choice(SIZES + TINY) for _ in range(dice.randint(5, 25))]
            yield Action("storm", sizes=(*sizes, dice.choice(WINDOWS)), apart=dice.choice([0.0, 0.005, 0.03]))
        else:
            yield Action("resize", sizes=(dice.choice(SIZES + TINY),))
            yield Action("wait", seconds=dice.uniform(0, 0.5))
            yield Action("resize", sizes=(dice.choice(WINDOWS),))
