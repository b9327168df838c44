"""Settings of a server that runs: the same program text for either side."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import pytest

from tests.programs import free_port, until

CT = "1.2.840.10008.5.1.4.1.1.2"


@pytest.fixture(autouse=True)
def _pynetdicom() -> None:
    if not importlib.util.find_spec("pynetdicom"):
        pytest.skip("not installed: pynetdicom")


@pytest.mark.parametrize("serves", ["ours", "theirs"])
def test_settings_of_a_server_that_runs(serves: str) -> None:
    """What is set of the AE holds for associations that begin later."""
    libraries = [importlib.import_module("radiogram.net"), importlib.import_module("pynetdicom")]
    server, other = libraries if serves == "ours" else reversed(libraries)
    ae: Any = server.AE(ae_title="SERVER")
    ae.add_supported_context(CT, "1.2.840.10008.1.2")
    port = free_port()
    running = ae.start_server(("127.0.0.1", port), block=False)

    def asked(title: str = "CLIENT", called: str = "SERVER") -> Any:
        asking = other.AE(ae_title=title)
        asking.add_requested_context(CT, "1.2.840.10008.1.2")
        asking.add_requested_context(CT, "1.2.840.10008.1.2.1")
        return asking.associate("127.0.0.1", port, ae_title=called)

    def is_taken(**options: Any) -> bool:
        assoc = asked(**options)
        is_established = bool(assoc.is_established)
        if is_established:
            assoc.release()
        return is_established

    try:
        assert is_taken()
        ae.require_calling_aet = ["FRIEND"]
        assert (is_taken(), is_taken(title="FRIEND")) == (False, True)
        ae.require_calling_aet = []
        ae.require_called_aet = True
        assert (is_taken(called="NOBODY"), is_taken()) == (False, True)
        running.ae_title = "NOBODY"
        assert (is_taken(called="NOBODY"), is_taken()) == (True, False)
        ae.require_called_aet = False
        ae.maximum_pdu_size = 20000
        ae.add_supported_context(CT, "1.2.840.10008.1.2.1")
        assoc = asked()
        assert assoc.acceptor.maximum_length == 20000
        assert [str(one.transfer_syntax[0]) for one in assoc.accepted_contexts] == [
            "1.2.840.10008.1.2",
            "1.2.840.10008.1.2.1",
        ]
        # What is rejected or released counts until its thread has ended.
        alone = "no more than one association"
        until(lambda: len(ae.active_associations) == 1, alone)
        ae.maximum_associations = 1
        assert not is_taken()
        until(lambda: len(ae.active_associations) == 1, alone)
        ae.maximum_associations = 2
        assert is_taken()
        ae.network_timeout = 0.2
        # One that stands is asked no longer than that as well.
        until(lambda: not assoc.is_established, "the association is aborted")
    finally:
        running.shutdown()
