"""The verbs that pack a run for a reviewer, and check what somebody has packed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from beyond_blur.cli.verbs import FILE, THREADS, option, verb

CPUS = {**THREADS, "default": os.cpu_count() or 1}


@verb(
    option("results", nargs="?", default="results", metavar="FOLDER"),
    option(
        "--configfile",
        action="append",
        default=[],
        metavar="FILE",
        help="laid over the clone's config.yaml, as of Snakemake; may be given several times",
    ),
    option("--out", **{**FILE, "help": "the archive, a zip"}),
    option("--without-weights", action="store_true", help="leave the networks out"),
    option("--with-samples", action="store_true", help="take every sample in, too"),
    option("--threads", **CPUS),
)
def pack_archive(
    results: str,
    configfile: list[str],
    out: str,
    without_weights: bool,
    with_samples: bool,
    threads: int,
) -> None:
    """Pack table, figures, weights, manifests and configuration into one zip for a reviewer."""
    from beyond_blur.config import ConfigError
    from beyond_blur.storage.output_folder import check_new
    from beyond_blur.storage.sizes import in_bytes
    from beyond_blur.verification import archive, archived, configuration

    check_new(out, "--out")
    given = configuration.files(configfile)
    experiment = configuration.read_files(given)
    if experiment is None:
        raise ConfigError("there is no configuration: give --configfile FILE, that of the run")
    chosen = {archived.WEIGHTS: not without_weights, archived.SAMPLES: with_samples}
    parts = [part for part, wanted in chosen.items() if wanted]
    packed = archive.pack(Path(results), Path(out), experiment, given, parts, threads)
    print(f"{out}: {packed.files:,} files, {in_bytes(packed.size)}")


@verb(
    option("archive", metavar="FILE"),
    option("--unpack", metavar="FOLDER", help="keep what is in it here: an empty folder, or none"),
    option("--threads", **CPUS),
)
def check_archive(archive: str, unpack: str | None, threads: int) -> None:
    """Say whether an archive is as it was packed, and its table follows from its numbers."""
    from beyond_blur.verification import archive as archives
    from beyond_blur.verification import report

    with tempfile.TemporaryDirectory(prefix="beyond_blur-") as temporary:
        folder = Path(temporary if unpack is None else unpack)
        checked = archives.check(Path(archive), folder, threads)
    print(report.of_archive(checked.verdict, checked.about, checked.files, checked.same_code))
    if not checked.verdict.clean:
        raise SystemExit(1)
