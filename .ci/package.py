"""Says what is wrong with a source distribution and wheels before anybody installs them.

`python .ci/package.py FOLDER`: each must be small enough, carry the licences and what it is made of, and nothing else.
"""

import re
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from email.parser import BytesHeaderParser
from pathlib import Path

LARGEST = {".whl": 15_000_000, ".gz": 5_000_000}
"""Bytes of a wheel, of the source."""
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT", "NOTICE")
LICENCE = "MIT OR Apache-2.0"
SOURCE = (
    *(*LICENCES, "README.md", "PKG-INFO", "pyproject.toml", "Cargo.toml", "Cargo.lock"),
    *("rust/py/Cargo.toml", "rust/py/src/lib.rs", "python/radiogram/__init__.py"),
    *("python/radiogram/_core.pyi", "python/radiogram/py.typed"),
)
"""What the source must hold: it is built from that alone."""
WHEEL = ("radiogram/__init__.py", "radiogram/_core.pyi", "radiogram/py.typed")
JUNK = re.compile(
    r"(^|/)(\.git|\.venv|\.tools|target|dist|__pycache__|corpus|artifacts|\.hypothesis|\.[a-z]+_cache)/"
    r"|\.(so|pyd|dylib|dll|pyc|dcm|orig|rej|log)$"
)
TAGS = re.compile(r"-(cp311-abi3|cp314-cp314t|cp315-abi3t)-[a-z0-9_.]+\.whl$")


def contents(file: Path) -> dict[str, int]:
    """Give the names in an archive and their sizes; of the source without the folder in front."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            return {info.filename: info.file_size for info in wheel.infolist()}
    with tarfile.open(file) as source:
        return {member.name.partition("/")[2]: member.size for member in source if member.isfile()}


def _read(file: Path, name: str) -> bytes:
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            return wheel.read(name)
    with tarfile.open(file) as source:
        member = next(one for one in source if one.name.partition("/")[2] == name)
        held = source.extractfile(member)
        return b"" if held is None else held.read()


def _metadata(file: Path, name: str) -> Iterable[str]:
    said = BytesHeaderParser().parsebytes(_read(file, name))
    if said["License-Expression"] != LICENCE:
        yield f"the licence is {said['License-Expression']}, not {LICENCE}"
    listed = set(said.get_all("License-File", []))
    yield from (f"{licence} is not listed as a licence file" for licence in LICENCES if licence not in listed)
    if not str(said.get_payload()).startswith("# radiogram"):
        yield "the README is not the description"


def complaints(file: Path) -> Iterable[str]:
    """List what is wrong with one of them."""
    size = file.stat().st_size
    if size > LARGEST[file.suffix]:
        yield f"{size:,} bytes, and {LARGEST[file.suffix]:,} are allowed"
    names = contents(file)
    is_wheel = file.suffix == ".whl"
    needed = list(WHEEL if is_wheel else SOURCE)
    metadata = "PKG-INFO"
    if is_wheel:
        info = next((name.partition("/")[0] for name in names if ".dist-info/" in name), "")
        needed += [f"{info}/licenses/{licence}" for licence in LICENCES]
        metadata = f"{info}/METADATA"
        libraries = [name for name in names if re.search(r"\.(so|pyd)$", name)]
        if len(libraries) != 1 or not libraries[0].startswith("radiogram/_core."):
            yield f"one extension module is expected, there are {libraries}"
        names = {name: size for name, size in names.items() if name not in libraries}
        if not TAGS.search(file.name):
            yield "the tags in its name are none that we publish"
    yield from (f"{name} is missing" for name in needed if name not in names)
    yield from (f"{name} has no place in it" for name in sorted(names) if JUNK.search(name))
    if metadata in names:
        yield from _metadata(file, metadata)


def main(folder: Path) -> int:
    """Print a line for each file and each complaint."""
    files = sorted(file for file in folder.iterdir() if file.suffix in LARGEST)
    code = 0 if files else 1
    if not files:
        print(f"there is nothing to check in {folder}")
    for file in files:
        said = list(complaints(file))
        print(f"{file.name}: {file.stat().st_size:,} bytes, {len(contents(file))} files")
        for line in said:
            print(f"  {line}")
        code |= bool(said)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
