"""Objects behind ``http://`` and ``https://``, by the standard library: one range a request (RFC 9110, section 14).

Each answer has 30 seconds. A request that is not answered, is answered by a busy server (408, 429, 500, 502, 503, 504) or
breaks off is tried again after 0.25, 1 and 4 seconds, or as long as ``Retry-After`` says, up to half a minute; then its
error is raised. An entity tag of the first answer is a condition of the later ones (``If-Match``). Proxies and certificates
are those of the environment. A server that knows no ranges sends all of an object, once.
"""

from __future__ import annotations

import email.utils
import errno
import http.client
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from radiogram.errors import LimitError, SourceChangedError

if TYPE_CHECKING:
    from radiogram.interop.remote import Answer

__all__ = ["WebObject"]

_SECONDS = 30
_WAITS = (0.25, 1.0, 4.0)
_LONGEST_WAIT = 30.0
_AGAIN = {408, 429, 500, 502, 503, 504}
_LARGEST = 1 << 30
"""Bytes of an object that are taken at most from a server that knows no ranges."""

_ALLOWED = "/:?@!$&'()*+,;=~%[]"
"""What stays as it is in the path and the query of a URL, besides letters, digits and ``-._``."""

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class _Within(urllib.request.HTTPRedirectHandler):
    """Redirections from the web into the web alone."""

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:  # noqa: ANN401
        if urllib.parse.urlsplit(newurl).scheme not in ("http", "https"):
            raise urllib.error.HTTPError(newurl, code, "redirected out of the web", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class WebObject:
    """An object behind a URL.

    Parameters
    ----------
    url : str
        Where.
    """

    __slots__ = ("_asked", "_etag", "_name", "_url")

    def __init__(self, url: str) -> None:
        self._url = url
        parts = urllib.parse.urlsplit(url)
        # RFC 3986 2.1: what has no place in a URL is written in hexadecimal digits; what is so already stays.
        self._asked = urllib.parse.urlunsplit(
            (
                parts.scheme,
                parts.netloc,
                urllib.parse.quote(parts.path, safe=_ALLOWED),
                urllib.parse.quote(parts.query, safe=_ALLOWED),
                "",
            )
        )
        # What signs a URL, and who asks, is nobody else's affair.
        self._name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._etag: str | None = None

    def __reduce__(self) -> tuple[type[WebObject], tuple[str]]:
        return WebObject, (self._url,)

    def fetch(self, offset: int, count: int) -> Answer:
        """Ask for a range; again where that may help.

        Raises
        ------
        OSError
            The server cannot be reached or refuses; `FileNotFoundError`, `PermissionError`, `TimeoutError` where it is one.
        SourceChangedError
            The object is another one by now.
        """
        for wait in (*_WAITS, None):
            try:
                return self._once(offset, count)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code not in _AGAIN or wait is None:
                    if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and offset == 0:
                        return 0, b"", 0, None, None
                    raise self._refusal(error.code) from None
                pause = _pause(error.headers.get("Retry-After"), wait)
            except (OSError, http.client.HTTPException) as error:
                # urllib puts what happened to the connection into an error of its own.
                reason = getattr(error, "reason", error)
                if wait is None or isinstance(error, SourceChangedError | http.client.InvalidURL):
                    raise self._failure(reason) from None
                pause = wait
            time.sleep(pause)
        raise AssertionError

    def _once(self, offset: int, count: int) -> Answer:
        headers = {"Range": f"bytes={offset}-{offset + count - 1}", "Accept-Encoding": "identity"}
        if self._etag is not None:
            headers["If-Match"] = self._etag
        request = urllib.request.Request(self._asked, headers=headers)
        opener = urllib.request.build_opener(_Within)
        with opener.open(request, timeout=_SECONDS) as response:
            told = response.headers
            etag = told.get("ETag")
            state = etag or told.get("Last-Modified")
            if etag is not None and not etag.startswith("W/"):
                self._etag = etag
            changed = _moment(told.get("Last-Modified"))
            if response.status == http.client.PARTIAL_CONTENT:
                match = _RANGE.fullmatch(told.get("Content-Range", "").strip())
                if match is None:
                    message = f"{self._name}: the answer does not say which range it is"
                    raise ValueError(message)
                start, last, size = match.groups()
                expected = int(last) - int(start) + 1
                body = response.read(expected + 1)
                if len(body) != expected:
                    msg = b""
                    raise http.client.IncompleteRead(msg, expected)
                return int(start), body, None if size == "*" else int(size), state, changed
            # No ranges here: the whole object comes, and is kept.
            body = response.read(_LARGEST + 1)
            if len(body) > _LARGEST:
                message = (
                    f"{self._name}: the server knows no ranges, and the object has more than {_LARGEST} bytes"
                )
                raise LimitError(message)
            return 0, body, len(body), state, changed

    def _refusal(self, code: int) -> Exception:
        if code == http.client.PRECONDITION_FAILED:
            message = f"{self._name}: the object was changed after it was read"
            return SourceChangedError(message)
        if code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            message = f"{self._name}: the object became shorter after it was read"
            return SourceChangedError(message)
        if code in (http.client.NOT_FOUND, http.client.GONE):
            return FileNotFoundError(errno.ENOENT, f"{self._name}: HTTP {code}")
        if code in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
            return PermissionError(errno.EACCES, f"{self._name}: HTTP {code}")
        tries = f" in {len(_WAITS) + 1} tries" if code in _AGAIN else ""
        return OSError(errno.EIO, f"{self._name}: HTTP {code}{tries}")

    def _failure(self, reason: object) -> Exception:
        if isinstance(reason, SourceChangedError):
            return reason
        if isinstance(reason, http.client.InvalidURL):
            return OSError(errno.EINVAL, f"{self._name}: {reason}")
        number = getattr(reason, "errno", None) or errno.EIO
        kind = TimeoutError if isinstance(reason, TimeoutError) else OSError
        return kind(number, f"{self._name}: {type(reason).__name__} in {len(_WAITS) + 1} tries: {reason}")


def _pause(said: str | None, wait: float) -> float:
    return min(float(said), _LONGEST_WAIT) if said is not None and said.isdigit() else wait


def _moment(said: str | None) -> int | None:
    if said is None:
        return None
    try:
        return int(email.utils.parsedate_to_datetime(said).timestamp()) * 1_000_000_000
    except (TypeError, ValueError, OverflowError):
        return None
