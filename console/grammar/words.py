"""The words of a line, read from left to right, with a note at each place of everything that could have stood there.

Errors, completion and `?` come from those notes, so they can't differ from what is understood.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from console.grammar.context import Context
from console.grammar.parsed import Expect, GrammarError

MAX_LINE: Final = 400
#: A tag in quotes is one word, blanks and all.
_WORD: Final = re.compile(r'#"[^"]*"(?=\s|$)|\S+')
_TAG: Final = re.compile(r"#[A-Za-z0-9_.:/-]{1,32}")
_QUOTED_TAG: Final = re.compile(r'#"(?=\S)[^"]{1,32}(?<=\S)"')
_PRICE_REFERENCE: Final = re.compile(r"@(?:bid|ask|mid|last)(?![a-z0-9_]).*|@[0-9.].*", re.IGNORECASE)


class Word(msgspec.Struct, frozen=True, gc=False):
    """One word and where it starts in the line."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def lower(self) -> str:
        return self.text.lower()


class Words:
    """A cursor over the words after the verb. `@ACCT` and `#tag` are taken out first: they may stand anywhere."""

    def __init__(self, line: str, words: Sequence[Word], context: Context, *, free_text: bool = False) -> None:
        """`free_text`: leave `@` and `#` where they are."""
        self.context = context
        self._line = line
        self._accounts = [] if free_text else [word for word in words if _is_account(word)]
        self._tags = [] if free_text else [word for word in words if word.text.startswith("#")]
        special = {word.start for word in self._accounts + self._tags}
        self._words = [word for word in words if word.start not in special]
        self._at = 0
        self._expected: dict[int, dict[str, Expect]] = {}

    @property
    def at_end(self) -> bool:
        return self._at == len(self._words)

    @property
    def expected_at_end(self) -> tuple[Expect, ...]:
        """What could follow the last word."""
        return tuple(self._expected.get(len(self._words), {}).values())

    def peek(self) -> Word | None:
        """The next word, not taken."""
        return None if self.at_end else self._words[self._at]

    def take(self, *expected: Expect) -> Word:
        """The next word, which must be there; `expected` says what it should be."""
        self._note(expected)
        word = self.peek()
        if word is None:
            raise self.missing()
        self._at += 1
        return word

    def keyword(
        self, options: Iterable[Expect], aliases: dict[str, str] | None = None, *, peek: bool = False
    ) -> str | None:
        """The next word, in lower case and without alias, if it is one of the options; else None, nothing taken.

        Only options of kind "word" can be taken; the others tell what else could stand here. `peek`: only look.
        """
        options = tuple(options)
        self._note(options)
        word = self.peek()
        if word is None:
            return None
        name = (aliases or {}).get(word.lower, word.lower)
        if all(option.text != name for option in options if option.kind == "word"):
            return None
        self._at += 0 if peek else 1
        return name

    def could(self, *expected: Expect) -> bool:
        """Whether another word follows; `expected` says what it may be."""
        self._note(expected)
        return not self.at_end

    def rest(self, expected: Expect) -> str:
        """All that is left of the line, as typed; at least one word."""
        first = self.take(expected)
        self._at = len(self._words)
        return self._line[first.start :].strip()

    def finish(self) -> None:
        """Nothing may be left."""
        word = self.peek()
        if word is not None:
            raise self.wrong(word, f"{word.text!r} can't stand here", near=word.lower)

    def account(self) -> str:
        """The account of `@ACCT` (a prefix is enough where it is unambiguous), or the default one."""
        return self.named_account() or self.context.default_account

    def named_account(self) -> str | None:
        """The account of `@ACCT`; None when none is named."""
        if not self._accounts:
            return None
        word, *others = self._accounts
        if others:
            raise GrammarError("a second account", others[0].start, others[0].end)
        return self.account_named(word)

    def account_named(self, word: Word) -> str:
        """The account that a word like `@ACCT` names."""
        context = self.context
        name = word.text[1:].upper()
        exact = [account for account in context.accounts if account.upper() == name]
        found = exact or [account for account in context.accounts if account.upper().startswith(name)]
        if len(found) == 1 and name:
            return found[0]
        what = "is ambiguous" if len(found) > 1 else "is no account of this desk"
        expected = [Expect(f"@{account}", "account", "account") for account in found or context.accounts]
        raise GrammarError(f"{word.text!r} {what}", word.start, word.end, expected)

    def tag(self) -> str:
        """The text of `#tag`, or ""."""
        if not self._tags:
            return ""
        word, *others = self._tags
        if others:
            raise GrammarError("a second #tag", others[0].start, others[0].end)
        return tag_of(word)

    def named_tag(self) -> str | None:
        """The text of `#tag`; None when there is none."""
        return self.tag() if self._tags else None

    def no_tag(self) -> None:
        """This verb keeps no tag."""
        for word in self._tags:
            raise GrammarError(f"{word.text!r}: a tag has no meaning here", word.start, word.end)

    def missing(self, message: str = "") -> GrammarError:
        """The error for a line that ends too early."""
        end = len(self._line)
        return GrammarError(message or "the line is not complete", end, end, self._expected_here())

    def wrong(
        self, word: Word, message: str, *, near: str = "", needs_quote: str | None = None, back: bool = False
    ) -> GrammarError:
        """The error for that word. `near`: suggest expected words like it. `back`: it was already taken."""
        expected = self._expected_here(1 if back else 0)
        names = [expect.text for expect in expected if expect.kind == "word"]
        close = difflib.get_close_matches(near, names, n=2, cutoff=0.6) if near else []
        return GrammarError(message, word.start, word.end, expected, close, needs_quote)

    def refused(self, word: Word, message: str) -> GrammarError:
        """The error for a word that is understood and not possible; nothing else was expected."""
        return GrammarError(message, word.start, word.end)

    def _note(self, expected: Iterable[Expect]) -> None:
        here = self._expected.setdefault(self._at, {})
        for expect in expected:
            here.setdefault(expect.text, expect)

    def _expected_here(self, back: int = 0) -> tuple[Expect, ...]:
        return tuple(self._expected.get(self._at - back, {}).values())


def tag_of(word: Word) -> str:
    """The text of a word like `#tag`, or of `#"two words"`."""
    if _QUOTED_TAG.fullmatch(word.text):
        return word.text[2:-1]
    if not _TAG.fullmatch(word.text):
        message = f"{word.text!r} is no tag; expected # and up to 32 of letters, digits and _ . : / -"
        raise GrammarError(f'{message}, or of any kind in quotes: #"two words"', word.start, word.end)
    return word.text[1:]


def tag_word(tag: str) -> str:
    """The tag as a word of a line, which reads as itself again."""
    return f"#{tag}" if _TAG.fullmatch(f"#{tag}") else f'#"{tag}"'


def split(line: str) -> list[Word]:
    """The words of a line."""
    return [Word(match[0], match.start()) for match in _WORD.finditer(line)]


def is_special(word: Word) -> bool:
    """Whether the word is an `@ACCT` or a `#tag`, which may stand anywhere."""
    return word.text.startswith("#") or _is_account(word)


def _is_account(word: Word) -> bool:
    return word.text.startswith("@") and not _PRICE_REFERENCE.fullmatch(word.text)
