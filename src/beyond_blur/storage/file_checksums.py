"""Checksums of the user's own files, found once for as long as a file's size and date stay.

A file that comes with a new date, from a clone or a download, is so seen to be the one it was. A
line of the file of answers is JSON: size, date, path, sha256. Lines that are not whole count not.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path


class FileChecksums:
    """sha256 of files, each read once and not each time that the workflow is parsed.

    Parameters
    ----------
    path : path
        File of the answers. Where it cannot be read or written, every answer is found again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[tuple[int, int, str], str] | None = None

    def checksum(self, file: Path | str) -> str:
        """sha256 of a file's bytes.

        Raises
        ------
        OSError
            If it cannot be read.
        """
        if self._known is None:
            self._known = self._read()
        status = Path(file).stat()
        question = (status.st_size, status.st_mtime_ns, str(file))
        if question not in self._known:
            with Path(file).open("rb") as stream:
                self._known[question] = hashlib.file_digest(stream, "sha256").hexdigest()
            self._write([*question, self._known[question]])
        return self._known[question]

    def _read(self) -> dict[tuple[int, int, str], str]:
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return {}
        found = {}
        for line in lines:
            with contextlib.suppress(ValueError, TypeError):
                size, date, name, checksum = json.loads(line)
                found[size, date, name] = checksum
        return found

    def _write(self, answer: list[int | str]) -> None:
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(answer) + "\n")
