"""The limits as rows: every key of the list in its order, then those of single accounts, strategies, users and
instruments."""

from __future__ import annotations

import msgspec

from engine.risk.limits import LIMIT_SPECS
from engine.risk.scopes import split_key
from engine.state import DeskState
from engine.views import LimitRow


def limit_rows(state: DeskState) -> tuple[LimitRow, ...]:
    """All limits in force."""
    texts = state.limits.as_texts()
    specs = {spec.key: spec for spec in LIMIT_SPECS}
    rows = []
    for full in [*specs, *sorted(key for key in texts if key not in specs)]:
        scope, key = split_key(full)
        spec = specs.get(key)
        change = state.limit_changes.get(full)
        row = LimitRow(
            full,
            scope or "desk",
            texts.get(full, "missing"),
            spec.default if spec is not None and not scope else "",
            spec.kind if spec is not None else "",
            spec.doc if spec is not None else "",
        )
        if change is not None:
            row = msgspec.structs.replace(
                row,
                origin="changed",
                old=change.old,
                in_file=change.in_file,
                by=change.by,
                reason=change.reason,
                at_ns=change.at_ns,
            )
        rows.append(row)
    return tuple(rows)
