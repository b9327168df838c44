"""The house's floors: an arrow between rooms goes down only, in Python and in Rust."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "python" / "radiogram"

FLOORS = {
    "_tables": 0,
    "errors": 0,
    "_core": 2,
    "codecs": 3,
    "dataset": 3,
    "dictionary": 3,
    "interop": 3,
    "pixels": 3,
    "problem": 3,
    "registry": 3,
    "scanning": 3,
    "uid": 3,
    "values": 3,
    "video": 3,
    "waveform": 3,
    "deid": 4,
    "iod": 4,
    "net": 4,
    "security": 4,
    "segmentation": 4,
    "sr": 4,
    "structures": 4,
    "terms": 4,
    "transcoding": 4,
    "volume": 4,
    "archive": 5,
    "compat": 5,
    "display": 5,
    "loaders": 5,
    "media": 5,
    "monai": 5,
    "torch": 5,
    "web": 5,
    "cli": 6,
    "conformance": 6,
    "hosting": 6,
    "__main__": 7,
    "__init__": 7,
}
"""The floor of each room of the Python package; a new room is entered here, with thought."""

CRATES = {
    "mutator": -1,
    "core": 0,
    "codec": 0,
    "data": 1,
    "io": 1,
    "net": 1,
    "engine": 2,
    "pixel": 2,
    "py": 3,
}
"""The floor of each crate."""

SAFE = {"core", "data", "net"}
PURE = {"core", "codec", "data", "net"}
BINDING = {"pyo3", "numpy"}
NO_C_INSIDE = {"core-foundation-sys", "js-sys", "linux-raw-sys", "web-sys", "windows-sys"}
"""Crates named `*-sys` that only declare, and compile and link no C."""


@dataclass(frozen=True)
class Import:
    """One import statement of a module of ours."""

    file: Path
    line: int
    target: str
    is_late: bool

    @property
    def room(self) -> str:
        """The room that imports."""
        return self.file.relative_to(PACKAGE).parts[0].removesuffix(".py").removesuffix(".pyi")

    @property
    def target_room(self) -> str | None:
        """The room of ours that is imported, `None` for other people's packages."""
        parts = self.target.split(".")
        if parts[0] != "radiogram":
            return None
        return parts[1] if len(parts) > 1 else "__init__"

    def __str__(self) -> str:
        """Say where."""
        return f"{self.file.relative_to(ROOT)}:{self.line}: {self.room} imports {self.target}"


def _module(file: Path) -> list[str]:
    parts = ["radiogram", *file.relative_to(PACKAGE).with_suffix("").parts]
    return parts[:-1] if parts[-1] == "__init__" else parts


