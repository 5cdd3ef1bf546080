from __future__ import annotations

import pytest

from console.driver import KillKeys


def test_f12_and_a_double_ctrl_x_are_the_defaults() -> None:
    assert (KillKeys().once, KillKeys().twice) == ("f12", "ctrl+x")


@pytest.mark.parametrize("name", ["f1", "f9", "f20", "ctrl+k", "ctrl+x"])
def test_any_function_key_and_any_usable_control_letter_can_kill(name: str) -> None:
    assert KillKeys(once=name, twice=None).once == name


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"once": "ctrl+m"}, "once is ctrl+m, but it is Enter; expected"),
        ({"twice": "ctrl+b"}, "twice is ctrl+b, but tmux takes it; expected"),
        ({"once": "f21"}, "once is 'f21'; expected f1 to f20, or ctrl+ and a letter"),
        ({"once": "x"}, "once is 'x'; expected f1 to f20"),
        ({"once": "ctrl+x"}, "once and twice are both ctrl+x; expected two different keys"),
        ({"once": None, "twice": None}, "none is left; expected"),
        ({"twice_within_ns": 0}, "twice_within_ns is 0; expected a positive time"),
    ],
)
def test_an_unusable_key_is_refused_with_its_name_and_what_was_expected(keys: dict[str, str | None], said: str) -> None:
    with pytest.raises(ValueError) as refusal:
        KillKeys(**keys)  # type: ignore[arg-type]
    assert said in str(refusal.value)
    assert str(refusal.value).startswith("kill keys: ")
