"""What holds for every file of the repository."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 800
CODE = {".py", ".pyi", ".rs"}
GENERATED = ("generated", "made by")
FORBIDDEN = (
    "/" + "work/",
    "/" + "root/",
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "crates" + ".io",
    "registry" + ".npmjs",
    "lib" + ".rs/",
)
"""Machine paths and the hosts of package registries; split, so that this file may hold them."""


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """List what the repository holds."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a checkout")
    said = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [file for name in said.split("\0") if name and (file := ROOT / name).is_file()]


def _is_generated(text: str) -> bool:
    head = text.split("\n", 1)[0].lower()
    return any(word in head for word in GENERATED)


def test_no_file_is_too_long(files: list[Path]) -> None:
    """800 lines is wrong; a file that says in line 1 that it is generated may be longer."""
    long = []
    for file in files:
        if file.suffix in CODE:
            text = file.read_text(encoding="utf-8")
            if text.count("\n") > LONGEST and not _is_generated(text):
                long.append(f"{file.relative_to(ROOT)}: {text.count(chr(10))} lines")
    assert not long


def test_no_machine_is_named(files: list[Path]) -> None:
    """No path of one machine, no registry host; Cargo.lock names its registry because it must."""
    wrong = []
    for file in files:
        if file.name == "Cargo.lock":
            continue
        data = file.read_bytes()
        wrong += [f"{file.relative_to(ROOT)}: {word}" for word in FORBIDDEN if word.encode() in data]
    assert not wrong


def test_no_real_file_came_in(files: list[Path]) -> None:
    """Test data is made by code, or comes from packages: no DICOM file lies in the repository."""
    wrong = [file.name for file in files if file.suffix in {".dcm", ".dic", ".ima", ".IMA"}]
    wrong += [file.name for file in files if file.read_bytes()[128:132] == b"DICM"]
    assert not wrong


def test_every_package_says_what_it_is_for(files: list[Path]) -> None:
    """A newcomer knows from the first line of a folder what the room is for."""
    folders = {
        file.parent for file in files if file.suffix == ".py" and "python" in file.relative_to(ROOT).parts
    }
    folders |= {file.parent for file in files if file.name == "__init__.py"}
    for folder in sorted(folders):
        first = folder / "__init__.py"
        assert first.exists(), f"{folder.relative_to(ROOT)} is no package"
        assert ast.get_docstring(ast.parse(first.read_text(encoding="utf-8"))), (
            f"{first.relative_to(ROOT)}: no docstring"
        )


def test_every_rust_file_says_what_it_is_for(files: list[Path]) -> None:
    """Each begins with what it is for; a generated one says that it is."""
    wrong = [
        str(file.relative_to(ROOT))
        for file in files
        if file.suffix == ".rs"
        and not (text := file.read_text(encoding="utf-8")).startswith("//!")
        and not _is_generated(text)
    ]
    assert not wrong


def _workflows() -> dict[str, str]:
    return {
        file.name: file.read_text(encoding="utf-8") for file in sorted(ROOT.glob(".github/workflows/*.yml"))
    }


def test_workflows_pin_what_they_use() -> None:
    """An action by its major version or its commit, never by a branch that moves under us."""
    pinned = re.compile(r"@(v\d+(\.\d+)*|release/v\d+|[0-9a-f]{40})$")
    used = [
        (name, action)
        for name, text in _workflows().items()
        for action in re.findall(r"^\s+(?:- )?uses: (\S+)", text, re.MULTILINE)
    ]
    assert len(used) > 20
    assert not [(name, action) for name, action in used if not pinned.search(action)]


def test_workflows_are_bounded() -> None:
    """They read the repository unless a job says more, no job runs for hours, and no secret is stored."""
    for name, text in _workflows().items():
        assert re.search(r"^permissions:\n  contents: read$", text, re.MULTILINE), name
        jobs = re.split(r"^  (?=[\w-]+:\n)", text.partition("\njobs:\n")[2], flags=re.MULTILINE)[1:]
        assert jobs, name
        assert not [job.split(":")[0] for job in jobs if "timeout-minutes:" not in job], name
        assert "secrets." not in text, name


def test_wheels_cover_the_platforms() -> None:
    """Each platform that the site promises a wheel for is a row."""
    text = _workflows()["wheels.yml"]
    for word in ("x86_64-linux", "aarch64-linux", "x86_64-macos", "aarch64-macos", "x86_64-windows"):
        assert f"target: {word}, os: " in text, word
    assert "musllinux_1_2" in text
    assert "3.14t" in text
    assert "--profile dist" in text


def test_fuzz_targets_are_run_by_libfuzzer() -> None:
    """Each `pub fn` on any bytes in a crate's `fuzz` has a program under `fuzz/fuzz_targets`, and the other way round."""
    target = re.compile(r"^pub fn fuzz_(\w+)\(\w+: &\[u8\]\)", re.MULTILINE)
    crates = sorted(ROOT.glob("rust/*/src/fuzz"))
    assert crates
    for folder in crates:
        crate = folder.parents[1]
        names = {
            name for file in folder.rglob("*.rs") for name in target.findall(file.read_text(encoding="utf-8"))
        }
        programs = {
            file.stem: file.read_text(encoding="utf-8") for file in crate.glob("fuzz/fuzz_targets/*.rs")
        }
        assert programs.keys() == names, crate.name
        for name, program in programs.items():
            assert f"radiogram_{crate.name}::fuzz::fuzz_{name}(" in program
        manifest = tomllib.loads((crate / "fuzz" / "Cargo.toml").read_text(encoding="utf-8"))
        assert {one["name"]: one["path"] for one in manifest["bin"]} == {
            name: f"fuzz_targets/{name}.rs" for name in names
        }
        assert "workspace" in manifest, "libFuzzer is C++ and stays outside of the workspace"
