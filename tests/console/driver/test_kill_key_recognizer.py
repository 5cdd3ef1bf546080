from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.driver import KillKeyRecognizer, KillKeys

MS = 1_000_000
NOW = 1_000_000 * MS

F12 = b"\x1b[24~"
F12_ENCODINGS = {
    "xterm, VT220, tmux, PuTTY": F12,
    "with num lock on (kitty)": b"\x1b[24;129~",
    "with caps lock on (kitty)": b"\x1b[24;65~",
    "as a reported press (kitty)": b"\x1b[24;1:1~",
    "PuTTY VT100+": b"\x1bO[",
    "PuTTY SCO": b"\x1b[X",
    "behind an Escape": b"\x1b\x1b[24~",
    "behind an unfinished sequence": b"\x1b[2\x1b[24~",
}
NOT_F12 = {
    "Insert": b"\x1b[2~",
    "F11": b"\x1b[23~",
    "shift+F12": b"\x1b[24;2~",
    "ctrl+F12": b"\x1b[24;5~",
    "shift+F12 of rxvt": b"\x1b[24$",
    "ctrl+F12 of rxvt": b"\x1b[24^",
    "released F12": b"\x1b[24;1:3~",
    "repeated F12": b"\x1b[24;1:2~",
    "a cursor position": b"\x1b[24;80R",
    "a mode report": b"\x1b[?24;2$y",
    "a mouse move": b"\x1b[<35;24;12M",
    "a resize": b"\x1b[48;24;80;0;0t",
    "the text without its escape": b"[24~",
    "an overlong sequence": b"\x1b[" + b"0" * 80 + b"24~",
}


def killed_by(data: bytes, keys: KillKeys | None = None) -> list[str]:
    return [press.key for press in KillKeyRecognizer(keys or KillKeys()).feed(data, NOW)]


@pytest.mark.parametrize("data", F12_ENCODINGS.values(), ids=F12_ENCODINGS.keys())
def test_f12_kills_in_every_encoding(data: bytes) -> None:
    assert killed_by(data) == ["f12"]


@pytest.mark.parametrize("data", NOT_F12.values(), ids=NOT_F12.keys())
def test_what_is_not_f12_does_not_kill(data: bytes) -> None:
    assert killed_by(data) == []


@pytest.mark.parametrize("data", NOT_F12.values(), ids=NOT_F12.keys())
def test_f12_still_kills_behind_anything_else(data: bytes) -> None:
    assert killed_by(data + F12) == ["f12"]


def test_a_press_carries_the_time_of_its_last_byte() -> None:
    recognizer = KillKeyRecognizer(KillKeys())
    recognizer.feed(F12[:3], NOW)
    assert [press.at_ns for press in recognizer.feed(F12[3:], NOW + 5)] == [NOW + 5]


@pytest.mark.parametrize("gap_ms", [1, 101, 500, 1_000])
def test_f12_split_into_single_bytes_with_long_delays_kills(gap_ms: int) -> None:
    recognizer = KillKeyRecognizer(KillKeys())
    presses = [
        press for index, byte in enumerate(F12) for press in recognizer.feed(bytes([byte]), NOW + index * gap_ms * MS)
    ]
    assert [press.key for press in presses] == ["f12"]


def test_an_escape_and_much_later_the_typed_rest_do_not_kill() -> None:
    recognizer = KillKeyRecognizer(KillKeys())
    recognizer.feed(b"\x1b", NOW)
    assert recognizer.feed(b"[24~", NOW + 1_001 * MS) == []
    assert recognizer.take() == b"\x1b[24~"


