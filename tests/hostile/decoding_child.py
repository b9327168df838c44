"""A child that decodes codestreams with imagecodecs, so that what kills the library kills nothing else.

Requests and answers are pickles with their length before them: a request is (codec, codestream, dtype), an answer an array or a sentence.
"""

from __future__ import annotations

import os
import pickle
import resource
import struct
import subprocess
import sys
from select import select
from typing import Any, BinaryIO

import numpy as np

SECONDS = 0.5
"""How long the child may take for a small frame: CharLS searches some damaged ones for ten."""
MEMORY = 3 << 30


def send(pipe: BinaryIO, value: Any) -> None:
    """Write a pickle and its length."""
    content = pickle.dumps(value, protocol=5)
    pipe.write(struct.pack("<Q", len(content)) + content)
    pipe.flush()


def receive(pipe: BinaryIO) -> Any:
    """Read a pickle; `EOFError` where the other side is gone."""
    head = pipe.read(8)
    if len(head) < 8:
        raise EOFError
    content = pipe.read(struct.unpack("<Q", head)[0])
    return pickle.loads(content)


class Other:
    """The other decoder: a child, begun again when it died."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self.deaths = 0

    def decode(self, codec: str, codestream: bytes, dtype: str) -> Any:
        """Give an array, or a sentence where it refuses, dies or takes too long."""
        if self._child is None:
            command = [sys.executable, "-m", "tests.hostile.decoding_child"]
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            assert self._child.stdout is not None
            assert receive(self._child.stdout) == "ready"
        pipes = self._child.stdin, self._child.stdout
        assert pipes[0] is not None
        assert pipes[1] is not None
        try:
            send(pipes[0], (codec, codestream, dtype))
            if not select([pipes[1]], [], [], SECONDS)[0]:
                self._child.kill()
            return receive(pipes[1])
        except (EOFError, BrokenPipeError):
            self.deaths += 1
            self.close()
            return "died, or took too long"

    def close(self) -> None:
        """End the child."""
        if self._child is None:
            return
        with self._child as child:
            child.kill()
        self._child = None


def decode(imagecodecs: Any, codec: str, codestream: bytes, dtype: str) -> Any:
    """Decode in this process."""
    if codec == "rle":
        return np.frombuffer(imagecodecs.dicomrle_decode(codestream, np.dtype(dtype)), dtype)
    if codec == "jpeg-ls":
        return imagecodecs.jpegls_decode(codestream)
    if codec == "jpeg, plain colours":
        return imagecodecs.jpeg8_decode(codestream, colorspace="RGB", outcolorspace="RGB")
    if codec == "jpeg, YCbCr":
        return imagecodecs.jpeg8_decode(codestream, colorspace="YCBCR", outcolorspace="YCBCR")
    return imagecodecs.jpeg8_decode(codestream)


def main() -> None:
    """Answer until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    import imagecodecs

    send(answers, "ready")
    while True:
        try:
            request = receive(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer = decode(imagecodecs, *request)
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        send(answers, answer)


if __name__ == "__main__":
    main()
