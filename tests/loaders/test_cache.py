"""The cache: bounded, last used first, empty in a child."""

from __future__ import annotations

import os
import pickle
import threading

import numpy as np
import pytest
from radiogram.errors import ArgumentError
from radiogram.loaders.cache import Cache


def test_it_never_holds_more_than_its_bound() -> None:
    cache = Cache(1000)
    random = np.random.default_rng(1)
    for number in range(500):
        cache.put(number % 37, np.zeros(int(random.integers(0, 90))))
        assert cache.bytes <= 1000


def test_what_was_used_last_stays() -> None:
    cache = Cache(300)
    for name in "abc":
        cache.put(name, np.zeros(100, np.uint8))
    assert cache.get("a") is not None
    cache.put("d", np.zeros(100, np.uint8))
    assert [name for name in "abcd" if cache.get(name) is not None] == ["a", "c", "d"]
    cache.put("e", np.zeros(301, np.uint8))
    assert cache.get("e") is None
    assert cache.bytes == 300


def test_none_keeps_nothing() -> None:
    cache = Cache(0)
    cache.put("a", np.zeros(1))
    assert not cache
    assert cache.get("a") is None
    with pytest.raises(ArgumentError):
        Cache(-1)


def test_a_pickle_holds_the_bound_alone() -> None:
    cache = Cache(10**6)
    cache.put("a", np.zeros(10**5, np.uint8))
    again = pickle.loads(pickle.dumps(cache))
    assert len(pickle.dumps(cache)) < 100
    assert (again.limit, again.bytes) == (10**6, 0)


def test_threads_do_not_break_it() -> None:
    cache = Cache(5000)

    def work(seed: int) -> None:
        random = np.random.default_rng(seed)
        for _ in range(2000):
            name = int(random.integers(0, 50))
            if cache.get(name) is None:
                cache.put(name, np.full(int(random.integers(1, 30)), name))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (
        cache.bytes
        == sum(found.nbytes for name in range(50) if (found := cache.get(name)) is not None)
        <= 5000
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_begins_anew_even_while_a_thread_is_inside() -> None:
    cache = Cache(1000)
    cache.put("a", np.zeros(10))
    with cache._lock:
        child = os.fork()
        if child == 0:
            cache.put("b", np.zeros(10))
            os._exit(0 if cache.get("a") is None and cache.bytes == 80 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
