"""A process that saves and may be killed, refused or interrupted meanwhile: `python -m tests.write.child WHAT PATH ...`.

It says `ready` before it begins, and how it ended after that: `saved`, or the classes of the exception and its errno.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import radiogram as rg

from tests import build

if TYPE_CHECKING:
    from collections.abc import Callable

PIXELS = 0x7FE00010
FSYNC = {"x86_64": (0xC000003E, 74), "aarch64": (0xC00000B7, 82)}
"""Of each machine: the number by which the kernel knows it, and that of its `fsync`."""


def content(number: int, size: int) -> bytes:
    """Give a whole file that says its number in front of its pixels, and fills them with it."""
    head = build.element(0x00100020, "LO", f"{number:08}")
    return build.file(head + build.element(PIXELS, "OW", bytes([number % 251]) * size))


def number_in(file: bytes, size: int) -> int | None:
    """Give the number of a file that is whole, `None` for any other."""
    found = int(rg.read(file).PatientID)
    return found if file == content(found, size) else None


def attempt(save: Callable[[], object]) -> None:
    """Say how saving went."""
    print("ready", flush=True)
    try:
        save()
    except BaseException as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        print(*names, f"errno={getattr(error, 'errno', None)}", flush=True)
    else:
        print("saved", flush=True)


def again_and_again(path: str, size: int, number: int) -> None:
    """Save from a number on until somebody ends this process: what is in memory, and in the file that is replaced."""
    print("ready", flush=True)
    while True:
        rg.read(content(number, size)).save_as(path)
        ds = rg.read(path)
        ds.PatientID = f"{number:08}"
        ds.save_as(path)
        number += 1


def limited(path: str, size: int, most: int) -> None:
    """Save where no file may be longer than so many bytes; beforehand where one may, so that all is loaded."""
    ds = rg.read(content(2, size))
    ds.to_bytes()
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    attempt(lambda: ds.save_as(path))


def as_nobody(open_path: str, path: str) -> None:
    """Save as a user who may do less than root: where that user may, then where not."""
    ds = rg.read(content(2, 1000))
    ds.save_as(open_path)
    # What is imported on the way to an error may be out of reach for that user.
    with contextlib.suppress(OSError):
        ds.save_as(Path(open_path, "no folder"))
    Path(open_path).unlink()
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    ds.save_as(open_path)
    attempt(lambda: ds.save_as(path))


def deflating(path: str, size: int) -> None:
    """Save what takes a good while: noise is compressed for nothing."""
    ds = rg.read(build.file(build.element(PIXELS, "OW", os.urandom(size))))
    attempt(lambda: ds.save_as(path, transfer_syntax="DeflatedExplicitVRLittleEndian"))


def durable(path: str) -> None:
    """Save so that it survives a power cut."""
    ds = rg.read(content(2, 1000))
    attempt(lambda: ds.save_as(path, durable=True))


def without_fsync(path: str, how: str) -> None:
    """Save where the system refuses `fsync` with EIO (seccomp(2))."""
    ds = rg.read(content(2, 1000))
    ds.to_bytes()
    machine, call = FSYNC[platform.machine()]
    allow, refuse = 0x7FFF0000, 0x00050000 | 5
    # Of each instruction: code, where to go on if true and if false, operand.
    program = [
        (0x20, 0, 0, 4),  # load the machine
        (0x15, 0, 3, machine),  # another one: allow
        (0x20, 0, 0, 0),  # load the number of the call
        (0x15, 0, 1, call),
        (0x06, 0, 0, refuse),
        (0x06, 0, 0, allow),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    filter_ = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    held = ctypes.create_string_buffer(filter_)
    assert libc.prctl(38, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS"
    assert libc.prctl(22, 2, ctypes.addressof(held), 0, 0) == 0, "PR_SET_SECCOMP"
    attempt(lambda: ds.save_as(path, durable=how == "durable"))


if __name__ == "__main__":
    _, what, *arguments = sys.argv
    globals()[what](*[int(one) if one.isdecimal() else one for one in arguments])
