"""dicom-echo and odil: clients of other makes against our server, and odil's servers with our client."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from radiogram.net import sop_class

from tests.peers.net.instances import digests
from tests.peers.net.ours import US, Kept, associated, serving
from tests.programs import Program, free_port, run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ODIL_STORE = """
import sys
import odil
association = odil.Association()
association.set_peer_host("127.0.0.1")
association.set_peer_port(int(sys.argv[1]))
parameters = association.update_parameters()
parameters.set_calling_ae_title("ODIL").set_called_ae_title("RADIOGRAM")
CT, EXPLICIT, VERIFICATION = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.1"
Context = odil.AssociationParameters.PresentationContext
role = Context.Role.SCU
parameters.set_presentation_contexts([
    Context(1, VERIFICATION, ["1.2.840.10008.1.2"], role), Context(3, CT, [EXPLICIT], role)])
association.associate()
odil.EchoSCU(association).echo()
store = odil.StoreSCU(association)
for path in sys.argv[2:]:
    with odil.open(path) as stream:
        header, data_set = odil.Reader.read_file(stream)
    store.set_affected_sop_class(data_set)
    store.store(data_set)
association.release()
print("stored")
"""

ODIL_ECHO = """
import sys
import odil
association = odil.Association()
association.receive_association("v4", int(sys.argv[1]))
echo = odil.EchoSCP(association)
echo.set_callback(lambda request: 0)
while True:
    try:
        echo(association.receive_message())
    except odil.AssociationReleased:
        print("released")
        break
"""


def debian_python() -> str:
    """Give the interpreter that Debian's modules belong to."""
    found = shutil.which("python3", path="/usr/bin")
    if (
        found is None
        or subprocess.run([found, "-c", "import odil"], capture_output=True, check=False).returncode
    ):
        pytest.skip("not installed: python3-odil")
    return found


def test_dicom_echo() -> None:
    """C-ECHO by a client in Rust that shares no code with ours."""
    if not importlib.util.find_spec("dicom_echo"):
        pytest.skip("not installed: dicom-echo")
    program = (
        "import sys, dicom_echo\n"
        "print(dicom_echo.send(f'127.0.0.1:{sys.argv[1]}', called_ae_title='RADIOGRAM'))"
    )
    with serving([], any_storage=False) as port:
        for _ in range(5):
            assert run(sys.executable, "-c", program, port).text.split() == ["0"]


def test_odil_stores(archive: list[Path], tmp_path: Path) -> None:
    """C-ECHO and C-STORE by odil: what it has read arrives."""
    python = debian_python()
    kept = Kept()
    with serving(kept.handlers) as port:
        assert "stored" in run(python, "-c", ODIL_STORE, port, *archive[:4], folder=tmp_path).text

    def told(sources: Iterable[Path | bytes]) -> dict[str, str]:
        found = {}
        for one in sources:
            ds = rg.read(one)
            # odil writes decimal strings of its own: 0.6999999999999998 for 0.7.
            del ds.PixelSpacing
            found[str(ds.SOPInstanceUID)] = ds.to_json()
        return found

    assert told(kept.files.values()) == told(archive[:4])
    assert digests(kept.files.values()).keys() == digests(archive[:4]).keys()


def test_odil_is_asked(tmp_path: Path) -> None:
    """C-ECHO of a server of odil's."""
    python, port = debian_python(), free_port()
    with (
        Program([python, "-u", "-c", ODIL_ECHO, port], tmp_path, port),
        associated(port, [sop_class.Verification]) as assoc,
    ):
        assert [assoc.send_c_echo().Status for _ in range(5)] == [0] * 5
    assert US
