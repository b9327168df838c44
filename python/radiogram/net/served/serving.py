"""A folder behind an application entity: what is sent to it is on disk before it is answered, and can be asked for and fetched."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.dataset.reader import read
from radiogram.dictionary import tag_for_keyword
from radiogram.errors import DicomError
from radiogram.net.rules import TEMPLATE
from radiogram.net.served.index import Index
from radiogram.net.served.kept import INSTANCES, SIZE, KeptInventories
from radiogram.net.served.rows import row_of
from radiogram.net.served.schema import TAGS
from radiogram.net.services.commitment import Commitment
from radiogram.net.services.inventories import InventoryCreation
from radiogram.net.services.objects import ObjectQueries, models, storage_of
from radiogram.net.services.provider import Provider, Services
from radiogram.net.services.query import QueryRetrieve
from radiogram.net.services.repository import RepositoryQuery
from radiogram.net.services.retrieve import InstanceRetrieve
from radiogram.net.services.storage import Storage, storage_classes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike
    from types import TracebackType
    from typing import Self

    from radiogram.net.services.commitment import Places
    from radiogram.net.services.provider import Event, Status

__all__ = ["ServedFolder", "serve"]

_NOT_INDEXED = Dataset(
    {"Status": 0xB007, "ErrorComment": "kept, but not found by queries: no Study or Series UID"}
)
"""Warning of PS3.4 table B.2-1: what was stored is no failure, or its sender would send it again and again."""
_INVENTORIES = Path(".radiogram", "inventories")
_MODELS = tuple(name for name in models() if storage_of(name))
"""Query models of instances of no study, which a folder may hold."""
_WANTED = [tag for tag in map(tag_for_keyword, TAGS) if tag is not None]
"""The elements that are taken from an instance on its way."""


class ServedFolder:
    """A folder, its index, and the services over it.

    Parameters
    ----------
    folder : path
        Where the files are; it is made where it is not there.
    title : str
        The application entity's title.
    peers : mapping of str to (host, port), or callable
        Where C-MOVE sends to and where commitment is reported, by title.
    relational : bool
        Answer queries without the unique keys of the levels above also where that was not agreed on.
    also : iterable of Provider
        Other services of the same entity.
    inventories, inventory_size : int
        Inventory instances that are kept of those that peers ask for, and their bytes; 0 keeps none. Above that a request is answered 0213,
        resource limitation (PS3.4 table KK.2.2.3-1), and an inventory that is being produced fails and leaves nothing.
    durability : {"fsync", "os", "none"}
        What instances are received with; those of ``os`` and ``none`` are written out before they are committed to.

    Attributes
    ----------
    inventories : KeptInventories
        Those that are kept; `drop` makes room.

    Raises
    ------
    ArgumentError
        A number of inventories, or of their bytes, that is none.

    Examples
    --------
    >>> import tempfile
    >>> from radiogram.net.served import ServedFolder
    >>> with ServedFolder(tempfile.mkdtemp(), title="ARCHIVE") as served:
    ...     len(served.index)
    0
    """

    def __init__(
        self,
        folder: str | PathLike[str],
        *,
        title: str = "RADIOGRAM",
        peers: Places | None = None,
        relational: bool = False,
        also: Iterable[Provider] = (),
        inventories: int = INSTANCES,
        inventory_size: int = SIZE,
        durability: str = "os",
    ) -> None:
        self.folder = Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.title = title
        self.inventories = KeptInventories(
            self.folder / _INVENTORIES, instances=inventories, size=inventory_size
        )
        self.index = Index(self.folder, is_durable=durability == "fsync")
        self.services = Services(
            Storage(self._stored),
            QueryRetrieve(self.index, title=title, destinations=peers, relational=relational),
            InstanceRetrieve(self.index, destinations=peers),
            Commitment(self.index.committed, title=title, peers=peers),
            RepositoryQuery(self.index, title=title, relational=relational),
            InventoryCreation(
                self.index,
                self.inventories.keep,
                title=title,
                peers=peers,
                drop=self.inventories.drop,
                room=self.inventories.check_room,
            ),
            *also,
            # Of each model only its own files are read.
            *(ObjectQueries(partial(self._objects, name), name, destinations=peers) for name in _MODELS),
        )
        self.taken = 0

    def _stored(self, event: Event) -> Status | None:
        """Index an instance that is on disk: from what was read of it on its way, or from its file."""
        path = Path(event.path)
        row = _row(event.index) or _row(path)
        if row is None:
            # The file is what counts.
            return _NOT_INDEXED
        row["path"] = str(path.relative_to(self.folder))
        try:
            said = path.stat()
        except OSError:
            # With durability "none" it is answered before it is there; what is not known is looked up when the folder is opened.
            row["size"] = row["changed"] = None
        else:
            row["size"], row["changed"] = said.st_size, said.st_mtime_ns
        self.index.add(row)
        self.taken += 1
        return None

    def _objects(self, model: str) -> list[Path]:
        """Give the files of what is of no study, of a model: what was sent, and inventories that were made here."""
        made = self.inventories.paths() if model == "Inventory" else []
        return [*made, *self.index.objects(storage_of(model))]

    def close(self) -> None:
        """Let go of the index and of what waits."""
        self.services.close()
        self.index.close()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def _row(source: object) -> dict[str, Any] | None:
    """Give what the index holds of an instance: of its file, or of the elements that were wanted of it."""
    if isinstance(source, Dataset):
        return row_of(source)
    if not isinstance(source, Path):
        return None
    try:
        return row_of(read(source, specific_tags=TAGS))
    except (DicomError, OSError):
        return None


def serve(
    folder: str | PathLike[str],
    address: tuple[str, int] = ("", 11112),
    *,
    title: str = "RADIOGRAM",
    durability: str = "fsync",
    peers: Places | None = None,
    relational: bool = False,
    also: Iterable[Provider] = (),
    require_called: bool = False,
    calling: Iterable[str] = (),
    tls: Any = None,  # noqa: ANN401  # radiogram.net.tls.TLS
    started: Callable[[Any], object] | None = None,
    inventories: int = INSTANCES,
    inventory_size: int = SIZE,
    **options: Any,  # noqa: ANN401  # the engine's quotas
) -> tuple[ServedFolder, Any]:
    """Serve a folder: storage, queries, retrievals, commitment, inventories, verification.

    Parameters
    ----------
    folder : path
        The folder.
    address : (str, int)
        Where to listen; port 0 lets the system choose.
    title : str
        The application entity's title.
    durability : {"fsync", "os", "none"}
        What an answer 0000 promises.
    peers : mapping of str to (host, port), or callable
        Where C-MOVE sends to and where commitment is reported, by title.
    relational : bool
        Answer queries without unique keys above.
    also : iterable of Provider
        Other services of the same entity.
    require_called : bool
        Accept only who calls it by its title.
    calling : iterable of str
        Whose associations are accepted; all where it is empty.
    tls : TLS, optional
        Associations are encrypted.
    started : callable, optional
        Called with the server.
    inventories, inventory_size : int
        Inventory instances that are kept of those that peers ask for, and their bytes (`ServedFolder`).
    **options
        What else the engine takes.

    Returns
    -------
    served : ServedFolder
        To be closed after the server.
    server : AssociationServer
        It listens.

    Examples
    --------
    >>> import tempfile
    >>> from radiogram.net.served import serve
    >>> served, server = serve(tempfile.mkdtemp(), ("127.0.0.1", 0))
    >>> server.shutdown(), served.close()
    (None, None)
    """
    from radiogram.net import AE, ALL_TRANSFER_SYNTAXES

    served = ServedFolder(
        folder,
        title=title,
        peers=peers,
        relational=relational,
        also=also,
        inventories=inventories,
        inventory_size=inventory_size,
        durability=durability,
    )
    try:
        entity = AE(ae_title=title)
        entity.require_called_aet = require_called
        entity.require_calling_aet = list(calling)
        # What is first in a proposal is mostly what the instances are in: it is stored as it comes, and nobody encodes it anew.
        entity.transfer_syntax_order = "requestor"
        for uid in ("1.2.840.10008.1.1", *served.services.contexts):
            entity.add_supported_context(uid, scu_role=True, scp_role=True)
        # Who asks by C-GET is the provider of what comes: a role that is granted class by class.
        for uid in storage_classes():
            entity.add_supported_context(uid, ALL_TRANSFER_SYNTAXES, scu_role=True, scp_role=True)
        server = entity.start_server(
            address,
            block=False,
            evt_handlers=served.services.handlers(),
            rules=[{"sink": ("file", str(served.folder), TEMPLATE, durability), "tags": _WANTED}],
            any_storage=True,
            tls=tls,
            **options,
        )
    except BaseException:
        served.close()
        raise
    if started is not None:
        started(server)
    return served, server
