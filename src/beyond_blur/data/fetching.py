"""Files fetched from the addresses of their owners: resumed where they stopped, checked at the end.

Proxies are those of the environment (``https_proxy``, ``http_proxy``). A file takes its name only
when its checksum is that of its owners; until then it is called ``NAME.part``.
"""

from __future__ import annotations

import http.client
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from beyond_blur.config import ConfigError
from beyond_blur.config.published_sets import PublishedFile, PublishedSet
from beyond_blur.progress import Progress
from beyond_blur.storage.opening import in_words
from beyond_blur.storage.outputs import checksum_of_file
from beyond_blur.storage.sizes import in_bytes
from beyond_blur.storage.system_errors import reason

BLOCK = 2**20
"""Bytes that are read, and shown as progress, at a time."""

PATIENCE = 30.0
"""Seconds that a server may be silent."""

AGENT = "beyond-blur"
"""What servers are told; some refuse Python's own name."""

FAILURES = (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError)
"""What a server, or the way to it, can do wrong."""

Say = Callable[[str], None]


class WrongContent(ValueError):
    """What a server sent is not the file of its owners."""


def fetch_set(
    published: PublishedSet, folder: Path, say: Say, addresses: Sequence[str] = ()
) -> None:
    """Fetch every file of a set that is not there already.

    Parameters
    ----------
    published : PublishedSet
    folder : path
        Made where it is missing.
    say : function
        Takes a line for each file.
    addresses : sequence of str
        Tried before those of the set.

    Raises
    ------
    ConfigError
        One line for a file that no address gives: why, and which file to put where by hand.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in published.files:
        place = folder / file.name
        if is_complete(place, file):
            say(f"{place}: complete")
        else:
            fetch_file(file, place, [*addresses, *published.addresses], say)


def is_complete(place: Path, file: PublishedFile) -> bool:
    """Whether a file is there with its owners' content."""
    if not place.is_file() or place.stat().st_size != file.size:
        return False
    return checksum_of_file(place) == file.sha256


def fetch_file(file: PublishedFile, place: Path, addresses: Sequence[str], say: Say) -> None:
    """Fetch one file from the first address that gives it, going on with what there is of it.

    Raises
    ------
    ConfigError
        As `fetch_set`.
    """
    failures = []
    for address in addresses:
        url = f"{address.rstrip('/')}/{file.name}"
        try:
            _fetch_from(url, file, place)
        except (*FAILURES, WrongContent) as error:
            failures.append(f"{_host(url)}: {_why(error)}")
            say(f"{url}: {_why(error)}")
        else:
            say(f"{place}: complete, from {_host(url)}")
            return
    raise ConfigError(
        f"{file.name} could not be fetched ({'; '.join(failures)}): put it into {place.parent} by "
        f"hand ({file.size:,} bytes, sha256 {file.sha256}), or set https_proxy and run this again"
    )


def _fetch_from(url: str, file: PublishedFile, place: Path) -> None:
    """Fetch from one address; what is not the owners' file is removed."""
    part = place.with_name(f"{place.name}.part")
    done = part.stat().st_size if part.exists() else 0
    if done < file.size:
        _receive(url, file, part, done)
    if part.stat().st_size < file.size:
        raise http.client.IncompleteRead(b"", file.size - part.stat().st_size)
    if part.stat().st_size > file.size or checksum_of_file(part) != file.sha256:
        part.unlink()
        if done:  # what was there before may have been wrong
            return _fetch_from(url, file, place)
        raise WrongContent("what it sends has another checksum than the owners' file")
    with part.open("rb") as whole:
        os.fsync(whole.fileno())
    part.replace(place)
    return None


def _receive(url: str, file: PublishedFile, part: Path, done: int) -> None:
    """Write what a server sends to the end of ``part``, or anew where it cannot go on."""
    headers = {"User-Agent": AGENT} | ({"Range": f"bytes={done}-"} if done else {})
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        goes_on = answer.status == 206 and _first_byte(answer.headers) == done
        if done and not goes_on:
            done = 0
        length = answer.headers.get("Content-Length")
        if length is not None and length.isdigit() and done + int(length) != file.size:
            raise WrongContent(f"it sends {done + int(length):,} bytes, not {file.size:,}")
        total, had = -(-file.size // BLOCK), done // BLOCK
        bar = Progress(total, had, f"{file.name} (MiB)")
        try:
            with part.open("ab") if goes_on else part.open("wb") as written:
                while done <= file.size and (block := answer.read(BLOCK)):
                    written.write(block)
                    done += len(block)
                    bar.advance(in_bytes(done))
        finally:
            bar.close()


def _first_byte(headers: http.client.HTTPMessage) -> int | None:
    """Where the part of a file begins that an answer holds."""
    found = re.match(r"bytes (\d+)-", headers.get("Content-Range") or "")
    return int(found[1]) if found else None


def _host(url: str) -> str:
    return url.split("/")[2]


def _why(error: Exception) -> str:
    """What went wrong, in a few words."""
    if isinstance(error, urllib.error.HTTPError):
        return f"it answers {error.code} ({error.reason})"
    if isinstance(error, http.client.IncompleteRead):
        return f"it stopped {in_bytes(error.expected or 0)} before the end"
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer in {PATIENCE:g} s"
    if isinstance(cause, OSError):
        return reason(cause)
    return in_words(cause) if isinstance(cause, BaseException) else str(cause)
