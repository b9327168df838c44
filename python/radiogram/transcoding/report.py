"""What became of each file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    Action = Literal["written", "copied", "skipped", "set aside", "failed"]

__all__ = ["TranscodeReport", "Transcoded"]


@dataclass(frozen=True)
class Transcoded:
    """What became of one file.

    Attributes
    ----------
    source, target : Path
        Where it was and where it is to be.
    action : str
        ``"written"``; ``"copied"``, where it is in that transfer syntax or has no pixel data; ``"skipped"``, because it was there already;
        ``"set aside"``, because it is not DICOM; ``"failed"``.
    size, target_size : int
        Bytes of either file, 0 where there is none.
    error : Exception or None
        Why it failed.
    """

    source: Path
    target: Path
    action: Action
    size: int = 0
    target_size: int = 0
    error: Exception | None = None


@dataclass(frozen=True)
class TranscodeReport:
    """What became of all files, in the order of their paths.

    Attributes
    ----------
    files : tuple of Transcoded
        Each file.

    Examples
    --------
    >>> from pathlib import Path
    >>> one = Transcoded(Path("a"), Path("b"), "written", 300, 100)
    >>> str(TranscodeReport((one,)))
    '1 written, 300 to 100 bytes (3.00:1)'
    """

    files: tuple[Transcoded, ...]

    def count(self, action: Action) -> int:
        """Count the files of which this became."""
        return sum(file.action == action for file in self.files)

    @property
    def written(self) -> int:
        """How many files were encoded and written."""
        return self.count("written")

    @property
    def failed(self) -> tuple[Transcoded, ...]:
        """The files that could not be written, each with its error."""
        return tuple(file for file in self.files if file.action == "failed")

    def __str__(self) -> str:
        actions: tuple[Action, ...] = ("written", "copied", "skipped", "set aside", "failed")
        said = [f"{count} {action}" for action in actions if (count := self.count(action))]
        done = [file for file in self.files if file.action == "written"]
        before, after = sum(file.size for file in done), sum(file.target_size for file in done)
        if after:
            said.append(f"{before} to {after} bytes ({before / after:.2f}:1)")
        return ", ".join(said) or "no files"
