"""The language itself: which verb a line starts with, what follows, how it could go on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from console.grammar.candidates import candidates
from console.grammar.context import Context
from console.grammar.other_words import OTHER_WORDS, first_verb
from console.grammar.parsed import Expect, GrammarError, Local, Parsed, Suggestion
from console.grammar.registry import Verb
from console.grammar.words import MAX_LINE, Word, Words, is_special, split


class Grammar:
    """A fixed set of verbs. Pure and stateless; safe from any thread."""

    def __init__(self, verbs: Iterable[Verb]) -> None:
        self.verbs = tuple(verbs)
        self._by_name = {name: verb for verb in self.verbs for name in (verb.name, *verb.aliases)}

    def parse(self, line: str, context: Context) -> Parsed:
        """What the line means. Raises GrammarError, and nothing else, when it has no single clear meaning."""
        words = split(line)
        if words and words[-1].text.endswith("?"):
            return Parsed("help", Local("explain", (line.rstrip().rstrip("?"),)), 0, line.strip())
        verb, reader = self._open(line, words, context)
        return verb.read(reader)

    def explain(self, line: str, context: Context) -> tuple[Expect, ...]:
        """What may follow the line (`?`): literal words, and PLACEHOLDERS with their meaning."""
        words = split(line.rstrip().rstrip("?"))
        if all(is_special(word) for word in words):
            return self._verbs_expected()
        try:
            verb, reader = self._open(line.rstrip().rstrip("?"), words, context)
        except GrammarError as error:
            verbs = (self.verb(name) for name in error.suggestions)
            return error.expected or tuple(Expect(verb.name, verb.summary, "verb") for verb in verbs if verb)
        try:
            verb.read(reader)
        except GrammarError as error:
            # What could follow the words so far is known; that more is missing is no news here.
            if error.expected and not reader.expected_at_end:
                return error.expected
        return reader.expected_at_end

    def complete(self, line: str, cursor: int, context: Context) -> list[Suggestion]:
        """Completions of the word that ends at the cursor, best first; positions stand before other symbols."""
        head = line[: max(0, cursor)]
        start = len(head) - len(head.split()[-1]) if head and not head[-1].isspace() else len(head)
        partial = head[start:]
        expected: Iterable[Expect]
        if partial.startswith("@"):
            expected = [Expect("@", "", "price"), Expect("@", "", "account")]
        elif partial.startswith("#"):
            expected = [Expect("#", "", "tag")]
        else:
            expected = self._expected_after(head[:start], context)
        found: dict[str, Suggestion] = {}
        for expect in expected:
            for text, doc in candidates(expect, context):
                if text.lower().startswith(partial.lower()):
                    found.setdefault(text, Suggestion(text, doc, start, len(head)))
        return list(found.values())

    def docs_table(self) -> str:
        """The verbs as a Markdown table, for the documentation."""
        lines = ["| console | shell | means |", "|---|---|---|"]
        for verb in self.verbs:
            cells = (f"`{verb.usage}`", f"`{verb.shell}`" if verb.shell else "", verb.summary)
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        return "\n".join(lines) + "\n"

    def verb(self, name: str) -> Verb | None:
        """The verb of that name or alias."""
        return self._by_name.get(name.lower())

    def _expected_after(self, head: str, context: Context) -> Iterable[Expect]:
        words = split(head)
        if all(is_special(word) for word in words):
            return self._verbs_expected()
        try:
            verb, reader = self._open(head, words, context)
        except GrammarError:
            return ()
        try:
            verb.read(reader)
        except GrammarError:
            # An error further left leaves no note at the end: then nothing is suggested.
            return reader.expected_at_end
        return reader.expected_at_end

    def _open(self, line: str, words: Sequence[Word], context: Context) -> tuple[Verb, Words]:
        if len(line) > MAX_LINE:
            raise GrammarError(f"the line has {len(line)} characters; at most {MAX_LINE}", MAX_LINE, len(line))
        odd = next((at for at, char in enumerate(line) if not char.isprintable() and char != "\t"), None)
        if odd is not None:
            raise GrammarError(f"{line[odd]!r} can't be printed; expected plain text", odd, odd + 1)
        at = next((index for index, word in enumerate(words) if not is_special(word)), None)
        if at is None:
            raise GrammarError("nothing to do", len(line), len(line), self._verbs_expected())
        verb = self._find(words[at])
        others = [*words[:at], *words[at + 1 :]]
        return verb, Words(line, others, context, free_text=verb.free_text)

    def _find(self, word: Word) -> Verb:
        exact = self._by_name.get(word.lower)
        if exact is not None:
            return exact
        found = dict.fromkeys(verb for name, verb in self._by_name.items() if name.startswith(word.lower))
        names = [verb.name for verb in found]
        if len(names) == 1 and not next(iter(found)).dangerous:
            return next(iter(found))
        if len(names) == 1:
            raise GrammarError(f"{names[0]} must be spelled in full", word.start, word.end)
        if names:
            raise GrammarError(f"{word.text!r} is ambiguous", word.start, word.end, (), names)
        said = OTHER_WORDS.get(word.lower, "")
        if first_verb(said) in self._by_name:
            raise GrammarError(f"{word.text!r} is no command here; type {said}", word.start, word.end)
        near = difflib.get_close_matches(word.lower, list(self._by_name), n=2, cutoff=0.65)
        expected = () if near else self._verbs_expected()
        raise GrammarError(f"{word.text!r} is no command", word.start, word.end, expected, near)

    def _verbs_expected(self) -> tuple[Expect, ...]:
        return tuple(Expect(verb.name, verb.summary, "verb") for verb in self.verbs)