def _targets(node: ast.Import | ast.ImportFrom, file: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    base = node.module or ""
    if node.level:
        here = _module(file) if file.name == "__init__.py" else _module(file)[:-1]
        above = here[: len(here) - node.level + 1]
        base = ".".join([*above, base] if base else above)
    if base == "radiogram":
        return [
            f"radiogram.{name.name}" if (name.name in FLOORS or _is_room(name.name)) else base
            for name in node.names
        ]
    return [base]


def _is_room(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def imports_of(file: Path, source: str | None = None) -> Iterator[Import]:
    """Yield each import that runs: at the top of a module or late, in a function; none for type checkers."""
    waiting: list[tuple[ast.AST, bool]] = [(ast.parse(source or file.read_text(encoding="utf-8")), False)]
    while waiting:
        node, late = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (Import(file, node.lineno, target, late) for target in _targets(node, file))
        children = (
            node.orelse
            if isinstance(node, ast.If) and _is_type_checking(node)
            else ast.iter_child_nodes(node)
        )
        late = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        waiting.extend((child, late) for child in children)


def wrong_imports(imports: list[Import]) -> list[str]:
    """List the imports that go up, reach a room nobody knows, or bring a stranger in."""
    wrong = []
    for one in imports:
        target = one.target_room
        outside = one.target.split(".")[0]
        if one.room not in FLOORS:
            wrong.append(f"{one}: the room has no floor in {Path(__file__).name}")
        elif target is not None:
            if target != one.room and FLOORS.get(target, 99) > FLOORS[one.room]:
                wrong.append(f"{one}: an arrow up")
        elif (
            outside not in sys.stdlib_module_names
            and outside != "numpy"
            and not (one.room == "interop" and one.is_late)
        ):
            wrong.append(f"{one}: third-party packages are imported late, and in interop only")
    return wrong


def cycles(imports: list[Import]) -> list[str]:
    """List rooms that import each other at the top of their modules."""
    arrows = {
        (one.room, one.target_room) for one in imports if not one.is_late and one.target_room != one.room
    }
    reach = {(a, b) for a, b in arrows if b is not None}
    while True:
        longer = reach | {(a, d) for a, b in reach for c, d in reach if b == c}
        if longer == reach:
            return sorted(a for a, b in reach if a == b)
        reach = longer


@pytest.fixture(scope="module")
def all_imports() -> list[Import]:
    """Give every import of the package."""
    return [one for file in sorted(PACKAGE.rglob("*.py")) for one in imports_of(file)]


def test_python_arrows_go_down(all_imports: list[Import]) -> None:
    """No room imports one above it; strangers come in through interop alone."""
    assert not wrong_imports(all_imports), "\n".join(wrong_imports(all_imports))
    assert not cycles(all_imports)


@pytest.mark.parametrize(
    ("room", "source", "is_wrong"),
    [
        ("dataset", "from radiogram import volume", True),
        ("dataset", "def f():\n    import radiogram.cli", True),
        ("dataset", "from radiogram.dictionary import lookup", False),
        (
            "dataset",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from radiogram.volume import Volume",
            False,
        ),
        ("volume", "from radiogram.interop import nifti", False),
        ("volume", "import pydicom", True),
        ("interop", "import pydicom", True),
        ("interop", "def f():\n    import pydicom", False),
        ("interop", "def f():\n    from radiogram import net", True),
        ("dataset", "import numpy as np", False),
        ("nowhere", "import os", True),
    ],
)
def test_the_rule_bites(room: str, source: str, *, is_wrong: bool) -> None:
    """Each kind of wrong arrow is seen, and each near miss is left alone."""
    assert bool(wrong_imports(list(imports_of(PACKAGE / room / "made_up.py", source)))) is is_wrong


def test_import_brings_no_numpy_and_no_thread() -> None:
    """`import radiogram` is cheap: no numpy, no third-party package, no dear module of Python's own, no thread."""
    program = (
        "import sys, threading, radiogram\n"
        "print(*(name in sys.modules for name in ('numpy', 'pydicom', 'typing', 're')), threading.active_count())"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False", "False", "False", "1"]


def _crates() -> dict[str, dict[str, object]]:
    return {
        file.parent.name: tomllib.loads(file.read_text(encoding="utf-8"))
        for file in sorted(ROOT.glob("rust/*/Cargo.toml"))
    }


def _dependencies(manifest: dict[str, object], *, of_tests_too: bool = False) -> set[str]:
    tables = ("dependencies", "build-dependencies", *(("dev-dependencies",) if of_tests_too else ()))
    found: set[str] = set()
    for table in tables:
        names = manifest.get(table, {})
        assert isinstance(names, dict)
        found |= set(names)
    return found


def test_crates_depend_downwards() -> None:
    """A crate depends on crates below its floor, and nobody but the binding knows Python."""
    wrong = []
    for crate, manifest in _crates().items():
        for name in _dependencies(manifest, of_tests_too=True):
            inner = name.removeprefix("radiogram-")
            if inner != name and CRATES.get(inner, 99) >= CRATES.get(crate, -1):
                wrong.append(f"{crate} depends on {name}")
            if name in BINDING and crate != "py":
                wrong.append(f"{crate} knows Python: {name}")
    assert not wrong
    assert set(_crates()) <= set(CRATES)


def test_crates_say_how_safe_they_are() -> None:
    """`forbid(unsafe_code)` where bytes are parsed, `deny` elsewhere."""
    for crate in _crates():
        text = (ROOT / "rust" / crate / "src" / "lib.rs").read_text(encoding="utf-8")
        wanted = "forbid" if crate in SAFE else "(deny|forbid)"
        assert re.search(rf"#!\[{wanted}\(unsafe_code\)\]", text), crate


def test_pure_crates_touch_nothing_outside() -> None:
    """No file, socket, thread or clock in the crates that are handed what they need; a thread may keep memory."""
    outside = re.compile(
        r"\bstd::(fs|net|thread(?!::LocalKey)|env|process)\b|\bInstant::now\b|\bSystemTime::now\b"
    )
    wrong = [
        f"{file.relative_to(ROOT)}: {found.group()}"
        for crate in PURE
        for file in (ROOT / "rust" / crate / "src").rglob("*.rs")
        # The environment can forbid the vector instructions of a machine.
        if not any("test" in part for part in file.relative_to(ROOT).with_suffix("").parts[3:])
        and file.name != "simd.rs"
        and (found := outside.search(file.read_text(encoding="utf-8").split("#[cfg(test)]")[0]))
    ]
    assert not wrong


def test_no_c_library_is_linked() -> None:
    """No `*-sys` crate that has not been looked at."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))
    names = {package["name"] for package in lock["package"]}
    assert not {name for name in names if name.endswith("-sys")} - NO_C_INSIDE
