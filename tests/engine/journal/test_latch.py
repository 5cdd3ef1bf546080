from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.latch import UNREADABLE, KillLatch, Latch, was_reset

PULLED = Latch(epoch=3, at_ns=1_700_000_000_000_000_000, by="ann", reason="fat finger", flatten="grace")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "halt"


@contextmanager
def full_disk() -> Iterator[None]:
    """Files can be made, and nothing can be written into them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_desk_without_a_latch_is_not_killed(path: Path) -> None:
    assert not KillLatch(path).exists()
    assert KillLatch(path).read() is None


def test_a_pulled_kill_switch_is_there_for_the_next_start(path: Path) -> None:
    KillLatch(path).write(PULLED)
    assert KillLatch(path).exists()
    assert KillLatch(path).read() == PULLED
    assert [file.name for file in path.parent.iterdir()] == ["halt"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_later_pull_replaces_the_first(path: Path) -> None:
    KillLatch(path).write(PULLED)
    later = Latch(4, 1, "bob", "again", "now")
    KillLatch(path).write(later)
    assert KillLatch(path).read() == later


def test_a_reset_removes_it_and_may_be_repeated(path: Path) -> None:
    KillLatch(path).write(PULLED)
    KillLatch(path).clear()
    KillLatch(path).clear()
    assert not KillLatch(path).exists()


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"\0" * 40,
        b"{",
        b"null",
        b'{"epoch":1}',
        b"\xff\xfe",
        b'{"epoch":"x","at_ns":1,"by":"","reason":"","flatten":"no"}',
    ],
)
def test_contents_that_make_no_sense_mean_killed(path: Path, contents: bytes) -> None:
    path.write_bytes(contents)
    latch = KillLatch(path).read()
    assert latch is not None
    assert latch.reason.startswith(UNREADABLE)
    assert str(path) in latch.reason
    assert latch.flatten == "no"


def test_a_folder_or_a_dangling_link_in_its_place_means_killed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("folder", "link"):
        assert KillLatch(tmp_path / name).exists()
        latch = KillLatch(tmp_path / name).read()
        assert latch is not None
        assert latch.reason.startswith(UNREADABLE)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_latch_that_may_not_be_read_means_killed(path: Path) -> None:
    KillLatch(path).write(PULLED)
    path.chmod(0)
    latch = KillLatch(path).read()
    assert latch is not None
    assert latch.reason.startswith(UNREADABLE)


def test_a_place_that_can_not_even_be_looked_at_means_killed(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert KillLatch(loop / "halt").exists()
    assert KillLatch(loop / "halt").read() is not None


def test_on_a_full_disk_an_empty_file_latches(path: Path) -> None:
    with full_disk():
        KillLatch(path).write(PULLED)
    latch = KillLatch(path).read()
    assert latch is not None
    assert latch.reason.startswith(UNREADABLE)
    assert [file.name for file in path.parent.iterdir()] == ["halt"]


def test_on_a_full_disk_the_first_pull_keeps_its_words(path: Path) -> None:
    KillLatch(path).write(PULLED)
    with full_disk():
        KillLatch(path).write(Latch(4, 1, "bob", "again", "now"))
    assert KillLatch(path).read() == PULLED


def test_a_latch_that_can_not_be_put_anywhere_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JournalWriteError, match="the kill latch can't be written"):
        KillLatch(tmp_path / "no such folder" / "halt").write(PULLED)


def test_a_latch_that_can_not_be_removed_stays(tmp_path: Path) -> None:
    (tmp_path / "halt").mkdir()
    with pytest.raises(JournalError, match="the kill latch can't be removed"):
        KillLatch(tmp_path / "halt").clear()
    assert KillLatch(tmp_path / "halt").exists()


def test_many_hands_may_pull_at_once(path: Path) -> None:
    pulls = [Latch(epoch, 1, f"user {epoch}", "all at once", "no") for epoch in range(1, 9)]
    hands = [threading.Thread(target=KillLatch(path).write, args=(pull,)) for pull in pulls]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert KillLatch(path).read() in pulls
    assert [file.name for file in path.parent.iterdir()] == ["halt"]


def test_a_latch_of_a_kill_that_was_reset_is_told_from_one_that_is_news() -> None:
    assert was_reset(Latch(3, 1, "me", "enough", "no"), 3)
    assert not was_reset(Latch(4, 1, "me", "enough", "no"), 3)
    assert not was_reset(Latch(0, 1, "another shell", "tradedesk kill", "now"), 3)


# --- scopes -----------------------------------------------------------------------------------------------------------


def of_scope(path: Path, scope: str) -> KillLatch:
    return KillLatch(path).of(scope)


def test_each_scope_has_a_latch_of_its_own_and_the_folder_goes_with_the_last(tmp_path: Path) -> None:
    path = tmp_path / "halt"
    for scope in ("instrument:BRK/B", "account:A1", "strategy:mean reversion"):
        of_scope(path, scope).write(Latch(1, 2, "me", "enough", "no"))
    latch = KillLatch(path)
    assert not latch.exists()
    assert set(latch.scopes()) == {"instrument:BRK/B", "account:A1", "strategy:mean reversion"}
    assert [scope for scope, _ in latch.standing({"account:A1"})] == ["instrument:BRK/B", "strategy:mean reversion"]
    for scope in latch.scopes():
        assert latch.of(scope).read() == Latch(1, 2, "me", "enough", "no")
        latch.of(scope).clear()
    assert latch.scopes() == ()
    assert not (tmp_path / "halts").exists()
    latch.of("account:A1").clear()


def test_a_scopes_latch_that_says_nothing_is_a_kill_of_that_scope(tmp_path: Path) -> None:
    of_scope(tmp_path / "halt", "instrument:IBM").write(Latch(1, 2, "me", "enough", "no"))
    (tmp_path / "halts" / "instrument%3AIBM").write_bytes(b"\x00 torn")
    ((scope, latch),) = KillLatch(tmp_path / "halt").standing()
    assert scope == "instrument:IBM"
    assert latch.epoch == 0
    assert latch.reason.startswith("unreadable")


@pytest.mark.parametrize("what", ["a name that is no scope", "a file where the folder should be"])
def test_what_can_not_be_understood_kills_the_desk(tmp_path: Path, what: str) -> None:
    if "name" in what:
        (tmp_path / "halts").mkdir()
        (tmp_path / "halts" / "who knows").write_text("")
    else:
        (tmp_path / "halts").write_text("")
    ((scope, latch),) = KillLatch(tmp_path / "halt").standing()
    assert (scope, latch.epoch) == ("desk", 0)
