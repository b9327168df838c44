"""What there is to scan: files, folders, patterns, members of archives, what a DICOMDIR or a manifest names, remote objects.

The core takes it in lists: a text is the path of a file, a tuple is anything else that has a name, as (name, size, time
of change in nanoseconds, content). Content is bytes, the words of what went wrong, (path, offset) of a part of a file,
something to call for a file-like object, or what is asked for ranges of a remote one.
"""

from __future__ import annotations

import glob
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.errors import ArgumentError
from radiogram.interop.names import checked, path_of, shown
from radiogram.scanning import archives, media

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Load", "Sources", "Spec", "folder"]

Spec = str | os.PathLike[str] | object
"""What a user calls a source: a path, a pattern, a URL; a store of obstore, or one with a prefix."""

Load = str | tuple[str, int | None, int | None, object]
"""What the core calls one."""

_MANY = 1024
"""Paths that are handed over at a time."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a user named, not looked at yet.

    Attributes
    ----------
    named : tuple
        Files, folders, patterns, archives, URLs.
    manifests : tuple of Path
        Text files that name one a line.
    options : mapping, optional
        What opens the stores of URLs.
    """

    named: tuple[Spec, ...]
    manifests: tuple[Path, ...] = ()
    options: Mapping[str, object] | None = None

    @classmethod
    def of(
        cls,
        given: Spec | Iterable[Spec] | None,
        manifest: str | os.PathLike[str] | None = None,
        options: Mapping[str, object] | None = None,
    ) -> Sources:
        """Take one source or several."""
        if given is None:
            named: tuple[Spec, ...] = ()
        elif isinstance(given, (str, bytes, os.PathLike)) or _is_store(given):
            named = (given,)
        else:
            named = tuple(given)  # type: ignore[arg-type]
        if any(isinstance(one, bytes) or (isinstance(one, str) and not one) for one in named):
            message = "a source is the text of a path, pattern or URL, and not empty: os.fsdecode makes text of bytes"
            raise ArgumentError(message)
        return cls(named, () if manifest is None else (Path(checked(os.fspath(manifest))),), options)

    def loads(self, *, looking: bool = True) -> Iterator[list[Load]]:
        """Look at them one after the other, and give what is there in lists; what cannot be listed is an item with its error.

        Parameters
        ----------
        looking : bool
            False to take what is called like a file for one without a look, which costs as much as opening it: `folder`
            gives what is in one that turns out to be a folder.
        """
        for many in self.parts(looking=looking):
            if isinstance(many, archives.Packed):
                yield from many.loads()
            else:
                yield many

    def parts(self, *, looking: bool = True) -> Iterator[list[Load] | archives.Packed]:
        """Give the same, with compressed archives left closed."""
        waiting: list[Load] = []
        for spec in self._specs():
            path = path_of(os.fspath(spec)) if isinstance(spec, (str, os.PathLike)) else ""
            if not looking and path and _is_plain(path):
                waiting.append(path)
            else:
                for one in _loads(path) if path and "://" not in path else self._remote(path or spec):
                    if isinstance(one, (list, archives.Packed)):
                        if waiting:
                            yield waiting
                            waiting = []
                        yield one
                    else:
                        waiting.append(one)
            if len(waiting) >= _MANY:
                yield waiting
                waiting = []
        if waiting:
            yield waiting

    def _remote(self, spec: Spec) -> Iterator[Load]:
        from radiogram.interop import remote

        yield from remote.objects(spec, self.options)

    def _specs(self) -> Iterator[Spec]:
        yield from self.named
        for manifest in self.manifests:
            yield from media.listed(manifest)


def _is_store(given: object) -> bool:
    """Tell a store of obstore, without importing anything where none can be there."""
    if "obstore" not in sys.modules:
        return False
    from radiogram.interop import remote

    return remote.is_store(given)


def _is_plain(path: str) -> bool:
    """Tell the path of a file or folder that goes straight from the root, and is no archive, pattern, DICOMDIR or URL by its name."""
    return (
        path[:1] == "/"
        and path.isascii()
        and "/." not in path
        and "//" not in path
        and "*" not in path
        and "?" not in path
        and "[" not in path
        and "::" not in path
        and "\0" not in path
        and not path.lower().endswith(_SPECIAL)
    )


_SPECIAL = (*archives.ENDINGS, "dicomdir")


def _loads(spec: str) -> Iterator[Load | list[Load] | archives.Packed]:
    """Give single sources, lists of them where many come at once, or a compressed archive."""
    if "\0" in spec:
        # No system call takes it, and each says so in its own way.
        yield shown(spec), None, None, "no path has a NUL in it"
        return
    try:
        checked(spec)
    except ArgumentError as error:
        yield shown(spec), None, None, str(error)
        return
    path = os.path.abspath(spec)  # noqa: PTH100  # pathlib's is many times as dear
    if os.path.isdir(path):  # noqa: PTH112
        yield from folder(path)
    elif archives.is_archive(path) and os.path.isfile(path):  # noqa: PTH113
        yield from archives.members(path)
    elif (member := archives.named_member(spec)) is not None:
        yield from archives.members(os.path.abspath(member[0]), member[1])  # noqa: PTH100
    elif media.is_dicomdir(path):
        yield from media.referenced(path)
    elif glob.has_magic(path) and not os.path.lexists(path):
        # pathlib's glob cannot take an absolute pattern.
        for found in sorted(glob.iglob(path, recursive=True)):  # noqa: PTH207
            if not os.path.isdir(found) or glob.escape(found) == found:  # noqa: PTH112
                yield from _loads(found)
    else:
        yield path


def folder(path: str) -> Iterator[list[Load]]:
    """Give the files of a folder in the order of their names, then those of its folders; links to folders are not followed."""
    waiting = [path]
    while waiting:
        inner = waiting.pop()
        files: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(inner) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    elif _is_source(entry):
                        files.append(entry.name)
        except OSError as error:
            yield [(inner, None, None, f"the folder cannot be listed: {error.strerror}")]
        files.sort()
        front = os.path.join(inner, "")  # noqa: PTH118
        for at in range(0, len(files), _MANY):
            yield [front + name for name in files[at : at + _MANY]]
        folders.sort(reverse=True)
        waiting += [front + name for name in folders]


def _is_source(entry: os.DirEntry[str]) -> bool:
    """Tell files from pipes and devices, and from links to folders; a link to nothing is left for its error."""
    try:
        return entry.is_file() or (entry.is_symlink() and not os.path.exists(entry.path))  # noqa: PTH110
    except OSError:
        return True