class TestTheSecondKey:
    def test_ctrl_x_twice_within_a_second_kills(self) -> None:
        recognizer = KillKeyRecognizer(KillKeys())
        assert recognizer.feed(b"\x18", NOW) == []
        assert [press.key for press in recognizer.feed(b"\x18", NOW + 1_000 * MS)] == ["ctrl+x"]

    def test_ctrl_x_twice_in_more_than_a_second_does_not(self) -> None:
        recognizer = KillKeyRecognizer(KillKeys())
        recognizer.feed(b"\x18", NOW)
        assert recognizer.feed(b"\x18", NOW + 1_001 * MS) == []
        assert len(recognizer.feed(b"\x18", NOW + 1_500 * MS)) == 1, "but its second half counts as a first"

    def test_three_presses_are_one_kill(self) -> None:
        assert killed_by(b"\x18\x18\x18") == ["ctrl+x"]

    @pytest.mark.parametrize(
        "press",
        [b"\x1b[120;5u", b"\x1b[120;69u", b"\x1b[120;133:1u", b"\x1b[1095::120;5u", b"\x1b[27;5;120~"],
        ids=["kitty", "caps lock", "num lock", "another layout", "modifyOtherKeys"],
    )
    def test_ctrl_x_counts_in_the_newer_encodings_too(self, press: bytes) -> None:
        assert killed_by(press * 2) == ["ctrl+x"]
        assert killed_by(b"\x18" + press) == ["ctrl+x"]

    def test_a_repeat_or_a_release_is_no_second_press(self) -> None:
        assert killed_by(b"\x1b[120;5:1u\x1b[120;5:2u\x1b[120;5:3u") == []

    def test_the_first_press_reaches_the_program_and_the_second_does_not(self) -> None:
        recognizer = KillKeyRecognizer(KillKeys())
        recognizer.feed(b"a\x18b\x18c", NOW)
        assert recognizer.take() == b"a\x18bc"


class TestOtherKeys:
    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("f1", b"\x1bOP"),
            ("f1", b"\x1b[11~"),
            ("f1", b"\x1b[[A"),
            ("f1", b"\x1b[P"),
            ("f1", b"\x1b[1;129P"),
            ("f4", b"\x1bOS"),
            ("f5", b"\x1b[15~"),
            ("f5", b"\x1b[[E"),
            ("f10", b"\x1b[21~"),
            ("f13", b"\x1b[25~"),
            ("f13", b"\x1b[57376u"),
            ("f20", b"\x1b[34~"),
            ("ctrl+k", b"\x0b"),
            ("ctrl+k", b"\x1b[107;5u"),
        ],
    )
    def test_a_remapped_key_kills_and_f12_no_longer_does(self, name: str, data: bytes) -> None:
        keys = KillKeys(once=name, twice=None)
        assert killed_by(data, keys) == [name]
        assert killed_by(F12, keys) == []

    def test_a_function_key_can_be_the_one_to_press_twice(self) -> None:
        keys = KillKeys(once="ctrl+k", twice="f9")
        assert killed_by(b"\x1b[20~", keys) == []
        assert killed_by(b"\x1b[20~\x1b[20~", keys) == ["f9"]

    def test_a_switched_off_key_does_nothing(self) -> None:
        assert killed_by(b"\x18\x18", KillKeys(twice=None)) == []
        assert killed_by(F12, KillKeys(once=None)) == []


class TestPaste:
    PASTE = b"\x1b[200~sell " + F12 + b"\x18\x18 all\x1b[201~"

    def test_a_pasted_kill_key_does_not_kill(self) -> None:
        assert killed_by(self.PASTE) == []

    def test_a_paste_reaches_the_program_unchanged(self) -> None:
        recognizer = KillKeyRecognizer(KillKeys())
        recognizer.feed(self.PASTE, NOW)
        assert recognizer.take() == self.PASTE

    def test_the_kill_key_works_again_behind_a_paste(self) -> None:
        assert killed_by(self.PASTE + F12) == ["f12"]

    def test_a_paste_whose_end_was_lost_does_not_disable_the_kill_key(self) -> None:
        recognizer = KillKeyRecognizer(KillKeys())
        assert recognizer.feed(b"\x1b[200~half a paste" + F12, NOW) == []
        assert [press.key for press in recognizer.feed(F12, NOW + 2_001 * MS)] == ["f12"]


