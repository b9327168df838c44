"""Lets torch's CUDA wheel be imported where CUDA's large libraries are not installed: no GPU, and 2 GB less to fetch.

`python .ci/without_cuda.py SITE_PACKAGES`. Torch links with these libraries, so the loader wants them, but on a machine without a GPU no
function of theirs is ever called. For each that is missing there is a small one of its name beside torch's own; the functions in it say
who called and end the process. It is for tests on the processor alone. Needs `cc` and `readelf`, which linking Rust needs, too.
"""

import re
import subprocess
import sys
from pathlib import Path

MISSING = ("cublas", "cudnn", "cufft", "cusolver", "cusparse", "nccl", "nvrtc", "nvshmem")
"""What the names of the large libraries and of all that is in them begin with."""
ANY = f"(?:{'|'.join(MISSING)})"
NEEDED = re.compile(rf"\(NEEDED\).*\[lib({ANY}\w*\.so[.\d]*)\]")
SYMBOL = re.compile(rf"^\s*\d+: \w+\s+\d+ (\w+)\s+\w+\s+\w+\s+UND ({ANY}\w*)", re.MULTILINE)


def main(site: Path) -> None:
    """Write the libraries."""
    folder = site / "torch" / "lib"
    libraries: set[str] = set()
    symbols: dict[str, str] = {}
    for library in sorted(folder.glob("lib*.so*")):
        said = subprocess.run(
            ["readelf", "--wide", "--dynamic", "--dyn-syms", str(library)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        libraries.update(NEEDED.findall(said))
        symbols.update((name, kind) for kind, name in SYMBOL.findall(said))
    if not libraries or not symbols:
        sys.exit("torch asks for no library of CUDA's: this is not needed any more")
    code = ["#include <stdio.h>", "#include <stdlib.h>"]
    for name, kind in sorted(symbols.items()):
        if kind == "OBJECT":
            code.append(f"char {name}[4096];")
        else:
            code.append(
                f'void {name}(void) {{ fprintf(stderr, "{name}: there is no CUDA here\\n"); abort(); }}'
            )
    # The first has all of it: who looks for a symbol looks everywhere.
    for number, library in enumerate(sorted(libraries)):
        text = "\n".join(code) if number == 0 else "static int nothing;"
        made = str(folder / f"lib{library}")
        command = f"cc -shared -fPIC -w -Wl,-soname,lib{library} -x c -".split()
        subprocess.run([*command, "-o", made], input=text + "\n", text=True, check=True)
    print(f"{len(symbols)} symbols of {len(libraries)} libraries: {', '.join(sorted(libraries))}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
