"""One zip of a run that one hands to a reviewer: packed of sound results only, checked anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from beyond_blur.config import ConfigError, Experiment, read_experiment
from beyond_blur.storage import stored_zip, workflow_files
from beyond_blur.storage.atomic import ArtifactError, read_json
from beyond_blur.storage.manifest_place import manifest_of
from beyond_blur.verification import archived, numbers
from beyond_blur.verification.findings import FAULTS, Finding, Verdict
from beyond_blur.verification.reading import Held
from beyond_blur.verification.walk import Walk, in_order, walk


@dataclass(frozen=True)
class Packed:
    """What was packed.

    Attributes
    ----------
    files : int
    size : int
        Bytes of the archive.
    """

    files: int
    size: int


def pack(
    results: Path,
    out: Path,
    experiment: Experiment,
    given: Sequence[Path],
    parts: Sequence[str],
    threads: int = 1,
) -> Packed:
    """Pack finished results: the same results, code and configuration give the same bytes.

    Parameters
    ----------
    results : path
    out : path
        Of the archive.
    experiment : Experiment
    given : sequence of path
        Files of the configuration.
    parts : sequence of str
        `archived.WEIGHTS`, `archived.SAMPLES`, or none beside what is always in it.
    threads : int
        Files that are read at a time.

    Raises
    ------
    ArtifactError
        Where there is no table, of the run or of a study, or a file that belongs into the archive
        is not sound.
    """
    tables = numbers.tables_in(results)
    if not tables:
        wanted = " or ".join(str(results / table) for table in numbers.TABLES)
        raise ArtifactError(f"there is no {wanted}: run the workflow first")
    parts = (archived.ALWAYS, *parts)
    found = walk(results, experiment, threads, lambda p, kind: archived.is_held(p, kind, parts))
    left_over = {finding.path for finding in found.verdict.of("left over")}
    paths = [path for path in found.results if path not in left_over]
    _refuse(results, [f for f in found.verdict.findings if f.path in paths])
    for table in tables:
        _refuse(results, numbers.other_numbers(results, experiment, table))
    held = [one for path in paths if isinstance(one := found.held[path], Held)]
    members = archived.configuration(experiment, given)
    about = archived.about(held, [m for m in members if m != archived.RESOLVED], parts)
    members |= {archived.ABOUT: archived.as_json(about), archived.README: archived.TEXT.encode()}
    members |= {f"{archived.RESULTS}/{path}": results / path for path in paths}
    members |= {f"{archived.RESULTS}/{path}": results / path for path in beside(found, paths)}
    members |= _pins()
    return Packed(len(members), stored_zip.write(out, members))


def beside(found: Walk, paths: Sequence[str]) -> list[str]:
    """The manifests of tables and pictures, which lie beside them."""
    pages = [found.results[path] for path in paths if found.results[path].kind.form == "page"]
    return sorted({page.kind.manifest or manifest_of(page.path) for page in pages})


def _pins() -> dict[str, Path | bytes]:
    try:
        pins = workflow_files.folder() / archived.PINS
    except FileNotFoundError:
        return {}
    return {archived.PINS: pins} if pins.is_file() else {}


def _refuse(results: Path, findings: Sequence[Finding]) -> None:
    """Pack nothing that is not sound."""
    faults = [finding for finding in findings if finding.what in FAULTS]
    if not faults:
        return
    # What is wrong with a file itself says more than that another was made from it.
    first = next((f for f in faults if not (f.key or "").startswith("inputs.")), faults[0])
    more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
    path = results / first.path
    raise ArtifactError(
        f"{path}{more}: {first.what}: {first.words.removeprefix(f'{path} ')}: the verb verify says "
        "what to do; give --configfile if the run had one"
    )


@dataclass(frozen=True)
class Checked:
    """What an archive turned out to be.

    Attributes
    ----------
    verdict : Verdict
        On its results, whose tables were made again.
    about : dict
        What it says of the code and the packages.
    files : int
        Whose checksums were compared.
    same_code : bool
        Whether this package is the one that packed it, source by source.
    """

    verdict: Verdict
    about: dict[str, Any]
    files: int
    same_code: bool


def check(path: Path, folder: Path, threads: int = 1) -> Checked:
    """Unpack an archive of anybody's and compare all that is in it; nothing in it is run.

    Parameters
    ----------
    path : path
    folder : path
        Empty, or not there: what the archive holds is put here.
    threads : int
        Files that are read at a time.

    Raises
    ------
    ArtifactError
        For a file that is no such archive, see `stored_zip.unpack`, or lacks what every one has.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ArtifactError(f"{folder} is not empty: name a new folder")
    names = stored_zip.unpack(path, folder)
    tables = [f"{archived.RESULTS}/{table}" for table in numbers.TABLES]
    for wanted in ([archived.ABOUT], [archived.RESOLVED], tables):
        if not set(wanted) & set(names):
            raise ArtifactError(f"{path} has no {' or '.join(wanted)}: {stored_zip.NOT_OURS}")
    strange = next((name for name in names if not archived.is_member(name)), None)
    if strange is not None:
        raise ArtifactError(f"{path}: member {strange!r} has no place there: {stored_zip.NOT_OURS}")
    about, values = (read_json(folder / n) for n in (archived.ABOUT, archived.RESOLVED))
    if not isinstance(about, dict) or not isinstance(values, dict):
        raise ArtifactError(f"{path}: {archived.ABOUT} or {archived.RESOLVED} is not an object")
    verdict = _judged(folder / archived.RESULTS, values, threads)
    same_code = about.get("sources") == archived.sources()
    return Checked(verdict, about, len(names), same_code)


def _judged(results: Path, values: dict[str, Any], threads: int) -> Verdict:
    """The verdict on unpacked results: sound, of this configuration, and their tables follow."""
    try:
        experiment = read_experiment(values)
    except ConfigError as error:
        reason = " ".join(str(error).split())
        raise ArtifactError(f"{archived.RESOLVED} is no configuration: {reason}") from error
    verdict = walk(results, experiment, threads).verdict
    # What an archive leaves out is no news.
    findings = [finding for finding in verdict.findings if finding.what != "missing"]
    if not any(finding.what in ("damaged", "foreign") for finding in findings):
        for table in numbers.tables_in(results):
            findings += _follows(results, experiment, table)
    return replace(verdict, findings=sorted(findings, key=in_order))


def _follows(results: Path, experiment: Experiment, table: str) -> list[Finding]:
    try:
        return numbers.other_numbers(results, experiment, table)
    except ValueError as error:
        words = " ".join(str(error).replace(f"{results}/", "").split())
        return [Finding("damaged", table, f"cannot be made again: {words}")]
