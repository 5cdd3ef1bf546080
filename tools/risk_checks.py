"""docs/risk-checks.md, from the catalog of refusals, the limits and the profiles of the risk engine."""

from __future__ import annotations

from engine.risk.catalog import CATALOG, Refusal
from engine.risk.engine import CHECKS, LIQUIDATION_CHECKS
from engine.risk.limits import LIMIT_SPECS

_HEAD = (
    "Every order passes all of these, whoever makes it; all that fail are reported. A replace is checked at its new "
    "total without what the order reserved before. Soft refusals (amber) go out with a `y`; hard ones never.\n"
    '"reducing" passes: an order that can only reduce its position, and a replace that only shrinks. Exits that the '
    "desk holds are held, at their trigger, to the checks of a liquidation.\n"
    "A check that can't answer refuses (CHECK_FAILED). Limits stand in [limits.md](limits.md), what exposure measures "
    "in [decisions/exposure-measures.md](decisions/exposure-measures.md).\n\n"
    "| code | measured | limit | also for one | waived for liquidation | not held to it |\n|---|---|---|---|---|---|\n"
)


def risk_checks_page(made: str) -> str:
    """The page; `made` says that it is generated."""
    return f"# Risk checks\n\n{made}{_HEAD}" + "".join(map(_line, CATALOG))


def _line(line: Refusal) -> str:
    scopes = {scope: None for spec in LIMIT_SPECS if spec.key in line.keys for scope in spec.scopes}
    names = {check.__name__ for check in CHECKS}
    kept = {check.__name__ for check in LIQUIDATION_CHECKS}
    waived = "yes" if line.check in names - kept else "no" if line.check in kept else ""
    cells = (
        f"{line.code}{' (soft)' if line.soft else ''}",
        line.measured.replace("|", "\\|"),
        ", ".join(f"`{key}`" for key in line.keys),
        ", ".join(scopes),
        waived,
        line.passes,
    )
    return f"| {' | '.join(cells)} |\n"
