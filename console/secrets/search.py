"""One order for all secrets: environment, file, systemd, keyring. The first place that has any of them has them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from console.secrets.in_keyring import in_keyring
from console.secrets.look import Look, listed
from console.secrets.places import in_credentials, in_environment, in_file
from engine.model.secret import Secret


class SecretsError(ValueError):
    """Secrets were not found, or a place that has them may not be used; says of each place what was found there."""

    def __init__(self, names: Sequence[str], looks: Sequence[Look]) -> None:
        said = "; ".join(f"{look.place}: {look.words}" for look in looks)
        super().__init__(f"{listed(names)} not found ({said})")


class Found(msgspec.Struct, frozen=True):
    """Secrets by name, and the place that has them."""

    place: str
    secrets: Mapping[str, Secret]


def find(names: Sequence[str], account: str, environ: Mapping[str, str], file: Path) -> Found:
    """The secrets of these names. The search ends at the first place that has any of them, or that is not as it should
    be: what is wrong there must not be hidden by what stands elsewhere. Raises SecretsError."""
    places: tuple[Callable[[], Look], ...] = (
        lambda: in_environment(names, environ),
        lambda: in_file(names, account, file),
        lambda: in_credentials(names, environ),
        lambda: in_keyring(names, account),
    )
    looks: list[Look] = []
    for ask in places:
        look = ask()
        if look.found:
            return Found(look.place, look.found)
        looks.append(look)
        if look.wrong:
            break
    raise SecretsError(names, looks)