class TestWhatTheProgramSees:
    def test_the_kill_key_is_swallowed_and_all_else_passes(self) -> None:
        recognizer = KillKeyRecognizer(KillKeys())
        recognizer.feed(b"ab" + F12 + b"\x1b[A", NOW)
        assert recognizer.take() == b"ab\x1b[A"
        assert recognizer.take() == b""

    def test_a_lone_escape_passes_at_once(self) -> None:
        recognizer = KillKeyRecognizer(KillKeys())
        recognizer.feed(b"\x1b", NOW)
        assert recognizer.take() == b"\x1b"
        assert not recognizer.holding

    def test_an_unfinished_sequence_is_held_until_it_is_complete(self) -> None:
        recognizer = KillKeyRecognizer(KillKeys())
        recognizer.feed(b"\x1b[1;", NOW)
        assert (recognizer.take(), recognizer.holding) == (b"", True)
        recognizer.feed(b"5A", NOW + 400 * MS)
        assert (recognizer.take(), recognizer.holding) == (b"\x1b[1;5A", False)

    def test_an_unfinished_sequence_is_let_go_when_nothing_follows(self) -> None:
        recognizer = KillKeyRecognizer(KillKeys())
        recognizer.feed(b"\x1b[", NOW)
        recognizer.expire(NOW + 1_001 * MS)
        assert (recognizer.take(), recognizer.holding) == (b"\x1b[", False)


FRAGMENTS = st.one_of(
    st.sampled_from([*F12_ENCODINGS.values(), *NOT_F12.values(), b"\x18", b"\x1b", b"\x1b[", b"\x1bO", b"~"]),
    st.sampled_from([b"\x1b[200~", b"\x1b[201~", b"\x1b[120;5u", "né日".encode(), b"\x9b24~"]),
    st.binary(max_size=6),
)
STREAMS = st.lists(FRAGMENTS, max_size=12).map(b"".join)


def cut_up(stream: bytes, cuts: list[int]) -> list[bytes]:
    """The stream in pieces, none of them empty: a terminal sends something or nothing at all."""
    edges = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:end] for start, end in pairwise(edges)]


@given(stream=STREAMS, cuts=st.lists(st.integers(0, 200)), gap_ms=st.integers(0, 900))
def test_however_the_stream_is_cut_the_presses_are_the_same(stream: bytes, cuts: list[int], gap_ms: int) -> None:
    keys = KillKeys(twice_within_ns=3_600_000 * MS)
    recognizer = KillKeyRecognizer(keys)
    presses: list[str] = []
    for number, piece in enumerate(cut_up(stream, cuts)):
        presses += [press.key for press in recognizer.feed(piece, NOW + number * gap_ms * MS)]
    assert presses == killed_by(stream, keys)


@given(stream=STREAMS, cuts=st.lists(st.integers(0, 200)))
def test_without_a_kill_every_byte_passes_once_and_in_order(stream: bytes, cuts: list[int]) -> None:
    recognizer = KillKeyRecognizer(KillKeys(once="f19", twice=None))
    passed = b""
    for piece in cut_up(stream, cuts):
        recognizer.feed(piece, NOW)
        passed += recognizer.take()
    recognizer.expire(NOW + 10_000 * MS)
    assert passed + recognizer.take() == stream


@given(text=st.binary(max_size=200), cuts=st.lists(st.integers(0, 200)))
def test_nothing_inside_a_bracketed_paste_kills(text: bytes, cuts: list[int]) -> None:
    pasted = (text + F12 + b"\x18\x18").replace(b"\x1b[201~", b"")
    stream = b"\x1b[200~" + pasted + b"\x1b[201~"
    recognizer = KillKeyRecognizer(KillKeys())
    for piece in cut_up(stream, cuts):
        assert recognizer.feed(piece, NOW) == []
    assert [press.key for press in recognizer.feed(F12, NOW)] == ["f12"]


@given(stream=STREAMS)
def test_outside_a_paste_a_clean_f12_always_kills(stream: bytes) -> None:
    recognizer = KillKeyRecognizer(KillKeys())
    recognizer.feed(stream.replace(b"\x1b[200~", b""), NOW)
    assert "f12" in [press.key for press in recognizer.feed(F12, NOW)]
