"""Whether a sound file is the one its path promises, made as the configuration makes it now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from beyond_blur.config import Experiment, plan
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.belonging import TRAITS, difference, shown
from beyond_blur.storage.shards import joined
from beyond_blur.verification.findings import Finding
from beyond_blur.verification.inputs import all_priors
from beyond_blur.verification.reading import Held, Result

LEFT_TO_THE_MACHINE = ("precision", "compile")
"""Options of training whose ``auto`` weights hold as what it came to where they were trained."""

ADVICE = re.compile(
    r"[:;,] (delete it and rerun|make it again|correct the path, or make the result again)$"
)
"""What errors say to do: a finding says that itself."""

SOMETHING_ELSE = "not a file of this project"
"""What errors say of a file that may be the user's own."""

REFERENCES = {
    "images": "data/{dataset}/train/shard-0.safetensors",
    "weights": "features/{extractor}/{dataset}/real/train.safetensors",
    "resize": "features/{extractor}/{dataset}/real/train.safetensors",
}
"""Traits that no path says, and the file whose own is that of the whole run."""


class Judge:
    """What is to be said of every file of a run, each of which was read once.

    Parameters
    ----------
    files : mapping of str to Result
    held : mapping of str to Held or Exception
        What each says of itself.
    experiment : Experiment, optional
        The present configuration; without one no file is stale.
    """

    def __init__(
        self,
        files: Mapping[str, Result],
        held: Mapping[str, Held | Exception],
        experiment: Experiment | None,
    ) -> None:
        self.files, self.held, self.experiment = files, held, experiment
        self.known: dict[str, Finding | None] = {}
        self.gone: dict[str, list[str]] = {}

    def finding(self, path: str) -> Finding | None:
        """The gravest thing to be said of a file; None of a good one."""
        if path not in self.known:
            self.known[path] = self._judge(self.files[path])
        return self.known[path]

    def missing(self) -> list[Finding]:
        """Inputs that are gone, once every file was judged."""
        return [
            Finding("missing", path, f"is gone; made from it: {_several(users)}")
            for path, users in self.gone.items()
        ]

    def _judge(self, file: Result) -> Finding | None:
        held = self.held[file.path]
        if isinstance(held, Exception):
            return unreadable(file.path, held)
        found = foreign(file, held) or self._other_set(file, held) if held.manifest else None
        if found is not None or self.experiment is None:
            return found
        reason = unasked(self.experiment, file)
        if reason is not None:
            return Finding("left over", file.path, reason)
        if not held.manifest:
            return None
        return other_settings(self.experiment, file, held) or self._other_inputs(
            self.experiment, file, held
        )

    def _other_set(self, file: Result, held: Held) -> Finding | None:
        """Whether a file is of other images, or of another feature network, than the run is."""
        for name, pattern in REFERENCES.items():
            ours, w = held.manifest.get("traits", {}).get(name), file.wildcards
            if ours is None or not set(re.findall(r"\{(\w+)\}", pattern)) <= set(w):
                continue
            reference = pattern.format(**w)
            other = self.held.get(reference)
            theirs = other.manifest["traits"].get(name) if isinstance(other, Held) else ours
            if theirs != ours:
                words = f"is of {TRAITS[name]} {shown(ours)}, {reference} is of {shown(theirs)}"
                return Finding("stale", file.path, words, "", f"traits.{name}", theirs, ours)
        return None

    def _other_inputs(self, experiment: Experiment, file: Result, held: Held) -> Finding | None:
        for role, paths in file.kind.inputs(experiment, file.wildcards).items():
            found = self._other_input(file, role, paths, made_from(held, role))
            if found is not None:
                return found
        return None

    def _other_input(
        self, file: Result, role: str, paths: list[str], recorded: str | None
    ) -> Finding | None:
        """Whether a file was made from the files that are there now, and these are right.

        Where its manifest does not say what it was made from, whether these are right.
        """
        gone = [path for path in paths if path not in self.files]
        for path in gone:
            self.gone.setdefault(path, []).append(file.path)
        held = [self.held[path] for path in paths if path in self.files]
        checksums = [one.checksum for one in held if isinstance(one, Held)]
        if not paths or len(checksums) < len(paths):
            return None
        now, wrong = joined(checksums), [one for p in paths if (one := self.finding(p))]
        if recorded in (now, None) and wrong:
            words = f"made from {wrong[0].path}, which is {wrong[0].what}"
            return Finding("stale", file.path, words, key=f"inputs.{role}")
        if recorded in (now, None) or any(one.what == "foreign" for one in wrong):
            return None
        words = f"made from other {role} than there are now ({_several(paths)})"
        return Finding("stale", file.path, words, "", f"inputs.{role}", now, recorded)


