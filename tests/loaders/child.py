"""What the tests of worker processes run in a process of its own, so that one that hangs can be ended: prints JSON.

`python -m tests.loaders.child CONTEXT WORKERS FOLDER OTHER WHAT…` does all of it in turn; what breaks files does so in the other folder.
"""

from __future__ import annotations

import faulthandler
import json
import multiprocessing
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import radiogram as rg
import torch

ROUNDS = 2


def _told(batch: dict[str, Any]) -> list[Any]:
    # Numbers and a sum of the pixels, so that a wrong image is seen, too.
    return [batch["index"].tolist(), int(batch["image"].sum(dtype=torch.float64)), batch["image"].is_shared()]


def persistent(folder: str, context: str, workers: int) -> Any:
    loader = rg.torch.Loader(
        rg.torch.SliceDataset(folder), 2, shuffle=True, seed=6, workers=workers, context=context, timeout=60
    )
    return [[_told(batch) for batch in loader] for _ in range(ROUNDS)]


def passing(folder: str, context: str, workers: int) -> Any:
    loader = rg.torch.Loader(
        rg.torch.SliceDataset(folder),
        2,
        shuffle=True,
        seed=6,
        workers=workers,
        context=context,
        persistent=False,
        timeout=60,
    )
    return [[_told(batch) for batch in loader] for _ in range(ROUNDS)]


def patches(folder: str, context: str, workers: int) -> Any:
    dataset = rg.torch.PatchDataset(folder, size=(2, 8, 8), per_volume=9, seed=1, cache=100_000)
    loader = rg.torch.Loader(
        dataset,
        2,
        shuffle=True,
        workers=workers,
        context=context if workers else None,
        timeout=60 if workers else 0,
    )
    return [[[*_told(batch)[:2], batch["start"]] for batch in loader] for _ in range(ROUNDS)]


def stream(folder: str, context: str, workers: int) -> Any:
    made = rg.torch.Stream(rg.torch.SliceDataset(folder), 2, shuffle=True, seed=6, prefetch=1)
    loader = torch.utils.data.DataLoader(
        made,
        batch_size=None,
        num_workers=workers,
        multiprocessing_context=context,
        persistent_workers=True,
        timeout=60,
    )
    return [[_told(batch) for batch in loader] for _ in range(ROUNDS)]


def resumed(folder: str, context: str, workers: int) -> Any:
    def loader() -> Any:
        return rg.torch.Loader(
            rg.torch.SliceDataset(folder),
            2,
            shuffle=True,
            seed=6,
            workers=workers,
            context=context,
            timeout=60,
        )

    one = loader()
    given = []
    for _epoch in range(2):
        for number, batch in enumerate(one):
            given.append(_told(batch))
            if _epoch == 1 and number == 2:
                break
    again = loader()
    again.load_state_dict(json.loads(json.dumps(one.state_dict())))
    return [given, [_told(batch) for batch in again], [_told(batch) for batch in again]]


def failing(folder: str, context: str, workers: int) -> Any:
    """One file goes away while workers read, one becomes shorter, one is damaged."""
    made = rg.torch.SliceDataset(folder, errors="skip")
    strict = rg.torch.SliceDataset(made.index)
    paths = sorted(Path(folder).iterdir())
    loader = rg.torch.Loader(made, 2, workers=workers, context=context, timeout=60)
    before = [number for batch in loader for number in batch["index"].tolist()]
    paths[1].unlink()
    os.truncate(paths[4], 900)
    with paths[8].open("r+b") as file:
        file.seek(200)
        file.write(os.urandom(600))
    after = [number for batch in loader for number in batch["index"].tolist()]
    try:
        list(rg.torch.Loader(strict, 2, workers=workers, context=context, timeout=60))
        raised = ""
    except Exception as error:
        raised = type(error).__name__
    return [before, after, raised]


def threads_too(folder: str, context: str, workers: int) -> Any:
    """The parent's own threads are at work while workers are started."""
    dataset = rg.torch.SliceDataset(folder)
    ahead = iter(rg.torch.Loader(dataset, 2, shuffle=True, seed=6))
    first = _told(next(ahead))
    rg.read_volume(folder)
    loader = rg.torch.Loader(dataset, 2, shuffle=True, seed=6, workers=workers, context=context, timeout=60)
    rounds = [[_told(batch) for batch in loader] for _ in range(2)]
    return [first[:2], [one[:2] for one in ahead_rest(ahead)], rounds]


def ahead_rest(batches: Any) -> list[Any]:
    return [_told(batch) for batch in batches]


if __name__ == "__main__":
    faulthandler.dump_traceback_later(280, exit=True)
    warnings.filterwarnings("error")
    warnings.filterwarnings(
        "ignore", message="This process .* is multi-threaded", category=DeprecationWarning
    )
    warnings.filterwarnings("ignore", message="This DataLoader will create", category=UserWarning)
    context, workers, folder, other, *names = sys.argv[1:]
    # The server is forked from; without this each of its children imports torch by itself.
    multiprocessing.set_forkserver_preload(["radiogram.torch"])
    for name in names:
        made = globals()[name](other if name == "failing" else folder, context, int(workers))
        print(json.dumps([name, made]), flush=True)
