"""Senders whose associations cannot be opened, by what nobody foresaw, or that nobody waits for any more."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from threading import Barrier, Semaphore
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError, AssociationOverError
from radiogram.net.services import sender
from radiogram.net.services.sender import send_files

from tests.programs import until

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = str(get_testdata_file("CT_small.dcm"))


def test_what_opening_raises_reaches_who_waits() -> None:
    def opened(_: object) -> Any:
        message = "no port"
        raise OverflowError(message)

    with pytest.raises(OverflowError, match="no port"):
        list(send_files([PATH], opened))


@pytest.mark.parametrize("options", [{"pause": -1.0}, {"pause": float("nan")}, {"retry": -1}])
def test_numbers_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        next(send_files([PATH], lambda _: None, **options))


def test_a_pause_ends_with_its_sender() -> None:
    def opened(_: object) -> Any:
        message = "nobody listens"
        raise ConnectionRefusedError(message)

    begun = time.monotonic()
    sending = send_files([PATH, PATH + ".none"], opened, pause=60.0)
    assert next(sending).path == PATH + ".none"
    sending.close()
    assert time.monotonic() - begun < 10


class Fussy:
    """An association that is lost over one file, by its name, and with it those in front of it that are under way."""

    def __init__(self, told: list[str], name: str, window: int = 1) -> None:
        self.is_established = True
        self.acceptor = SimpleNamespace(asynchronous_operations=(window, 1))
        self._told = told
        self._name = name
        self._window = window or 16

    def send_many(self, paths: list[str]) -> Iterator[Any]:
        for place, path in enumerate(paths):
            lost = any(self._name in one for one in paths[place : place + self._window])
            self.is_established = self.is_established and not lost
            if self.is_established:
                self._told.append(path)
                yield SimpleNamespace(status=rg.Dataset({"Status": 0}), error=None)
            else:
                yield SimpleNamespace(status=rg.Dataset(), error=ConnectionError("lost"))

    def release(self) -> None:
        self.is_established = False


@pytest.mark.parametrize("window", [1, 4, 0])
def test_without_tries_nothing_is_sent_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    """What was under way when an association was lost is lost, and what was not goes on."""

    class Noting(Fussy):
        def send_many(self, paths: list[str]) -> Iterator[Any]:
            for place, sent in enumerate(super().send_many(paths)):
                if sent.error is None:
                    gone.append(paths[place])
                elif not is_over:
                    is_over.append(True)
                    gone.extend(paths[place : place + self._window])
                yield sent

    # All of them in one share.
    monkeypatch.setattr(sender, "_SOON", 60.0)
    gone: list[str] = []
    is_over: list[bool] = []
    paths = [tmp_path / f"{number:02}{'-bad' * (number == 30)}.dcm" for number in range(60)]
    for path in paths:
        shutil.copy(PATH, path)
    outcomes = list(send_files(paths, lambda _: Noting([], "bad", window), retry=0, pause=0.0))
    lost = sorted(Path(one.path).name for one in outcomes if not one.is_sent)
    assert lost == [path.name for path in paths[31 - (window or 16) : 31]]
    assert len(gone) == len(set(gone)) == len(outcomes) == 60
    assert {one.attempts for one in outcomes} == {1}


@pytest.mark.parametrize("retry", [0, 2])
def test_a_peer_that_admits_one_association_gets_all_over_that_one(tmp_path: Path, retry: int) -> None:
    """The shares of those that it refuses beside it have lost nothing."""

    class Slow(Fussy):
        def send_many(self, paths: list[str]) -> Iterator[Any]:
            for sent in super().send_many(paths):
                time.sleep(0.001)
                yield sent

        def release(self) -> None:
            super().release()
            free.release()

    free = Semaphore(1)
    refused: list[object] = []
    all_here = Barrier(4)

    def opened(contexts: object) -> Fussy:
        if len(refused) < 3 and not told:
            all_here.wait(30)
        if not free.acquire(blocking=False):
            refused.append(contexts)
            message = "rejected: local limit exceeded"
            raise ConnectionError(message)
        # Those that are refused hear of it before this one stands.
        until(lambda: len(refused) == 3, "the others are refused", 30)
        return Slow(told, "bad")

    told: list[str] = []
    paths = [tmp_path / f"{number}.dcm" for number in range(300)]
    for path in paths:
        shutil.copy(PATH, path)
    outcomes = list(send_files(paths, opened, associations=4, retry=retry, pause=0.0))
    assert {(one.status, one.attempts) for one in outcomes} == {(0, 1)}
    assert sorted(map(Path, told)) == sorted(paths)
    assert len(refused) == 3


@pytest.mark.parametrize(("retry", "window"), [(0, 1), (2, 1), (2, 4), (2, 0)])
@pytest.mark.parametrize("place", [0, 3, 9, 30])
def test_a_file_that_a_peer_ends_the_association_over_takes_no_other_with_it(
    tmp_path: Path, retry: int, window: int, place: int
) -> None:
    paths = [tmp_path / f"{number}{'-bad' * (number == place)}.dcm" for number in range(40)]
    for path in paths:
        shutil.copy(PATH, path)
    told: list[str] = []
    outcomes = list(send_files(paths, lambda _: Fussy(told, "bad", window), retry=retry, pause=0.0))
    if retry or place:
        assert [Path(one.path).name for one in outcomes if not one.is_sent] == [paths[place].name]
        assert len(told) == len(set(told)) == 39
    assert len(outcomes) == 40


def test_a_peer_that_ends_every_association_is_not_asked_for_ever(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}-bad.dcm" for number in range(20)]
    for path in paths:
        shutil.copy(PATH, path)
    asked: list[object] = []

    def opened(contexts: object) -> Fussy:
        asked.append(contexts)
        return Fussy([], "bad")

    outcomes = list(send_files(paths, opened, retry=1, pause=0.0))
    assert [one.is_sent for one in outcomes] == [False] * 20
    assert len(asked) < 10


def test_sending_begins_before_all_heads_are_read(tmp_path: Path) -> None:
    """What comes later goes over the association that stands, unless it has no context there; then over one that has all of them."""
    names = ["CT_small.dcm"] * 4 + ["MR_small.dcm"] * 2 + ["CT_small.dcm"] * 2 + ["rtplan.dcm"]
    told: list[str] = []
    asked: list[Any] = []

    def paths() -> Iterator[Path]:
        for number, name in enumerate(names):
            path = tmp_path / f"{number}.dcm"
            shutil.copy(str(get_testdata_file(name)), path)
            yield path
            time.sleep(0.25)
            # This one and the one before it may wait for each other.
            until(lambda there=number: len(told) >= there - 1, "what was given before is sent", 20)  # type: ignore[misc]

    def opened(contexts: Any) -> Fussy:
        asked.append({uid for uid, _ in contexts})
        return Fussy(told, "bad")

    outcomes = list(send_files(paths(), opened, pause=0.0))
    assert [Path(one.path).name for one in outcomes] == [f"{number}.dcm" for number in range(len(names))]
    assert [len(classes) for classes in asked] == [1, 2, 3]


def test_why_an_association_was_lost_is_said_of_its_files() -> None:
    class Lost(Fussy):
        error = ConnectionError("the peer broke the protocol")

        def send_many(self, paths: list[str]) -> Iterator[Any]:
            self.is_established = False
            yield from (SimpleNamespace(status=rg.Dataset(), error=None) for _ in paths)

    (outcome,) = send_files([PATH], lambda _: Lost([], "bad"), retry=0)
    assert outcome.message == "the peer broke the protocol"


def test_an_association_that_ends_before_its_share_is_opened_again(tmp_path: Path) -> None:
    class Over(Fussy):
        def send_many(self, paths: list[str]) -> Iterator[Any]:
            if not tries:
                tries.append(len(paths))
                self.is_established = False
                message = "the association must be established"
                raise AssociationOverError(message)
            return super().send_many(paths)

    tries: list[int] = []
    paths = [tmp_path / f"{number}.dcm" for number in range(5)]
    for path in paths:
        shutil.copy(PATH, path)
    outcomes = list(send_files(paths, lambda _: Over([], "bad"), retry=1, pause=0.0))
    assert tries == [5]
    assert sorted(Path(one.path) for one in outcomes if one.is_sent) == paths
