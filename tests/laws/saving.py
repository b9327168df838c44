"""The rules of the state machine of edits that write: saved, read again, pickled, in another syntax; and the model likewise."""

from __future__ import annotations

import io
import pickle
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import hypothesis.strategies as st
import pydicom
import radiogram as rg
from hypothesis.stateful import rule

if TYPE_CHECKING:
    from pydicom.dataset import Dataset as Theirs

LARGE = 0x7FE00010
"""An element that is left in the file when it is read, and that only a rule of its own touches."""
SAMPLES = bytes(range(256)) * 300
SYNTAXES = {
    "1.2.840.10008.1.2": (True, True),
    "1.2.840.10008.1.2.1": (False, True),
    "1.2.840.10008.1.2.1.99": (False, True),
    "1.2.840.10008.1.2.2": (False, False),
}
LENGTHS = st.sampled_from(("as read", "defined", "undefined"))


class _Machine(Protocol):
    ours: rg.Dataset
    theirs: Theirs
    loose: list[Any]
    held: list[Any]
    path: Path | None
    as_read: list[object]


def written_by_pydicom(ds: Theirs, syntax: str) -> bytes:
    """Give what pydicom writes of its data set, with file meta information."""
    buffer = io.BytesIO()
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.preamble = bytes(128)
    implicit, little = SYNTAXES[syntax]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pydicom.dcmwrite(buffer, ds, implicit_vr=implicit, little_endian=little, force_encoding=True)
    return buffer.getvalue()


def as_instance(ds: rg.Dataset) -> rg.Dataset:
    """Let the file meta information say which instance it is, where a whole file is asked for."""
    meta = ds.file_meta
    meta.MediaStorageSOPClassUID = meta.get("MediaStorageSOPClassUID") or "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = meta.get("MediaStorageSOPInstanceUID") or "1.2.3.4"
    return ds


def numbers(told: Any) -> Any:
    """Leave out how a number is written: of 0 we make `0`, pydicom `0.0`."""
    if isinstance(told, tuple) and told[:1] == ("decimal",):
        return told[:2]
    return type(told)(map(numbers, told)) if isinstance(told, (list, tuple)) else told


class Saving:
    """Rules for a machine with `ours`, `theirs` and a `path` where the data set came from one."""

    def _reload(self: _Machine, content: bytes, syntax: str, tell: Any) -> None:
        """Hold what we wrote against what pydicom writes of its own, and go on with what is read."""
        again, model = rg.read(content, force=True), rg.read(written_by_pydicom(self.theirs, syntax))
        # Items that were read out of order stay so.
        assert not {problem.kind for problem in again.problems} - {"unsorted_tags"}
        assert numbers(tell(again)) == numbers(tell(model)), "pydicom writes something else"
        self.ours, self.as_read = again, tell(again)
        self.theirs = pydicom.dcmread(io.BytesIO(content), force=True)
        self.loose, self.held, self.path = [], [], None

    def _samples(self: _Machine) -> object:
        return self.theirs[LARGE].value if LARGE in self.theirs else None

    @rule(
        uid=st.sampled_from(sorted(SYNTAXES)), lengths=LENGTHS, way=st.sampled_from(("bytes", "path", "file"))
    )
    def save_and_read(self: Any, uid: str, lengths: Any, way: str) -> None:
        """To bytes, to a path, to a file-like object, in any native syntax."""
        as_instance(self.ours)
        if way == "bytes":
            content = self.ours.to_bytes(transfer_syntax=uid, lengths=lengths, enforce_file_format=True)
        elif way == "file":
            buffer = io.BytesIO()
            self.ours.save_as(buffer, transfer_syntax=uid, lengths=lengths, enforce_file_format=True)
            content = buffer.getvalue()
        else:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "a.dcm")
                self.ours.save_as(path, transfer_syntax=uid, lengths=lengths, enforce_file_format=True)
                content = path.read_bytes()
        self._reload(content, uid, self.tell)

    @rule(uid=st.sampled_from(sorted(SYNTAXES)))
    def change_the_syntax(self: Any, uid: str) -> None:
        """The file meta information says which."""
        self.ours.file_meta.TransferSyntaxUID = uid
        self._reload(as_instance(self.ours).to_bytes(enforce_file_format=True), uid, self.tell)

    @rule()
    def save_onto_its_own_file(self: Any) -> None:
        """And go on with the same data set, which still reaches what it left in the file."""
        if self.path is not None:
            before = self.tell(self.ours)
            self.ours.save_as(self.path)
            assert self.tell(self.ours) == before
            there = rg.read(self.path, force=True)
            assert [int(elem.tag) for elem in there] == [int(elem.tag) for elem in self.ours]

    @rule()
    def touch_what_was_left_in_the_file(self: Any) -> None:
        """Its bytes are those that were there when it was read."""
        if LARGE in self.ours:
            assert bytes(self.ours[LARGE].value) == bytes(self._samples())

    @rule()
    def pickle(self: Any) -> None:
        """What comes out of a pickle is what a file would be."""
        content = pickle.dumps(self.ours)
        made = pickle.loads(content)
        assert made.file_meta == self.ours.file_meta or self.ours._is_edited
        self._reload(as_instance(made).to_bytes(enforce_file_format=True), self.syntax(made), self.tell)

    @staticmethod
    def syntax(ds: rg.Dataset) -> str:
        """Name the native syntax that a data set is written in when nothing else is asked for."""
        named = ds.file_meta.get("TransferSyntaxUID")
        if named:
            return str(named)
        return "1.2.840.10008.1.2" if ds.is_implicit_VR else "1.2.840.10008.1.2.1"
