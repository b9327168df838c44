"""The site's promises: each page's Python runs and gives what its comments say, its commands work, and no page is lost."""

from __future__ import annotations

import inspect
import re
import runpy
from pathlib import Path

import pytest
import radiogram
from radiogram.errors import UnsupportedError

from tests.documents import Block, blocks, commands, furnish, run, run_commands
from tests.loaders.frameworks import needed

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
LATER: set[str] = set()
"""Pages about what is not there yet: their Python must fail for that reason. Once it runs, the test says so."""


OF_OTHERS = {"training.md": ("torch", "monai")}
"""Packages without which the Python of a page does not run."""


def _names(pages: list[Path]) -> list[str]:
    return [page.relative_to(DOCS).as_posix() for page in pages]


def _python_pages() -> list[object]:
    absent = pytest.mark.xfail(
        strict=True, raises=(UnsupportedError, AttributeError), reason="the page tells of what is coming"
    )
    with_python = [page for page in PAGES if blocks(page, "python")]
    return [
        pytest.param(page, id=name, marks=[absent] if name in LATER else [])
        for page, name in zip(with_python, _names(with_python), strict=True)
    ]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that has the series the pages speak of."""
    furnish(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
@pytest.mark.filterwarnings("ignore:NvImgCodecPydicomReader:UserWarning")
@pytest.mark.parametrize("page", _python_pages())
def test_python_gives_what_it_says(page: Path) -> None:
    """The blocks of a page are one program, and it says something of what comes out."""
    for package in OF_OTHERS.get(page.name, ()):
        needed(package)
    names: dict[str, object] = {}
    assert sum(run(block, names) for block in blocks(page, "python")) > 0


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "name",
    [name for page, name in zip(PAGES, _names(PAGES), strict=True) if commands(page) and name not in LATER],
)
def test_commands_work(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_commands(DOCS / name, capsys)


def test_the_guide_shows_python() -> None:
    """A page of the guide is no page of promises alone."""
    shown = {page.stem for page in PAGES if blocks(page, "python")}
    assert {
        "index",
        "reading",
        "values",
        "pixels",
        "volumes",
        "problems",
        "porting",
        "safety",
        "writing",
    } <= shown


def test_every_page_is_in_the_navigation() -> None:
    """And none is named that is not there; the order is the reader's."""
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = re.findall(r"^ +- ([\w/-]+\.md)$", config, re.MULTILINE)
    assert sorted(listed) == _names(PAGES)


def test_every_public_name_is_in_the_reference() -> None:
    """What `radiogram` gives by itself, and the rooms below it."""
    text = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "api").glob("*.md"))
    listed = set(re.findall(r"^::: (radiogram[\w.]*)$", text, re.MULTILINE))
    names = {name for name in radiogram.__all__ if not name.startswith("_")} - {"dcmread"}
    modules = {name for name in names if inspect.ismodule(getattr(radiogram, name))}
    assert {f"radiogram.{name}" for name in modules} <= listed | {name.rpartition(".")[0] for name in listed}
    assert names - modules - {"DicomError"} <= {name.rpartition(".")[2] for name in listed}


def test_the_tables_are_whole() -> None:
    """What the site makes when it is built: every name of pydicom but the UIDs, every kind of problem."""
    made = runpy.run_path(str(ROOT / "tools" / "pages.py"))["on_page_markdown"]
    names = made("<!-- pydicom names -->")
    rows = (ROOT / "tests" / "peers" / "pydicom_names.tsv").read_text(encoding="utf-8").splitlines()[2:]
    listed = [row.split("\t")[0] for row in rows if not row.startswith("pydicom.uid.")]
    assert len(listed) > 600
    assert not [name for name in listed if f"{name.split('.')[-1]}`" not in names]
    kinds = made("<!-- problem kinds -->")
    source = (ROOT / "rust" / "core" / "src" / "problem.rs").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \| \S", kinds, re.MULTILINE) == re.findall(
        r' = "(\w+)",$', source, re.MULTILINE
    )
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert all(pages.count(mark) == 1 for mark in ("<!-- pydicom names -->", "<!-- problem kinds -->"))


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("1 + 1  # -> 2\n", 1),
        ("x = 1  # a remark\nx + 1\n", 0),
        ("(1 +\n 1)  # -> 2\n'é'  # -> 'é'\n", 2),
        ("int('x')  # raises ValueError\n", 1),
        ("1 + 1  # -> 3\n", AssertionError),
        ("int('x')  # raises TypeError\n", AssertionError),
        ("int('1')  # raises ValueError\n", pytest.fail.Exception),
        ("x = 1  # -> 1\n", AssertionError),
    ],
)
def test_the_rule_bites(code: str, outcome: int | type[BaseException], tmp_path: Path) -> None:
    """What a comment says is compared, and what it does not say is only run."""
    block = Block(tmp_path / "page.md", 3, code)
    if isinstance(outcome, int):
        assert run(block, {}) == outcome
    else:
        with pytest.raises(outcome):
            run(block, {})
