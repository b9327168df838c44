"""A server of objects for tests: plain HTTP with ranges, and as much of S3 and of Google Cloud Storage as clients need to read.

It notes every request.
"""

from __future__ import annotations

import hashlib
import json
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Asked", "ObjectServer"]

CHANGED = "Sat, 29 Nov 2025 12:00:00 GMT"
CHANGED_ISO = "2025-11-29T12:00:00.000Z"


@dataclass(frozen=True)
class Asked:
    """A request: its method, its path, and the range it asked for."""

    method: str
    path: str
    range: str | None


@dataclass
class ObjectServer:
    """Serves `objects` by their names, below ``/bucket/`` for clients of S3 as well as for everybody.

    Attributes
    ----------
    objects : dict
        Bytes by name.
    knows_ranges : bool
        Whether a range is given, or everything.
    failures : list of int
        Codes that the next requests for an object are refused with.
    cut : int
        How many of the next answers break off in their middle.
    asked : list of Asked
        What was asked for so far.
    """

    objects: dict[str, bytes]
    knows_ranges: bool = True
    failures: list[int] = field(default_factory=list)
    cut: int = 0
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Serve from now on."""
        owner = self

        class Handler(_Handler):
            server_of = owner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def root(self) -> str:
        """Give the URL that names are put behind."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def url(self, name: str) -> str:
        """Give the URL of an object."""
        return f"{self.root}/bucket/{name}"

    @property
    def ranges(self) -> list[str]:
        """Give the ranges that were asked for."""
        return [asked.range for asked in self.asked if asked.method == "GET" and asked.range is not None]

    @property
    def gs_options(self) -> dict[str, Any]:
        """Give what obstore takes for a bucket of Google's: a key that leads here, and needs no token."""
        key = {
            "gcs_base_url": self.root,
            "disable_oauth": True,
            "client_email": "",
            "private_key": "",
            "private_key_id": "",
        }
        return {"service_account_key": json.dumps(key), "client_options": {"allow_http": True}}

    @property
    def s3_options(self) -> dict[str, Any]:
        """Give what obstore takes for the bucket."""
        return {
            "endpoint": self.root,
            "region": "us-east-1",
            "skip_signature": True,
            "virtual_hosted_style_request": False,
            "client_options": {"allow_http": True},
        }


class _Handler(BaseHTTPRequestHandler):
    server_of: ObjectServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:  # http.server's
        self._answer(is_body=False)

    def do_GET(self) -> None:
        self._answer(is_body=True)

    def _answer(self, *, is_body: bool) -> None:
        server = self.server_of
        parts = urllib.parse.urlsplit(self.path)
        asked = self.headers.get("Range")
        server.asked.append(Asked(self.command, self.path, asked))
        name = urllib.parse.unquote(parts.path).removeprefix("/bucket").lstrip("/")
        query = urllib.parse.parse_qs(parts.query)
        if "list-type" in query or (not name and parts.path.startswith("/bucket")):
            return self._send(200, self._listing(query.get("prefix", [""])[0]), {}, is_body=is_body)
        if server.failures:
            return self._send(server.failures.pop(0), b"busy", {}, is_body=is_body)
        content = server.objects.get(name)
        if content is None:
            return self._send(404, b"<Error><Code>NoSuchKey</Code></Error>", {}, is_body=is_body)
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        head = {"ETag": etag, "Last-Modified": CHANGED, "Accept-Ranges": "bytes"}
        if self.headers.get("If-Match", etag) != etag:
            return self._send(412, b"<Error><Code>PreconditionFailed</Code></Error>", head, is_body=is_body)
        if asked is None or not server.knows_ranges:
            return self._send(200, content, head, is_body=is_body)
        first, _, last = asked.removeprefix("bytes=").partition("-")
        begin = int(first) if first else max(len(content) - int(last), 0)
        end = min(int(last) + 1 if first and last else len(content), len(content))
        if begin >= len(content):
            return self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"}, is_body=is_body)
        head["Content-Range"] = f"bytes {begin}-{end - 1}/{len(content)}"
        return self._send(206, content[begin:end], head, is_body=is_body)

    def _send(self, code: int, body: bytes, head: dict[str, str], *, is_body: bool) -> None:
        self.send_response(code)
        for key, value in head.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not is_body:
            return
        if self.server_of.cut and code in (200, 206):
            self.server_of.cut -= 1
            self.close_connection = True
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def _listing(self, prefix: str) -> bytes:
        entries = "".join(
            f"<Contents><Key>{name}</Key><LastModified>{CHANGED_ISO}</LastModified>"
            f"<ETag>&quot;{hashlib.sha256(content).hexdigest()[:16]}&quot;</ETag>"
            f"<Size>{len(content)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for name, content in sorted(self.server_of.objects.items())
            if name.startswith(prefix)
        )
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>bucket</Name><Prefix>{prefix}</Prefix><KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys>"
            f"<IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
        )
        return text.encode()
