"""What is wrong with a dataset that was read all the same."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Problem"]


class Problem(NamedTuple):
    r"""A departure from the standard that was read past.

    Examples
    --------
    >>> import radiogram as rg
    >>> ds = rg.read(b"\x08\x00\x60\x00CS\x02\x00CT\x08\x00\x70\x00LO\x02\x00AB\x10\x00\x10\x00PN\x02\x00X ")
    >>> [problem.kind for problem in ds.problems]
    ['no_preamble', 'no_file_meta']
    """

    kind: str
    """Which rule was broken, in a word that does not change between versions."""
    path: str
    """Tag path from the root, such as ``(0040,A730)[3].(0040,A160)``."""
    offset: int
    """Byte offset in the source; in the inflated data where the dataset is deflated."""
    assumed: str
    """What was assumed instead. Never a value of the dataset."""
