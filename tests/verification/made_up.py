"""A run that was never made: every manifest that the registry expects, in memory."""

from types import SimpleNamespace

from beyond_blur.storage.shards import joined
from beyond_blur.verification.kinds import match
from beyond_blur.verification.reading import Held, Result
from beyond_blur.verification.registry import KINDS


def closure(experiment, paths):
    """Paths, and those of all that they are made from."""
    found = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path not in found:
            kind, wildcards = match(KINDS, path)
            found[path] = kind, wildcards
            waiting += [one for files in kind.inputs(experiment, wildcards).values()
                        for one in files]  # fmt: skip
    return found


def made_up(experiment, paths=("table1.csv", "figures/samples.png")):
    """Files and what they hold, as `judging.Judge` takes them."""
    files = {path: Result(path, *found, 1) for path, found in closure(experiment, paths).items()}
    held = {}
    for path, file in files.items():
        inputs = file.kind.inputs(experiment, file.wildcards)
        manifest = {
            "kind": file.kind.name,
            "traits": file.kind.traits(file.wildcards),
            "spec": file.kind.spec(experiment, file.wildcards) if file.kind.spec else {},
            "inputs": {role: joined([f"sum of {one}" for one in named])
                       for role, named in inputs.items() if named},
        }  # fmt: skip
        held[path] = Held(manifest, f"sum of {path}")
    return SimpleNamespace(files=files, held=held, experiment=experiment)