def made_from(held: Held, role: str) -> str | None:
    """The checksum of what a file was made from, as its manifest has it, if it has it."""
    if role == "trained":
        return held.manifest["traits"].get("weights")
    return held.manifest["inputs"].get(role)


def foreign(file: Result, held: Held) -> Finding | None:
    """Whether a file is another one than its path says."""
    holds = held.manifest.get("kind", file.kind.name)
    if holds != file.kind.name:
        words = f"holds {holds}, not {file.kind.name}"
        return Finding("foreign", file.path, words, "", "kind", file.kind.name, holds)
    traits = held.manifest.get("traits", {})
    for name, wanted in file.kind.traits(file.wildcards).items():
        if traits.get(name) != wanted:
            words = f"is of {TRAITS[name]} {shown(traits.get(name))}, its path says {wanted}"
            return Finding(
                "foreign", file.path, words, "", f"traits.{name}", wanted, traits.get(name)
            )
    return None


def other_settings(experiment: Experiment, file: Result, held: Held) -> Finding | None:
    """Whether a file was made with other settings than the configuration has now."""
    if file.kind.spec is None:
        return None
    made = held.manifest["spec"]
    found = difference(resolved(file.kind.spec(experiment, file.wildcards), made), made)
    if found is None:
        return None
    key, ours, theirs = found
    words = f"made with {key} = {shown(theirs)}, the configuration has {shown(ours)}"
    return Finding("stale", file.path, words, "", key, ours, theirs)


def unasked(experiment: Experiment, file: Result) -> str | None:
    """Why the configuration does not ask for a file; None where it does."""
    w = file.wildcards
    processes = [*plan.names(experiment), *plan.study_names(experiment)]
    names: dict[str, list[str]] = {
        "dataset": [experiment.dataset.name],
        "extractor": [experiment.evaluation.extractor],
        "process": [one for name in processes for one in (name, *plan.trained(experiment, name))],
        "seed": [str(seed) for seed in experiment.sampling.seeds],
        "shard": [str(i) for i in range(experiment.dataset.shards)],
    }
    for name, allowed in names.items():
        if name in w and w[name] not in allowed:
            return f"{name} {w[name]} is not in the configuration"
    if "prior" in w and w["prior"] not in all_priors(experiment, w["process"]):
        return f"{w['process']} is not sampled from prior {w['prior']} in the configuration"
    if "calls" in w and int(w["calls"]) not in plan.step_counts(experiment, w["process"]):
        return f"{w['process']} is not sampled with {w['calls']} calls in the configuration"
    texts = map(plan.delta_text, experiment.study.deltas)
    if "delta" in w and w["delta"] not in texts:
        return f"nothing is sampled with delta {w['delta']} in the configuration"
    if not file.kind.wanted(experiment, w):
        return f"the configuration makes no {file.kind.name} here"
    return None


def resolved(wanted: Any, made: Any) -> Any:
    """Settings in which what is left to the machine, `LEFT_TO_THE_MACHINE`, is as it was."""
    ours = wanted.get("training", {})
    theirs = made.get("training") if isinstance(made, dict) else None
    if not isinstance(theirs, dict):
        return wanted
    left = {key: theirs.get(key) for key in LEFT_TO_THE_MACHINE if ours.get(key) == "auto"}
    return {**wanted, "training": {**ours, **left}} if left else wanted


def unreadable(path: str, error: Exception) -> Finding:
    """What is to be said of a file that could not be read, or is not what was written.

    Where the system has refused, deleting the file is no way out, nor where it may be the user's.
    """
    refusal = error if isinstance(error, OSError) else error.__cause__
    if isinstance(refusal, OSError) and refusal.strerror:
        words, way_out = f"cannot be read: {refusal.strerror}", "make it readable"
        return Finding("damaged", path, words, way_out)
    words = in_words(error)
    theirs = SOMETHING_ELSE in words
    return Finding(
        "damaged", path, words, "move it away and run the workflow again" if theirs else ""
    )


def in_words(error: Exception) -> str:
    """What an error says of a file, in one line and without what to do."""
    text = ADVICE.sub("", " ".join(str(error).split()))
    return text if isinstance(error, ArtifactError) else f"cannot be read ({type(error).__name__})"


def _several(paths: list[str]) -> str:
    rest = len(paths) - 1
    return paths[0] if not rest else f"{paths[0]} and {rest} more"
