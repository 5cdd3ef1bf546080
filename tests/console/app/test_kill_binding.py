"""The kill keys of the profile and of keymap.toml: the driver's thread and the screen hear the same ones."""

from __future__ import annotations

import pytest

from console.driver import KillKeys
from console.keymap import resolve
from console.kill_binding import driver_keys, with_kill_keys

DEFAULT = ("f12", "ctrl+x")


@pytest.mark.parametrize(
    ("profile", "keymap", "heard"),
    [
        (DEFAULT, {}, KillKeys("f12", "ctrl+x")),
        (("f9", "ctrl+x"), {}, KillKeys("f9", "ctrl+x")),
        (("f12", "ctrl+k"), {}, KillKeys("f12", "ctrl+k")),
        (DEFAULT, {"kill": "f9"}, KillKeys("f9", "ctrl+x")),
        (("f9", "ctrl+x"), {"kill": "f10", "kill_twice": "ctrl+k"}, KillKeys("f10", "ctrl+k")),
        (DEFAULT, {"kill": "K,f9"}, KillKeys("f9", "ctrl+x")),
        (DEFAULT, {"kill": "K"}, KillKeys(None, "ctrl+x")),
        (DEFAULT, {"kill": "K", "kill_twice": "W"}, KillKeys("f12", "ctrl+x")),
        (("f20", None), {}, KillKeys("f20", None)),
        ((None, "ctrl+x"), {}, KillKeys(None, "ctrl+x")),
    ],
)
def test_the_driver_hears_what_the_screen_does(
    profile: tuple[str | None, str | None], keymap: dict[str, str], heard: KillKeys
) -> None:
    assert driver_keys(*profile, with_kill_keys(*profile, keymap)) == heard


def test_the_profiles_keys_are_those_of_the_screen() -> None:
    keys = resolve(with_kill_keys("f9", "ctrl+k", {"zoom": "f12"}))
    assert (keys["kill"], keys["kill_twice"], keys["zoom"]) == ("f9", "ctrl+k", "f12")


def test_a_key_that_only_the_driver_knows_leaves_the_screen_its_own() -> None:
    assert resolve(with_kill_keys("f20", "ctrl+x", {}))["kill"] == "f12"
