"""Writes the generated pages of docs/ (verbs, keys, limits, risk checks ...) from the registries the desk itself uses.

`python -m tools.make_docs` writes them; a test fails when they are out of date.
"""

from __future__ import annotations

from pathlib import Path

from console.actions import table
from console.config.hotkeys_example import HOTKEYS
from console.keymap import resolve
from console.verbs import load_grammar
from engine.inputs import ControlAlgo
from engine.risk.limits import LIMIT_SPECS
from engine.risk.roles import FRONT_RULES, ROLES, RULES, rule_of
from tools import capabilities, hotkeys_text, order_states, risk_checks

DOCS = Path(__file__).resolve().parent.parent / "docs"
MADE = "<!-- made by `make docs` from the code: change it there -->\n\n"


def verbs_page() -> str:
    """docs/verbs.md"""
    head = "The same lines work behind `:` in the console and from a shell.\n\n"
    return f"# The command language\n\n{MADE}{head}{load_grammar().docs_table()}"


def keys_page() -> str:
    """docs/keys.md"""
    lines = ["| where | keys | id (for keymap.toml) | what |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in table(resolve())]
    return f"# Keys\n\n{MADE}" + "\n".join(lines) + "\n"


def hotkeys_page() -> str:
    """docs/hotkeys.md"""
    return f"# Hotkeys and macros\n\n{MADE}{hotkeys_text.HEAD}\n```toml\n{HOTKEYS}```\n"


def limits_page() -> str:
    """docs/limits.md"""
    lines = ["| key in risk_params.yaml | kind | shipped | also for one | meaning |", "|---|---|---|---|---|"]
    for spec in LIMIT_SPECS:
        off = "" if spec.may_be_off else "; may not be off"
        doc = spec.doc.replace("|", chr(92) + "|")
        lines.append(f"| `{spec.key}` | {spec.kind} | {spec.default} | {', '.join(spec.scopes)} | {doc}{off} |")
    head = (
        "Each limit has a value or says `off`. An absent key refuses every order that increases risk, and one that "
        "reduces where that is held to it too; "
        "`tradedesk risk complete` writes what is absent. "
        "A value is passed at equality; a loss limit triggers at equality. "
        "Some may be given besides for one account, strategy, user or instrument, in the groups `accounts`, "
        "`strategies`, `users` and `instruments`: `users: {alice: {risk: {max_order_qty: 100}}}`. "
        "The strictest of all that cover an order holds, and its refusal names that scope.\n\n"
    )
    return f"# Limits\n\n{MADE}{head}" + "\n".join(lines) + "\n"


def roles_page() -> str:
    """docs/roles.md"""
    names = list(ROLES)
    lines = ["| what | anybody | " + " | ".join(names) + " |", "|---|" + "---|" * (len(names) + 1)]
    rules = [
        *RULES.values(),
        rule_of(ControlAlgo(0, "pause")),
        *(FRONT_RULES[n] for n in ("look", "stop", "pin_reset")),
    ]
    for rule in rules:
        marks = ["yes" if role in rule.roles or "" in rule.roles else "" for role in ("", *names)]
        lines.append(f"| {rule.words} | " + " | ".join(marks) + " |")
    what = "\n".join(f"* **{role}**: {words}" for role, words in ROLES.items())
    head = (
        "Who may do what, as `roles.yaml` binds roles to login names and to groups of the system (read at each start). "
        "A person may do what any of their roles may. Where the file names nobody, whoever reaches the desk may do "
        "everything. The core asks before every command, whatever front end it came through; what is denied is in the "
        "journal with who and why. Anybody at all may stop: kill and halt.\n\n"
    )
    return f"# Roles\n\n{MADE}{head}{what}\n\n" + "\n".join(lines) + "\n"


def order_states_page() -> str:
    """docs/order-states.md"""
    return order_states.order_states_page(MADE)


def pages() -> dict[Path, str]:
    """Every generated page and what it should say."""
    return {
        DOCS / "verbs.md": verbs_page(),
        DOCS / "keys.md": keys_page(),
        DOCS / "hotkeys.md": hotkeys_page(),
        DOCS / "limits.md": limits_page(),
        DOCS / "roles.md": roles_page(),
        DOCS / "order-states.md": order_states_page(),
        DOCS / "risk-checks.md": risk_checks.risk_checks_page(MADE),
        DOCS / "broker-capabilities.md": capabilities.capabilities_page(MADE),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
