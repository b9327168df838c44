"""DCMTK's printer and its print client: ours print on it, and it prints on ours, with presentation LUTs and annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import radiogram as rg
from radiogram.net import sop_class
from radiogram.net.services import Printing, Services, print_user, uids

from tests.peers.net.ours import US, associated, serving
from tests.peers.net.servers import printer
from tests.programs import require, run

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """[[GENERAL]]
[PRINT]
Directory = {folder}/spool
[DATABASE]
Directory = {folder}/database
[LUT]
Directory = {folder}/lut
[[COMMUNICATION]]
[OURS]
Type = PRINTER
Hostname = 127.0.0.1
Port = {port}
Aetitle = {title}
Description = ours
DisableNewVRs = false
ImplicitOnly = false
MaxPDU = 32768
Annotation = 2\\LABEL
DisplayFormat = 1,1\\2,1
FilmSizeID = 8INX10IN
FilmDestination = PROCESSOR
MediumType = BLUE FILM\\PAPER
ResolutionID = STANDARD
MagnificationType = CUBIC\\BILINEAR
Supports12Bit = true
SupportsPresentationLUT = true
PresentationLUTMatchRequired = true
PresentationLUTinFilmSession = false
SupportsImageSize = true
SupportsDecimateCrop = true
SupportsTrim = true
"""


def test_our_user_prints_with_a_presentation_lut_on_dcmprscp(tmp_path: Path) -> None:
    classes = [sop_class.BasicGrayscalePrintManagementMeta, sop_class.PresentationLUT]
    with printer(tmp_path) as port, associated(port, classes) as association:
        session = print_user.FilmSession(association, NumberOfCopies="1", MediumType="PAPER")
        luts = [session.presentation_lut("LIN OD"), session.presentation_lut(table=np.arange(256) * 257)]
        picture = np.tile(np.arange(256, dtype="u2") * 16, (32, 1))
        # A table has as many entries as there are values, or dcmprscp does not take it (PS3.3 C.11.4).
        for lut, bits in ((luts[0], 12), (luts[1], 8)):
            item = print_user.image_item(picture if bits == 12 else (picture // 16).astype("u1"), bits=bits)
            list(session.film([item], lut=lut, FilmSizeID="8INX10IN", MagnificationType="BILINEAR"))
        session.close()
    stored = [rg.read(path) for path in (tmp_path / "database").iterdir() if path.suffix == ".dcm"]
    printed = [ds for ds in stored if "FilmBoxContentSequence" in ds]
    shapes = {str(ds.PresentationLUTContentSequence[0].get("PresentationLUTShape")) for ds in printed}
    assert (len(printed), shapes) == (2, {"LIN OD", "None"})


def test_dcmprscu_prints_with_a_presentation_lut_and_an_annotation_on_ours(
    native: list[Path], tmp_path: Path
) -> None:
    require("dcmpsprt", "dcmprscu")
    for name in ("spool", "database", "lut"):
        (tmp_path / name).mkdir()
    pages: list[Any] = []
    printing = Printing(pages.append, dots=50)
    config = tmp_path / "print.cfg"
    handlers = Services(printing).handlers()
    with serving(handlers, printing.contexts, any_storage=False) as port:
        config.write_text(CONFIG.format(folder=tmp_path, port=port, title=US), encoding="ascii")
        (source,) = [path for path in native if "Explicit" in path.stem and "Deflated" not in path.stem]
        note = ["-a", "LEFT", "-pd", "-pn", "-pl"]
        run("dcmpsprt", "-v", "-c", config, "-p", "OURS", "--lin-od", "--filmsize", "8INX10IN", *note, source)
        (job,) = (tmp_path / "database").glob("SP_*.dcm")
        said = run("dcmprscu", "-v", "-d", "-c", config, "-p", "OURS", "--copies", 2, "--label", "X", job)
        printing.jobs.close()
    (page,) = pages
    assert (page.copies, page.session.FilmSessionLabel) == (2, "X"), said.text
    assert "LEFT" in [text for _, text in page.annotations], said.text
    assert page.array.shape == (500, 400)
    assert page.array.max() > page.array.min()
    assert uids("PresentationLUT")[0] in said.text or "PresentationLUT" in said.text
