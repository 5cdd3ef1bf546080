from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal.emergency import EmergencyLog, EmergencyRecord, EmergencyReport
from engine.journal.errors import JournalError, JournalWriteError

SLOT = 256


def record(number: int = 1) -> EmergencyRecord:
    return EmergencyRecord(2, "paper", "BRK.B", number, f"D7K2{number:08d}", "liquidate")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "emergency.log"


@pytest.fixture
def log(path: Path) -> Iterator[EmergencyLog]:
    opened = EmergencyLog(path)
    yield opened
    opened.close()


def reread(path: Path) -> EmergencyReport:
    log = EmergencyLog(path)
    report = log.read_all()
    log.close()
    return report


def test_the_next_start_finds_what_was_noted(log: EmergencyLog, path: Path) -> None:
    cancel = EmergencyRecord(2, "paper", "AAPL", 1, "D7K200000009", "cancel")
    log.note(cancel)
    log.note(record())
    assert reread(path) == EmergencyReport((cancel, record()))


def test_a_new_log_is_empty_private_and_as_large_as_it_will_ever_be(log: EmergencyLog, path: Path) -> None:
    assert log.read_all() == EmergencyReport(())
    assert path.stat().st_mode & 0o777 == 0o600
    size, blocks = path.stat().st_size, path.stat().st_blocks
    assert blocks * 512 >= size, "the space is not really taken"
    log.note(record())
    assert path.stat().st_size == size


def test_many_cancels_are_noted_with_one_sync(log: EmergencyLog, path: Path) -> None:
    log.note(*map(record, range(1, 201)))
    assert reread(path).records == tuple(map(record, range(1, 201)))


def test_notes_go_on_behind_those_of_a_crashed_desk(log: EmergencyLog, path: Path) -> None:
    log.note(record(1))
    after = EmergencyLog(path)
    after.note(record(2))
    after.close()
    assert reread(path).records == (record(1), record(2))


@given(st.integers(0, SLOT - 1), st.integers(1, 255))
def test_a_damaged_note_is_skipped_and_reported(tmp_path_factory: pytest.TempPathFactory, at: int, flip: int) -> None:
    path = tmp_path_factory.mktemp("log") / "emergency.log"
    log = EmergencyLog(path)
    for number in (1, 2, 3):
        log.note(record(number))
    log.close()
    data = bytearray(path.read_bytes())
    data[SLOT + at] ^= flip
    path.write_bytes(data)
    report = reread(path)
    if report.torn:
        assert report == EmergencyReport((record(1), record(3)), torn=(1,))
    else:
        assert data[SLOT : 2 * SLOT].rstrip(b"\0") != b"", "padding behind the note may change unseen"
        assert report.records == (record(1), record(2), record(3))


def test_a_torn_note_is_not_written_over(log: EmergencyLog, path: Path) -> None:
    log.note(record(1))
    data = bytearray(path.read_bytes())
    data[100:SLOT] = bytes(SLOT - 100)
    data[60] ^= 1
    path.write_bytes(data)
    after = EmergencyLog(path)
    after.note(record(2))
    assert after.read_all() == EmergencyReport((record(2),), torn=(0,))
    after.close()


def test_a_cleared_log_starts_again(log: EmergencyLog, path: Path) -> None:
    log.note(record(1))
    log.clear()
    log.note(record(2))
    assert reread(path).records == (record(2),)


def test_a_full_log_says_so_and_keeps_everything(log: EmergencyLog) -> None:
    log.note(*map(record, range(1, 4096)))
    with pytest.raises(JournalWriteError, match="the emergency log is full"):
        log.note(record(8888), record(9999))
    log.note(record(4096))
    with pytest.raises(JournalWriteError, match="the emergency log is full"):
        log.note(record(9999))
    assert len(log.read_all().records) == 4096


def cancel(number: int) -> EmergencyRecord:
    return EmergencyRecord(2, "paper", "AAPL", 1, f"D7K2{number:08d}", "cancel")


def test_a_cancel_that_is_sent_again_takes_no_room(log: EmergencyLog, path: Path) -> None:
    for _ in range(5):
        log.note(*map(cancel, range(2000)))
    assert reread(path) == EmergencyReport(tuple(map(cancel, range(2000))))
    again = EmergencyLog(path)
    again.note(*map(cancel, range(2000)))
    again.close()
    assert len(log.read_all().records) == 2000
    log.clear()
    log.note(cancel(1))
    assert reread(path) == EmergencyReport((cancel(1),))


def test_cancels_leave_room_for_what_flattens(log: EmergencyLog) -> None:
    log.note(*map(cancel, range(3584)))
    with pytest.raises(JournalWriteError, match="the emergency log is full"):
        log.note(cancel(9999))
    log.note(record(1), record(2))
    assert log.read_all().records[-2:] == (record(1), record(2))


def test_a_record_that_does_not_fit_is_refused_before_anything_is_written(log: EmergencyLog) -> None:
    with pytest.raises(JournalWriteError, match="too long"):
        log.note(EmergencyRecord(1, "a" * 300, "AAPL", 1, "X", "cancel"))
    log.note(record())
    assert log.read_all() == EmergencyReport((record(),))


def test_a_file_that_is_no_emergency_log_is_refused(path: Path, tmp_path: Path) -> None:
    path.write_bytes(b"notes")
    with pytest.raises(JournalError, match=r"emergency\.log: has 5 bytes"):
        EmergencyLog(path)
    with pytest.raises(JournalError, match="the emergency log can't be opened"):
        EmergencyLog(tmp_path / "no such folder" / "emergency.log")
