"""What `.ci/package.py` says of a source distribution and of wheels: nothing of sound ones, a line for each fault."""

from __future__ import annotations

import io
import runpy
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CHECKER = runpy.run_path(str(Path(__file__).parents[1] / ".ci" / "package.py"))
complaints: Callable[[Path], Iterable[str]] = CHECKER["complaints"]
main: Callable[[Path], int] = CHECKER["main"]

INFO = "radiogram-0.1.0.dist-info"
TAGS = "cp311-abi3-manylinux_2_28_x86_64"
METADATA = (
    "Metadata-Version: 2.4\nName: radiogram\nVersion: 0.1.0\nLicense-Expression: MIT OR Apache-2.0\n"
    "License-File: LICENSE-MIT\nLicense-File: LICENSE-APACHE\nLicense-File: NOTICE\n\n# radiogram: a toolkit\n"
)


def _wheel(folder: Path, changes: dict[str, str | None], tags: str = TAGS) -> Path:
    files: dict[str, str | None] = {
        **dict.fromkeys(CHECKER["WHEEL"], ""),
        **{f"{INFO}/licenses/{name}": "" for name in CHECKER["LICENCES"]},
        "radiogram/_core.abi3.so": "",
        f"{INFO}/METADATA": METADATA,
    }
    file = folder / f"radiogram-0.1.0-{tags}.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        for name, text in (files | changes).items():
            if text is not None:
                wheel.writestr(name, text)
    return file


def _source(folder: Path, changes: dict[str, str | None]) -> Path:
    files: dict[str, str | None] = {**dict.fromkeys(CHECKER["SOURCE"], ""), "PKG-INFO": METADATA}
    file = folder / "radiogram-0.1.0.tar.gz"
    with tarfile.open(file, "w:gz") as source:
        for name, text in (files | changes).items():
            if text is not None:
                member = tarfile.TarInfo(f"radiogram-0.1.0/{name}")
                member.size = len(text)
                source.addfile(member, io.BytesIO(text.encode()))
    return file


def test_sound_ones_are_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _wheel(tmp_path, {})
    _source(tmp_path, {})
    assert main(tmp_path) == 0
    assert capsys.readouterr().out.count("\n") == 2


def test_an_empty_folder_is_a_fault(tmp_path: Path) -> None:
    assert main(tmp_path) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"radiogram/py.typed": None}, "radiogram/py.typed is missing"),
        ({f"{INFO}/licenses/NOTICE": None}, f"{INFO}/licenses/NOTICE is missing"),
        ({"radiogram/_core.abi3.so": None}, "one extension module is expected, there are []"),
        ({"radiogram/__pycache__/x.pyc": ""}, "radiogram/__pycache__/x.pyc has no place in it"),
        (
            {f"{INFO}/METADATA": METADATA.replace("MIT OR Apache-2.0", "MIT")},
            "the licence is MIT, not MIT OR Apache-2.0",
        ),
        (
            {f"{INFO}/METADATA": METADATA.replace("License-File: NOTICE\n", "")},
            "NOTICE is not listed as a licence file",
        ),
        ({f"{INFO}/METADATA": METADATA.partition("# ")[0]}, "the README is not the description"),
    ],
)
def test_what_is_wrong_with_a_wheel(changes: dict[str, str | None], said: str, tmp_path: Path) -> None:
    assert list(complaints(_wheel(tmp_path, changes))) == [said]
    assert main(tmp_path) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Cargo.lock": None}, "Cargo.lock is missing"),
        ({"LICENSE-MIT": None}, "LICENSE-MIT is missing"),
        ({"target/debug/x.d": ""}, "target/debug/x.d has no place in it"),
        ({"rust/data/fuzz/corpus/one": ""}, "rust/data/fuzz/corpus/one has no place in it"),
        ({"tests/ct.dcm": ""}, "tests/ct.dcm has no place in it"),
    ],
)
def test_what_is_wrong_with_the_source(changes: dict[str, str | None], said: str, tmp_path: Path) -> None:
    assert list(complaints(_source(tmp_path, changes))) == [said]


def test_a_wheel_for_one_python_is_none_of_ours(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, {}, "cp312-cp312-manylinux_2_28_x86_64")
    assert list(complaints(wheel)) == ["the tags in its name are none that we publish"]


def test_a_large_one_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHECKER["LARGEST"], ".whl", 100)
    (said,) = complaints(_wheel(tmp_path, {}))
    assert said.endswith("bytes, and 100 are allowed")
