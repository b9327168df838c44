"""Pages of Markdown that show Python and commands: finding their blocks, running them, holding them to what they say.

A statement may say on its last line what it gives, by its `repr`, or which exception it raises:

    ds.Rows  # -> 512
    rg.read(b"")  # raises NotDicomError
"""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
import radiogram as rg
from radiogram.cli import main
from radiogram.segmentation.phantom import write_segmentation
from radiogram.structures.phantom import circle, write_structures
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from pathlib import Path

FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
SAYS = re.compile(r"\s*# (?P<what>->|raises) (?P<said>.+)$")


@dataclass(frozen=True)
class Block:
    """What stands between two fences."""

    page: Path
    line: int
    code: str

    def statements(self) -> list[tuple[ast.stmt, re.Match[str] | None]]:
        """Give each statement, with what the comment behind it says."""
        tree = ast.parse(self.code, str(self.page))
        lines = self.code.encode().splitlines()
        found = []
        for statement in tree.body:
            assert statement.end_lineno is not None
            behind = lines[statement.end_lineno - 1][statement.end_col_offset :].decode()
            ast.increment_lineno(statement, self.line - 1)
            found.append((statement, SAYS.match(behind)))
        return found


def furnish(folder: Path) -> None:
    """Put the series there that the pages speak of, and what is segmented and outlined in it."""
    phantom = Phantom(slices=40)
    write_series(folder / "ct", phantom)
    same = {"frame_of_reference_uid": rg.open_volume(folder / "ct").report.frame_of_reference_uid}
    affine, inner = phantom.affine(), slice(12, 28)
    row, column = np.mgrid[: phantom.rows, : phantom.columns]
    lungs, spine = (
        [np.hypot(row - 235, column - middle) < 40 for middle in (358, 153)],
        np.hypot(row - 363, column - 255.5),
    )
    masks = np.zeros((3, phantom.slices, phantom.rows, phantom.columns), bool)
    masks[0, inner], masks[1, 14:26], masks[2, inner] = *lungs, (spine < 30) & (spine > 17)
    names = ["Left lung", "Right lung", "Spine"]
    write_segmentation(folder / "seg.dcm", masks, affine, labels=names, **same)
    masks[1, inner] |= lungs[0]
    write_segmentation(folder / "overlapping.dcm", masks[:2, :16], affine, labels=names[:2], **same)
    lung = [circle(affine, place, (235.0, 358.0), 40.0) for place in range(14, 26)]
    around = [
        circle(affine, place, (363.0, 255.5), radius) for place in range(14, 26) for radius in (30.0, 17.0)
    ]
    write_structures(folder / "structures.dcm", {"Left lung": lung, "Spine": around}, **same)
    (folder / "edits.csv").write_text(
        "path,PatientID,PatientName,ReferencedImageSequence[0].ReferencedSOPInstanceUID,KVP\n"
        "CT0001.dcm,A1,Doe^Jane,1.2.3,<delete>\n"
        "CT0002.dcm,A2,,<empty>,\n"
    )


def blocks(page: Path, language: str) -> list[Block]:
    """List the blocks of a page that are in one language."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, found.start("code")) + 1, found["code"])
        for found in FENCE.finditer(text)
        if found["language"] == language
    ]


def run(block: Block, names: dict[str, object]) -> int:
    """Run a block, and tell how many of its statements said what comes of them."""
    checked = 0
    for statement, said in block.statements():
        whole = compile(ast.Module([statement], []), str(block.page), "exec")
        place = f"{block.page.name}:{statement.lineno}"
        checked += said is not None
        if said is None:
            exec(whole, names)
        elif said["what"] == "raises":
            with pytest.raises(Exception) as caught:  # noqa: PT011  # the name is compared below
                exec(whole, names)
            assert (place, type(caught.value).__name__) == (place, said["said"])
        else:
            assert isinstance(statement, ast.Expr), f"{place}: only an expression gives something"
            value = eval(compile(ast.Expression(statement.value), str(block.page), "eval"), names)
            assert (place, repr(value)) == (place, said["said"])
    return checked


def commands(page: Path) -> list[list[str]]:
    """List the arguments of each `radiogram` command line of a page."""
    lines = [line for block in blocks(page, "sh") for line in block.code.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("radiogram ")]


def run_commands(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Run each command of a page: none fails, none complains."""
    for arguments in commands(page):
        assert main(arguments) == 0, arguments
    assert capsys.readouterr().err == ""
