"""Fails when a test that needs material which is present was skipped, or when no such test ran at all.

`python .ci/material.py REPORT.xml`, with the JUnit report of a run of pytest. `RADIOGRAM_CORPUS` and
`RADIOGRAM_HOSTILE` say which material is present, as they do to the tests; `RADIOGRAM_PEERS` that servers of other makes are.
"""

import os
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

NEEDS = {"corpus": "RADIOGRAM_CORPUS", "hostile": "RADIOGRAM_HOSTILE", "peer": "RADIOGRAM_PEERS"}


def complaints(report: Path) -> list[str]:
    """List what did not run although its material was there."""
    found = []
    for need, variable in NEEDS.items():
        if variable not in os.environ:
            continue
        cases = [
            case
            for case in ET.parse(report).iter("testcase")
            if any(one.get("name") == "needs" and one.get("value") == need for one in case.iter("property"))
        ]
        if not cases:
            found.append(f"no test of the {need} ran, and it is present")
        found += [
            f"{case.get('classname')}.{case.get('name')} was skipped, and the {need} is present"
            for case in cases
            if case.find("skipped") is not None
        ]
    return found


if __name__ == "__main__":
    said = complaints(Path(sys.argv[1]))
    if said:
        print("\n".join(said))
    sys.exit(bool(said))
