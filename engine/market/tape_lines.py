"""The lines of a tape file, plain or gzip, in small pieces: a file of any size takes the same memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

#: Characters read at a time: about 650 quotes, 1-2 ms of work, so that a feed can stop between two pieces.
_PIECE: Final = 32_768
_LONGEST_LINE: Final = 4_096
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ENCODING: Final = "utf-8-sig"


class TapeError(ValueError):
    """A tape can't be used. One line: the file, where known line and column, and what was expected."""

    def __init__(self, path: Path | str, reason: str, line: int | None = None) -> None:
        where = f"{path}: " if line is None else f"{path}: line {line}: "
        super().__init__(where + reason)
        self.path = Path(path)
        self.line = line


def read_lines(path: Path) -> Iterator[list[str]]:
    """Lists of whole lines without their ends; the first line of the first list is the header.

    The content says whether it is gzip; a name that ends in .gz must be. Raises TapeError for what can't be
    opened, is empty, is cut off or damaged gzip, is no UTF-8 text, or holds a line that no tape has.
    """
    done = 0
    rest = ""
    try:
        with _open(path) as text:
            while piece := text.read(_PIECE):
                lines = (rest + piece).split("\n")
                rest = lines.pop()
                if lines:
                    done += len(lines)
                    yield lines
                if len(rest) > _LONGEST_LINE:
                    raise TapeError(path, f"over {_LONGEST_LINE} characters long; expected a row", done + 1)
            if rest:
                yield [rest]
    except EOFError:
        raise TapeError(path, f"the gzip file is cut off after line {done}; expected its end mark") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise TapeError(path, f"the gzip file is damaged after line {done}: {error}") from None
    except UnicodeDecodeError:
        raise TapeError(path, f"is not text after line {done}; expected CSV in UTF-8") from None
    except OSError as error:
        raise TapeError(path, f"can't be read: {error.strerror or error}") from None


def _open(path: Path) -> TextIO:
    with path.open("rb") as file:
        start = file.read(2)
    if not start:
        raise TapeError(path, "is empty; expected a header row and rows")
    if start == _GZIP_MAGIC:
        return gzip.open(path, "rt", encoding=_ENCODING)
    if path.suffix == ".gz":
        raise TapeError(path, "is named .gz but is no gzip file")
    return path.open(encoding=_ENCODING)
