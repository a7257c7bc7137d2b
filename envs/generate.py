"""Write envs/*.yaml and their scripts from envs/pins.txt and from what each stage's verbs import.

``python envs/generate.py``, with the package installed. A test compares the files with what this
would write, so none of them is kept by hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from beyond_blur.config import PROCESS_SPECS
from beyond_blur.rendering.figures import FIGURES
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.storage import code

CLONE = Path(__file__).resolve().parents[1]
PINS = CLONE / "envs/pins.txt"
RULES = CLONE / "workflow/rules"


@dataclass(frozen=True)
class Environment:
    """One environment of the workflow's rules.

    Attributes
    ----------
    purpose : str
        What its file says that it is for.
    spared : frozenset of str
        Imports inside functions that no verb of the environment calls.
    more : frozenset of str
        Packages that those imported import in turn, and those of code that no result depends on.
    """

    purpose: str
    spared: frozenset[str] = frozenset()
    more: frozenset[str] = frozenset()


ENVIRONMENTS = {
    "cupy": Environment(
        "Data preparation and corruption: NumPy, Numba, and CuPy for machines with a GPU.",
        # The solver hands states to torch only where a network trains on them.
        spared=frozenset({"torch"}),
        more=frozenset({"scipy"}),  # Numba's linear algebra
    ),
    "torch": Environment(
        "Training, sampling, features and metrics, and figures of what processes do. CuPy makes "
        "pairs\n# of a flow on a GPU while a network trains.",
        # Of pytorch-fid, of torch.utils, and of progress, which no result depends on.
        more=frozenset({"torchvision", "tensorboard", "tqdm"}),
    ),
    "plot": Environment("Tables and figures."),
}
"""Every file that rules name after ``conda:``."""

NAMES = {
    "PIL": "pillow",
    "cupy": "cupy-cuda12x",
    "cupyx": "cupy-cuda12x",
    "llvmlite": "numba",
    "mpl_toolkits": "matplotlib",
    "pydantic_core": "pydantic",
    "pytorch_fid": "pytorch-fid",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""What a package is installed as, where that is not the name that it is imported by."""

EXTRAS = {"cupy-cuda12x": "[ctk]"}
"""What an environment installs of a package beside the package: CUDA's compiler for CuPy."""

PYTHON = "3.11"

POST_DEPLOY = """\
#!/usr/bin/env bash
# The package itself, beside what the environment's file lists: a link, so that an edit of the code
# is what runs next. Snakemake runs this once in every environment that it makes;
# workflow/rules/common.smk says where the package is.
set -euo pipefail
site=$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
ln -sfn "$BEYOND_BLUR_PACKAGE" "$site/beyond_blur"
"""


def pins() -> dict[str, str]:
    """The exact version of every package, by its name, in the order of the file."""
    lines = [line for line in PINS.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def registered(*registries: str) -> set[str]:
    """Code that entries of registries name."""
    return {root for one in registries for entry in code.registered(one).values() for root in entry}


def looked_up(environment: str) -> dict[str, set[str]]:
    """What the functions of wildcards in the rules stand for, whatever the configuration."""
    kinds = {kind.implementation for kind in PROCESS_SPECS.values()}
    solvers = registered("beyond_blur.corruption.backend:MODULES")
    drawn = [figure for figure in FIGURES.values() if figure.computes == (environment == "torch")]
    figures = {root for figure in drawn for root in figure.code}
    return {
        "process_code": kinds,
        "every_process_code": kinds,
        "solver_code": solvers,
        "flow_pairs_code": solvers | registered("beyond_blur.training.flow_pairs:MAKERS"),
        "extractor_code": registered("beyond_blur.features.extractor:EXTRACTORS"),
        "film_code": {root for film in FILMS.values() for root in film.code},
        "figure_code": figures | (kinds | solvers if environment == "torch" else set()),
    }


def roots_of(environment: str) -> set[str]:
    """What the rules of an environment run, and everything that their verbs look up by name."""
    found, roots = looked_up(environment), set()
    for path in RULES.glob("*.smk"):
        for rule in re.split(r"(?m)^ *(?=rule |use rule |rule:)", path.read_text()):
            if f"envs/{environment}.yaml" not in rule:
                continue
            for verb, more in re.findall(r'code_of\(\s*"(\w+)"([^)]*)\)', rule):
                roots.add(code.verb_root(verb))
                for name in re.findall(r"\w+_code", more):
                    roots |= found[name]
    return roots


def packages(environment: str) -> list[str]:
    """The lines of an environment's file: what its verbs import, with the exact versions.

    Raises
    ------
    KeyError
        For an import that has no pin.
    """
    entry = ENVIRONMENTS[environment]
    imported = code.packages_imported(*roots_of(environment)) - set(sys.stdlib_module_names)
    needed = {NAMES.get(name, name) for name in imported - entry.spared} | entry.more
    versions = pins()
    lacking = needed - set(versions)
    if lacking:
        raise KeyError(f"{sorted(lacking)} are imported and have no line in {PINS}")
    return [f"{n}{EXTRAS.get(n, '')}=={v}" for n, v in versions.items() if n in needed]


def files() -> Iterator[tuple[Path, str]]:
    """Every generated file and its text."""
    for name, entry in ENVIRONMENTS.items():
        listed = "\n".join(f"      - {line}" for line in packages(name))
        yield (
            CLONE / f"envs/{name}.yaml",
            f"# Made by envs/generate.py from envs/pins.txt.\n# {entry.purpose}\nchannels:\n"
            f"  - conda-forge\ndependencies:\n  - python={PYTHON}\n  - pip\n  - pip:\n{listed}\n",
        )
        yield CLONE / f"envs/{name}.post-deploy.sh", POST_DEPLOY


if __name__ == "__main__":
    for path, text in files():
        path.write_text(text)
        print(path.relative_to(CLONE))
