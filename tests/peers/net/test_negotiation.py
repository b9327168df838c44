"""What is agreed on, the same as with pynetdicom, for proposals that chance has made: several contexts, mixed transfer syntaxes, roles."""

from __future__ import annotations

import importlib
import importlib.util
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from radiogram import net

from tests.programs import free_port, until

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASSES = [f"1.2.840.10008.5.1.4.1.1.{number}" for number in ("1", "2", "4", "7", "128")]
SYNTAXES = [f"1.2.840.10008.1.2{rest}" for rest in ("", ".1", ".1.99", ".4.50", ".4.70", ".4.90", ".5")]
ROLES = [(scu, scp) for scu in (True, False) for scp in (True, False)]
Proposal = tuple[list[tuple[str, list[str]]], dict[str, tuple[bool, bool]]]
Support = dict[str, tuple[list[str], tuple[bool | None, bool | None]]]


@pytest.fixture(autouse=True)
def _pynetdicom() -> None:
    if not importlib.util.find_spec("pynetdicom"):
        pytest.skip("not installed: pynetdicom")


def chance(seed: int, roles_of: list[tuple[bool, bool]]) -> tuple[Proposal, Support]:
    """Give what one side proposes, and what the other supports."""
    random = Random(seed)

    def syntaxes() -> list[str]:
        return random.sample(SYNTAXES, random.randint(1, 5))

    proposed = [(random.choice(CLASSES), syntaxes()) for _ in range(random.randint(1, 9))]
    roles = {uid: random.choice(roles_of) for uid in CLASSES if random.random() < 0.6}
    supported: Support = {
        uid: (syntaxes(), random.choice([(None, None), *ROLES])) for uid in CLASSES if random.random() < 0.8
    }
    return (proposed, roles), supported or {CLASSES[0]: (syntaxes(), (None, None))}


def contexts_of(library: Any, proposed: list[tuple[str, list[str]]]) -> list[Any]:
    """Give contexts to propose, numbered."""
    made = [library.build_context(*one) for one in proposed]
    for place, context in enumerate(made):
        context.context_id = 2 * place + 1
    return made


def support_of(library: Any, supported: Support) -> list[Any]:
    """Give contexts that a server supports."""
    made = []
    for uid, (syntaxes, (scu, scp)) in supported.items():
        context = library.build_context(uid, syntaxes)
        context.scu_role, context.scp_role = scu, scp
        made.append(context)
    return made


def seen(contexts: list[Any]) -> list[tuple[Any, ...]]:
    """Give what matters of contexts that were negotiated; one that was refused has neither syntax nor role."""
    found = []
    for one in sorted(contexts, key=lambda one: one.context_id or 0):
        is_taken = one.result == 0
        agreed = (str(one.transfer_syntax[0]), one.as_scu, one.as_scp) if is_taken else ()
        found.append((one.context_id, str(one.abstract_syntax), one.result, *agreed))
    return found


def expected(proposal: Proposal, supported: Support) -> tuple[list[Any], list[Any], list[Any]]:
    """Give what pynetdicom agrees on: as its acceptor sees it, as its requestor does, and the roles that are answered."""
    library = importlib.import_module("pynetdicom")
    rules = importlib.import_module("pynetdicom.presentation")
    proposed, roles = proposal
    asked, offered = contexts_of(library, proposed), support_of(library, supported)
    results, answers = rules.negotiate_as_acceptor(asked, offered, roles)
    theirs = seen(results)
    for context in asked:
        if str(context.abstract_syntax) in roles:
            context.scu_role, context.scp_role = roles[str(context.abstract_syntax)]
    said = {one.sop_class_uid: (one.scu_role, one.scp_role) for one in answers}
    ours = seen(rules.negotiate_as_requestor(asked, results, said))
    return theirs, ours, sorted((str(uid), *pair) for uid, pair in said.items())


@contextmanager
def serving(library: Any, supported: Support, established: list[Any]) -> Iterator[int]:
    """Serve with what is supported."""
    ae, port = library.AE("SERVER"), free_port()
    handlers = [(library.evt.EVT_ESTABLISHED, lambda event: established.append(event.assoc))]
    contexts = support_of(library, supported)
    server = ae.start_server(("127.0.0.1", port), block=False, contexts=contexts, evt_handlers=handlers)
    try:
        yield port
    finally:
        server.shutdown()


def asked(library: Any, port: int, proposal: Proposal) -> Any:
    """Ask for an association; where nothing is agreed on, both libraries abort it."""
    proposed, roles = proposal
    items = [library.build_role(uid, *pair) for uid, pair in roles.items()]
    return library.AE("CLIENT").associate(
        "127.0.0.1", port, contexts=contexts_of(library, proposed), ext_neg=items
    )


def compared(server: Any, client: Any, seed: int) -> None:
    """Agree on something, and compare both sides with what pynetdicom's rules say."""
    # Its requestor cannot say that it wants neither role.
    proposal, supported = chance(seed, ROLES if client is net else ROLES[:-1])
    theirs, ours, answered = expected(proposal, supported)
    established: list[Any] = []
    with serving(server, supported, established) as port:
        assoc = asked(client, port, proposal)
        until(lambda: established, "an association")
        peer = established[0]
        assert seen([*assoc.accepted_contexts, *assoc.rejected_contexts]) == ours
        assert seen([*peer.accepted_contexts, *peer.rejected_contexts]) == theirs
        said = assoc.acceptor.role_selection
        assert sorted((str(uid), one.scu_role, one.scp_role) for uid, one in said.items()) == answered
        if assoc.is_established:
            assoc.release()


def test_the_same_is_agreed_on_as_by_its_rules() -> None:
    for seed in range(200):
        compared(net, net, seed)


@pytest.mark.parametrize("serves", ["ours", "theirs"])
def test_the_same_is_agreed_on_with_it(serves: str) -> None:
    other = importlib.import_module("pynetdicom")
    for seed in range(1000, 1012):
        compared(*((net, other) if serves == "ours" else (other, net)), seed)
