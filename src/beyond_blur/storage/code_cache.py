"""Checksums of code that an earlier process found, kept for as long as no source has changed.

A line of the file is a fingerprint of all sources, the roots, and their checksum. Lines of another
fingerprint do not count, so an answer is never that of other code, nor do lines that are not whole.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from beyond_blur.storage import code
from beyond_blur.storage.import_graph import Package

LINE = re.compile(r"([0-9a-f]{64}) (\S+) ([0-9a-f]{64})")


class CodeCache:
    """`code.checksum`, which reads what the workflow found when it was last parsed.

    Parameters
    ----------
    path : Path
        File of the answers. Where it cannot be read or written, every answer is found again.
    package : Package
        Whose code is meant.
    """

    def __init__(self, path: Path, package: Package = code.PACKAGE) -> None:
        self.path, self.package = path, package
        self._known = self._read()

    def checksum(self, *roots: str) -> str:
        """sha256 over the code that roots reach: see `beyond_blur.storage.code.checksum`."""
        question = ",".join(sorted(set(roots)))
        if question not in self._known:
            self._known[question] = code.checksum(*roots, package=self.package)
            self._write(f"{self.package.fingerprint} {question} {self._known[question]}\n")
        return self._known[question]

    def _read(self) -> dict[str, str]:
        try:
            lines = self.path.read_text(encoding="ascii").splitlines()
        except (OSError, UnicodeDecodeError):
            return {}
        found = (match.groups() for match in map(LINE.fullmatch, lines) if match)
        return {asked: sha for of, asked, sha in found if of == self.package.fingerprint}

    def _write(self, line: str) -> None:
        """Add a line; the first one of new sources takes the place of all those of the old ones."""
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("w" if len(self._known) == 1 else "a", encoding="ascii") as file:
                file.write(line)
