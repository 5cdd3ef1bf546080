"""What the palette offers: every action of the keys and every verb, with key, role and meaning. It sends nothing.

An action that only looks is run. Everything else becomes text on the command line, where the echo says what it would
do and Enter (with whatever confirmation it takes) is the user's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from console.actions import ACTIONS, Action, Keymap, Scope, is_heard, key_name
from console.grammar.registry import Verb
from console.hotkeys.macro import Macro
from engine.risk.roles import ADMIN, RISK_MANAGER, ROLES, RULES, TRADER, VIEWER

_SHORT: Final = {TRADER: "trader", RISK_MANAGER: "risk"}
#: Where the keys of a mode that takes all keys are heard, and the action that opens it or the line that does.
_ELSEWHERE: Final = {
    Scope.COMMAND: ("heard on the command line", "command", ""),
    Scope.FILTER: ("heard while a filter is typed", "filter", ""),
    Scope.BOX: ("heard in a box", "help", ""),
    Scope.TICKET: ("heard in the order ticket", "ticket", ""),
    Scope.BASKET: ("heard in the box of a basket", "", "basket "),
    Scope.CHAIN: ("heard in the option chain", "", "chain "),
    Scope.COLUMNS: ("heard in the choice of columns", "columns", ""),
}


class Entry(msgspec.Struct, frozen=True):
    """One line of the palette."""

    name: str
    keys: str
    """Its keys as they are shown, "" for a verb without one."""
    role: str
    """The roles that may do it, shortest first; "all" for those that every role has."""
    help: str
    act: str = ""
    """The Textual action that is run; "" when `text` is put on the command line instead."""
    text: str = ""
    panes: tuple[str, ...] = ()
    """The panes on whose selected row it works, and whose row fills the {} of `text`; () for everywhere."""

    @property
    def does(self) -> str:
        """What Enter does with it."""
        if self.text:
            row = " for the selected row" if "{" in self.text else ""
            return f"Enter writes `{self.text.split('{')[0].strip()}`{row} on the command line; nothing is sent"
        return "Enter does it; it sends nothing"


def entries(
    verbs: Iterable[Verb], keys: Keymap, *, past: bool = False, macros: Iterable[Macro] = ()
) -> tuple[Entry, ...]:
    """Everything there is: actions, verbs, the user's macros; of time travel (`past`) what it has."""
    verbs = tuple(verbs)
    by_name = {name: verb for verb in verbs for name in (verb.name, *verb.aliases)}
    actions = [action for action in ACTIONS if action.id != "palette" and _is_offered(action, by_name, past=past)]
    return (
        *(_of_action(action, keys, by_name) for action in actions),
        *(_of_verb(verb) for verb in verbs),
        *(_of_macro(macro, by_name) for macro in macros),
    )


def role_of(verb: Verb | None) -> str:
    """Who may give the commands of that verb, in a few letters."""
    if verb is None or not verb.gives:
        return "all"
    roles = RULES[verb.gives[0]].roles
    if "" in roles:
        return "anybody"
    if VIEWER in roles:
        return "all"
    return ", ".join(_SHORT[role] for role in ROLES if role in roles and role != ADMIN) or ADMIN


def _is_offered(action: Action, verbs: dict[str, Verb], *, past: bool) -> bool:
    if action.line and action.line.split()[0] not in verbs:
        return False
    return is_heard(action, past=past)


def _of_action(action: Action, keys: Keymap, verbs: dict[str, Verb]) -> Entry:
    shown = " ".join(key_name(key) for key in keys[action.id].split(","))
    name = action.id.replace("_", " ").replace(".", " ").replace("-", " ")
    if action.scope in _ELSEWHERE:
        where, opens, line = _ELSEWHERE[action.scope]
        return Entry(name, shown, "all", f"{action.help} ({where})", act=opens, text=line)
    role = role_of(verbs.get(action.line.split()[0])) if action.line else "all"
    act = "" if action.line else action.act
    return Entry(name, shown, role, action.help, act, action.line, action.panes)


def _of_verb(verb: Verb) -> Entry:
    return Entry(f":{verb.name}", "", role_of(verb), verb.summary, text=f"{verb.name} ")


def _of_macro(macro: Macro, verbs: dict[str, Verb]) -> Entry:
    """A macro is called by `run`, so that its values can be typed."""
    does = "; ".join(macro.lines)
    roles = {role_of(verbs.get(line.split()[0])) for line in macro.lines}
    text = f"run {macro.name} " if macro.values else f"run {macro.name}"
    key = key_name(macro.key) if macro.key else ""
    help_ = f"{macro.help}: {does}" if macro.help else does
    return Entry(f"run {macro.name}", key, roles.pop() if len(roles) == 1 else "several", help_, text=text)


def ranked(offered: Sequence[Entry], typed: str) -> list[Entry]:
    """Those that what was typed may mean, best first: names count before what they do."""
    from textual.fuzzy import FuzzySearch

    query = typed.strip().lower()[:40]
    if not query:
        return list(offered)
    fuzzy = FuzzySearch()
    words = query.split()
    scored: list[tuple[float, int, Entry]] = []
    for at, entry in enumerate(offered):
        name = entry.name.lower()
        score = 3 * fuzzy.match("".join(words), name.replace(" ", ""))[0]
        score += sum(10 for word in words if word in name.split() or word == name.lstrip(":"))
        score += len(query) if all(word in f"{name} {entry.help.lower()}" for word in words) else 0
        if score:
            scored.append((-score, at, entry))
    return [entry for _, _, entry in sorted(scored, key=lambda found: found[:2])]


def line_of(entry: Entry, row: object) -> str | None:
    """The entry's text with what the row says; None where it needs a row and this is none for it."""
    if "{" not in entry.text:
        return entry.text
    known = {name: getattr(row, name) for name in ("id", "symbol") if hasattr(row, name)}
    try:
        return entry.text.format(**known).lower()
    except KeyError:
        return None
