"""The verb that says whether finished results can be trusted."""

from __future__ import annotations

import os
from pathlib import Path

from beyond_blur.cli.verbs import THREADS, option, verb
from beyond_blur.storage import atomic


@verb(
    option("results", nargs="?", default="results", metavar="FOLDER"),
    option(
        "--configfile",
        action="append",
        default=[],
        metavar="FILE",
        help="laid over the clone's config.yaml, as of Snakemake; may be given several times",
    ),
    option("--json", metavar="FILE", help="write all findings here, for programs"),
    option("--threads", **{**THREADS, "default": os.cpu_count() or 1}),
)
def verify(results: str, configfile: list[str], json: str | None, threads: int) -> None:
    """Say which results are damaged, foreign, stale or left over; exit code 1 if any is unsound."""
    from beyond_blur.verification import configuration, report
    from beyond_blur.verification.walk import verify

    files = configuration.files(configfile)
    verdict = verify(Path(results), configuration.read_files(files), max(1, threads))
    described = (verdict, Path(results), [str(path) for path in files])
    if json is not None:
        atomic.write_json(json, report.to_json(*described))
    print(report.to_text(*described))
    if not verdict.clean:
        raise SystemExit(1)
