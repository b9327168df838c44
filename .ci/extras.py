"""Prints what extras ask for, a line each, so that they can be installed without building the package once more.

`python .ci/extras.py docs package | pip install -r /dev/stdin`
"""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
for name in sys.argv[1:]:
    print(*project["optional-dependencies"][name], sep="\n")
