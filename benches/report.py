"""Prints the table of the gates in Markdown: `python -m benches.report`; pytest's `-k` chooses rows."""

from __future__ import annotations

import contextlib
import io
import sys

import pytest

from benches.interleave import HEAD, MEANS_HEAD, Row, means


class Table:
    """Collects the rows of a run."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Take the rows from the module that pytest loaded as its own."""
        plugin = next(
            one
            for one in session.config.pluginmanager.get_plugins()
            if getattr(one, "__name__", "") == "benches.conftest"
        )
        self.rows = list(plugin.ROWS)


def main(arguments: list[str]) -> int:
    """Run the rows and print the table; what pytest says is shown only where a row failed."""
    table, said = Table(), io.StringIO()
    with contextlib.redirect_stdout(said):
        status = pytest.main(["benches", "-q", "-p", "no:cacheprovider", *arguments], plugins=[table])
    print(HEAD)
    for row in table.rows:
        print(row.markdown())
    if groups := means(table.rows):
        print("\n".join(["", MEANS_HEAD, *groups]))
    if status:
        print(said.getvalue(), file=sys.stderr)
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
