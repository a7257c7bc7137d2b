"""The experiment as frozen dataclasses: the one schema of the project.

Every option is one field with its default, its meaning and its range. The same fields make the
JSON schema in ``workflow/schemas`` (``python -m beyond_blur schema``), the checks and the error
messages, so the three cannot drift apart. Standard library only: a dry run imports nothing else.

A resolved experiment is made in three steps: the preset's values, the user's ``config.yaml`` laid
over them key by key, and the checks of this file.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args, get_origin

DatasetKind = Literal["digits", "idx", "npz", "folder"]
Spacing = Literal["log", "linear", "cosine", "given"]
Backend = Literal["auto", "cpu", "gpu", "reference"]
Walls = Literal["mirror", "periodic"]
Flow = Literal["turbulence", "stream", "vortex"]
PriorSource = Literal["train", "held_out"]
Precision = Literal["float32", "bfloat16"]
# What a process's training batches hold: cached pairs of neighbouring levels, or clean images.
TrainsOn = Literal["pairs", "images"]
# What its sampling starts from: cached terminal states, clean images it corrupts itself, or noise.
StartsFrom = Literal["terminal", "images", "noise"]
Extractor = Literal["inception", "inception-clean", "classifier", "random", "dinov2"]


class ConfigError(ValueError):
    """A value of the configuration that cannot be used, with its key and the way out."""


def option(default: Any, meaning: str, *, low: float | None = None, above: float | None = None,
           high: float | None = None, below: float | None = None) -> Any:  # fmt: skip
    """A dataclass field with its meaning and its range (``low <= x <= high``, strict if asked)."""
    limits = {"low": low, "above": above, "high": high, "below": below}
    metadata = {"meaning": meaning, **{k: v for k, v in limits.items() if v is not None}}
    if isinstance(default, type) or callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Dataset:
    """Which images, at which size, and which of them are held out."""

    name: str = option("digits", "name of the dataset in the paths under results/")
    kind: DatasetKind = option("digits", "scikit-learn's digits, or how to read the files at path")
    path: str | None = option(None, "idx file, npz file (images, labels) or folder of images")
    labels_path: str | None = option(None, "idx file with the labels of the images at path")
    held_out_path: str | None = option(None, "a second file or folder whose images are held out")
    held_out_labels_path: str | None = option(None, "idx file with the labels of held_out_path")
    size: int = option(16, "height and width of an image in pixels", low=4, high=1024)
    channels: int = option(1, "1 for grey, 3 for colour", low=1, high=3)
    held_out: float = option(1 / 3, "share held out where held_out_path is null", above=0, below=1)
    split_seed: int = option(0, "seed of the split into train and held-out images", low=0)
    shards: int = option(1, "number of files each split is stored in", low=1)
    max_images: int | None = option(None, "use only this many images of each split", low=1)


@dataclass(frozen=True)
class Levels:
    """The blur widths sigma_B,k of levels k = 1..K in pixels; level 0 is the clean image."""

    n_levels: int = option(200, "number of levels K", low=1)
    sigma_min: float = option(0.5, "blur width of level 1 in pixels", above=0)
    sigma_max: float = option(128.0, "blur width of level K in pixels", above=0)
    spacing: Spacing = option("log", "how blur widths grow from sigma_min to sigma_max")
    given: tuple[float, ...] = option((), "the blur widths themselves, where spacing is given")


@dataclass(frozen=True)
class Velocity:
    """The random flow; the defaults are the authors' (method: random Fourier modes)."""

    flow: Flow = option("turbulence", "random modes, a uniform stream or one vortex")
    divergence_free: bool = option(False, "project the modes so that the flow has no divergence")
    slope: float = option(-5 / 3, "power of |k| in the spectrum", high=0)
    slope_of: Literal["amplitude", "energy"] = option(
        "amplitude", "whether the slope is that of a mode's amplitude or of the energy spectrum"
    )
    wavenumber_min: int = option(1, "lowest wave number, in waves per image", low=1)
    wavenumber_max: int = option(1024, "highest wave number, in waves per image", low=1)
    phase_step: float = option(
        1e-3, "a mode's phase advances by 2 pi wave number times this per lattice step", low=0
    )
    speed_limit: float = option(
        1e-2, "smooth limit of the speed, cells per step", above=0, high=0.3
    )
    frame_spacing: int | None = option(
        None, "lattice steps between key frames of the flow; null: from the error bound", low=1
    )


@dataclass(frozen=True)
class Corruption:
    """How the lattice-Boltzmann corruption is run and cached."""

    backend: Backend = option("auto", "auto takes the GPU where CuPy sees one, else the CPU")
    walls: Walls = option("mirror", "mirror conserves mass exactly and makes DCT-II the eigenbasis")
    grey_range: tuple[float, float] = option(
        (0.95, 1.05), "what grey values 0 and 1 become while the solver runs"
    )
    draws: int = option(1, "flows cached per image", low=1)
    levels_per_draw: int = option(1, "level pairs cached per flow, stratified over k", low=1)
    dtype: Literal["float16", "float32"] = option("float32", "number format of the cache")
    seed: int = option(0, "seed of the flows and of the cached levels", low=0)
    threads: int = option(1, "CPU threads of one corruption job", low=1)


@dataclass(frozen=True)
class AdvectionDiffusion:
    """Beyond Blur: blur carried by a random flow; Peclet number 0 is IHDM on the lattice."""

    trains_on: ClassVar[TrainsOn] = "pairs"
    starts_from: ClassVar[StartsFrom] = "terminal"

    kind: Literal["advection_diffusion"] = option("advection_diffusion", "kind of process")
    name: str = option("advection_diffusion", "name in the paths and in the table")
    peclet: float = option(0.0, "Peclet number V L / alpha, or a list of them", low=0)
    noise: float = option(0.01, "standard deviation sigma of the noise on the input", low=0)
    transport: bool = option(
        True,
        "whether the flow carries the image; false keeps only what the flow makes of a uniform "
        "background, a control with the same low-frequency noise and no advection",
    )
    velocity: Velocity = option(Velocity, "the flow")


@dataclass(frozen=True)
class HeatDissipation:
    """IHDM: the heat kernel by cosine transform, exact at every level."""

    trains_on: ClassVar[TrainsOn] = "images"
    starts_from: ClassVar[StartsFrom] = "images"

    kind: Literal["heat_dissipation"] = option("heat_dissipation", "kind of process")
    name: str = option("heat_dissipation", "name in the paths and in the table")
    noise: float = option(0.01, "standard deviation sigma of the noise on the input", low=0)


@dataclass(frozen=True)
class DDPM:
    """Gaussian noise (Ho et al., 2020)."""

    trains_on: ClassVar[TrainsOn] = "images"
    starts_from: ClassVar[StartsFrom] = "noise"

    kind: Literal["ddpm"] = option("ddpm", "kind of process")
    name: str = option("ddpm", "name in the paths and in the table")
    n_steps: int = option(1000, "number of levels T", low=1)
    schedule: Literal["linear", "cosine", "given"] = option(
        "linear", "how the noise grows over the levels"
    )
    given: tuple[float, ...] = option((), "alphas_cumprod of levels 1..T, where schedule is given")
    sampler: Literal["ancestral", "ddim"] = option("ancestral", "reverse step")
    variance: Literal["fixed_large", "fixed_small"] = option(
        "fixed_large", "variance of the ancestral step"
    )
    eta: float = option(0.0, "DDIM's share of fresh noise", low=0, high=1)
    clip: bool = option(True, "clip the predicted image to its range in every step")


@dataclass(frozen=True)
class BlurringDiffusion:
    """Blurring Diffusion: every frequency has its own schedule (Hoogeboom & Salimans, 2023)."""

    trains_on: ClassVar[TrainsOn] = "images"
    starts_from: ClassVar[StartsFrom] = "noise"

    kind: Literal["blurring_diffusion"] = option("blurring_diffusion", "kind of process")
    name: str = option("blurring_diffusion", "name in the paths and in the table")
    n_steps: int = option(1000, "number of levels T", low=1)
    given: tuple[float, ...] = option((), "times in (0, 1] of levels 1..T; empty: evenly spaced")
    blur_width_max: float = option(20.0, "largest blur width sigma_B,max in pixels", low=0)


@dataclass(frozen=True)
class ColdDiffusion:
    """Cold Diffusion: blur without noise; the network predicts the image (Bansal et al., 2022)."""

    trains_on: ClassVar[TrainsOn] = "images"
    starts_from: ClassVar[StartsFrom] = "images"

    kind: Literal["cold_diffusion"] = option("cold_diffusion", "kind of process")
    name: str = option("cold_diffusion", "name in the paths and in the table")
    algorithm: int = option(2, "reverse rule: the paper's Algorithm 1 or 2", low=1, high=2)
    loss: Literal["l1", "squared", "soft"] = option(
        "l1", "absolute or squared error of the image, or squared error after blurring it again"
    )
    noise: float = option(0.0, "standard deviation sigma of noise on the input", low=0)


@dataclass(frozen=True)
class OwnProcess:
    """A process of yours: any class with the members of ForwardProcess."""

    trains_on: ClassVar[TrainsOn] = "images"
    starts_from: ClassVar[StartsFrom] = "images"

    kind: Literal["own"] = option("own", "kind of process")
    name: str = option("own", "name in the paths and in the table")
    file: str = option("", "Python file that holds the class")
    class_name: str = option("", "the class, a ForwardProcess")
    options: dict[str, Any] = option(dict, "what the class is made with")


ProcessSpec = (
    AdvectionDiffusion | HeatDissipation | DDPM | BlurringDiffusion | ColdDiffusion | OwnProcess
)
PROCESS_SPECS: dict[str, type[ProcessSpec]] = {
    "advection_diffusion": AdvectionDiffusion,
    "heat_dissipation": HeatDissipation,
    "ddpm": DDPM,
    "blurring_diffusion": BlurringDiffusion,
    "cold_diffusion": ColdDiffusion,
    "own": OwnProcess,
}


@dataclass(frozen=True)
class ProcessOptions:
    """Options that every process of a kind starts from; an entry of processes can change them."""

    advection_diffusion: AdvectionDiffusion = option(AdvectionDiffusion, "Beyond Blur")
    heat_dissipation: HeatDissipation = option(HeatDissipation, "IHDM")
    ddpm: DDPM = option(DDPM, "DDPM")
    blurring_diffusion: BlurringDiffusion = option(BlurringDiffusion, "Blurring Diffusion")
    cold_diffusion: ColdDiffusion = option(ColdDiffusion, "Cold Diffusion")
    own: OwnProcess = option(OwnProcess, "a process of yours")


@dataclass(frozen=True)
class Network:
    """The U-Net (widths, depths and attention as the papers name them)."""

    channels: int = option(128, "channels of the first level", low=8)
    multipliers: tuple[int, ...] = option((1, 2, 2), "channel multiplier of each level")
    blocks: int = option(2, "residual blocks per level", low=1)
    attention_levels: tuple[int, ...] = option((2,), "levels with self-attention, 0 the finest")
    dropout: float = option(0.1, "dropout inside residual blocks", low=0, below=1)


@dataclass(frozen=True)
class Training:
    """One training run; every process gets the same."""

    iterations: int = option(200_000, "optimiser steps", low=1)
    batch_size: int = option(32, "images per step", low=1)
    learning_rate: float = option(2e-4, "Adam's learning rate after warm-up", above=0)
    warmup: int = option(5_000, "steps over which the learning rate rises", low=0)
    gradient_clip: float = option(1.0, "largest gradient norm", above=0)
    ema: float = option(0.999, "decay of the averaged weights, ramped as (1 + n)/(10 + n)",
                        low=0, below=1)  # fmt: skip
    precision: Precision = option("float32", "number format of the network's arithmetic")
    seed: int = option(0, "seed of the weights, the data order and the noise", low=0)
    checkpoint_every: int = option(1_000, "steps between resumable states", low=1)
    max_skipped: int = option(20, "non-finite steps in a row after which the run stops", low=1)
    device: Literal["auto", "cpu", "cuda"] = option("auto", "where the network runs")
    threads: int = option(
        1, "CPU threads of one training job; part of the result's last bits", low=1
    )


@dataclass(frozen=True)
class Sampling:
    """Drawing samples from a trained network."""

    n_samples: int = option(10_000, "samples per seed", low=1)
    seeds: tuple[int, ...] = option(
        (0, 1, 2), "sampling seeds; the spread in the table is over them"
    )
    delta: float = option(
        0.0125, "standard deviation of the noise added at each reverse step", low=0
    )
    priors: tuple[PriorSource, ...] = option(
        ("train",), "images whose terminal states the samples start from; a table row for each"
    )
    batch_size: int = option(256, "samples drawn at once; does not change the samples", low=1)


@dataclass(frozen=True)
class Evaluation:
    """How samples are measured."""

    extractor: Extractor = option(
        "inception", "feature network; only Inception gives a number called FID"
    )
    nearest_k: int = option(5, "k of precision, recall, density and coverage", low=1)
    weights: str | None = option(
        None, "path of the Inception or DINOv2 weights; null: Inception's usual cache place"
    )
    batch_size: int = option(64, "images per pass of the feature network", low=1)
    classifier_iterations: int = option(400, "optimiser steps of the classifier", low=1)
    infinity_sizes: int = option(
        5, "subsets of rising size that FID at infinite N is extrapolated from", low=2
    )
    kid_subsets: int = option(100, "random subsets the kernel distance is averaged over", low=2)


@dataclass(frozen=True)
class Experiment:
    """Everything a run depends on."""

    preset: str = option("digits", "name of the preset whose values are the starting point")
    dataset: Dataset = option(Dataset, "images")
    levels: Levels = option(Levels, "blur levels, shared by every process that blurs")
    corruption: Corruption = option(Corruption, "lattice-Boltzmann corruption and its cache")
    process_options: ProcessOptions = option(ProcessOptions, "options shared by a kind of process")
    processes: tuple[ProcessSpec, ...] = option((), "the forward processes; one table row each")
    network: Network = option(Network, "U-Net")
    training: Training = option(Training, "training")
    sampling: Sampling = option(Sampling, "sampling")
    evaluation: Evaluation = option(Evaluation, "evaluation")


# --- reading -------------------------------------------------------------------------------------


def read(cls: type[Any], values: Any, key: str = "") -> Any:
    """Make a dataclass of this file from plain values, checking names, types and ranges.

    Parameters
    ----------
    cls : dataclass
        The section to make, e.g. ``Sampling``.
    values : mapping
        Plain values as YAML or JSON gives them; keys left out take their defaults.
    key : str
        Where the section stands in the configuration, for messages.

    Raises
    ------
    ConfigError
        An unknown key, a value of the wrong type or outside its range.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{key or 'config'} is {values!r}: expected keys and values")
    fields = {f.name: f for f in dataclasses.fields(cls)}
    for name in values:
        if name not in fields:
            raise ConfigError(unknown(_join(key, name), name, fields))
    hints = _hints(cls)
    read_values = {
        name: _within(
            _convert(hints[name], value, _join(key, name)), fields[name], _join(key, name)
        )
        for name, value in values.items()
    }
    return cls(**read_values)


def unknown(key: str, word: str, valid: typing.Iterable[str]) -> str:
    """The message for a word that is not among the valid ones, with the nearest of them."""
    names = [str(name) for name in valid]
    near = difflib.get_close_matches(str(word), names, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"{key} is unknown{hint}; valid here: {', '.join(names)}"


def _join(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)


def _hints(cls: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _convert(hint: Any, value: Any, key: str) -> Any:
    """Bring one value to the type its field declares, or say what it should have been."""
    origin = get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return value if isinstance(value, hint) else read(hint, value, key)  # type: ignore[arg-type]
    if origin is dict:
        if not isinstance(value, Mapping):
            raise ConfigError(f"{key} = {value!r}: expected keys and values")
        return dict(value)
    if origin is types.UnionType and dataclasses.is_dataclass(value):
        return value
    if origin is types.UnionType:
        return None if value is None else _convert(_not_none(hint), value, key)
    if origin is Literal:
        if value not in get_args(hint):
            raise ConfigError(unknown(f"{key} = {value!r}", value, get_args(hint)))
        return value
    if origin is tuple:
        return _convert_tuple(get_args(hint), value, key)
    return _convert_scalar(hint, value, key)


def _not_none(hint: Any) -> Any:
    return next(arg for arg in get_args(hint) if arg is not type(None))


def _convert_tuple(args: tuple[Any, ...], value: Any, key: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise ConfigError(f"{key} = {value!r}: expected a list such as [1, 2]")
    if args[-1] is not Ellipsis and len(value) != len(args):
        raise ConfigError(f"{key} = {value!r}: expected {len(args)} values, got {len(value)}")
    hints = [args[0]] * len(value) if args[-1] is Ellipsis else args
    return tuple(
        _convert(h, v, f"{key}[{i}]") for i, (h, v) in enumerate(zip(hints, value, strict=True))
    )


def _convert_scalar(hint: type, value: Any, key: str) -> Any:
    if hint is float and isinstance(value, str) and _is_number(value):
        mantissa, _, exponent = value.lower().partition("e")
        dotted = f"{mantissa}.0e{exponent}" if exponent and "." not in mantissa else value
        raise ConfigError(f"{key} = '{value}' is text to YAML, not a number: write {dotted}")
    if isinstance(value, bool) and hint is not bool:
        raise ConfigError(f"{key} = {value!r}: expected {_NAMES[hint]}")
    if hint is float and isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, hint):
        raise ConfigError(f"{key} = {value!r}: expected {_NAMES[hint]}")
    return value


_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


_LIMITS = {
    "low": (lambda x, limit: x >= limit, "at least"),
    "above": (lambda x, limit: x > limit, "above"),
    "high": (lambda x, limit: x <= limit, "at most"),
    "below": (lambda x, limit: x < limit, "below"),
}


def _within(value: Any, spec: dataclasses.Field[Any], key: str) -> Any:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return value
    if not math.isfinite(value):
        raise ConfigError(f"{key} = {value}: expected a finite number")
    for name, (holds, words) in _LIMITS.items():
        limit = spec.metadata.get(name)
        if limit is not None and not holds(value, limit):
            raise ConfigError(f"{key} = {value:g} must be {words} {limit:g}")
    return value


# --- processes -----------------------------------------------------------------------------------


def slug(process: ProcessSpec) -> str:
    """The process's name in paths: its name, and its Peclet number where it has one."""
    return f"{process.name}-pe{process.peclet:g}" if hasattr(process, "peclet") else process.name


def read_process(values: Any, key: str = "process") -> ProcessSpec:
    """Make one process from plain values; its ``kind`` says which dataclass describes it."""
    if not isinstance(values, Mapping) or "kind" not in values:
        raise ConfigError(f"{key} = {values!r}: expected kind: {' | '.join(PROCESS_SPECS)}")
    kind = values["kind"]
    if kind not in PROCESS_SPECS:
        raise ConfigError(unknown(f"{key}.kind = {kind!r}", kind, PROCESS_SPECS))
    spec: ProcessSpec = read(PROCESS_SPECS[kind], values, key)
    return spec


def read_processes(entries: Any, shared: Mapping[str, Any]) -> tuple[ProcessSpec, ...]:
    """Make every process of the config's list; an entry with a list of Peclet numbers is several.

    Parameters
    ----------
    entries : list of mapping
        The config's ``processes``.
    shared : mapping
        The config's ``process_options``, by kind: what an entry starts from.
    """
    if not isinstance(entries, (list, tuple)):
        raise ConfigError(f"processes = {entries!r}: expected a list of processes")
    specs = []
    for i, entry in enumerate(entries):
        numbers = entry.get("peclet") if isinstance(entry, Mapping) else None
        for peclet in numbers if isinstance(numbers, list) else [numbers]:
            values = entry if peclet is None else {**entry, "peclet": peclet}
            if isinstance(entry, Mapping):
                values = overlay(shared.get(str(entry.get("kind")), {}), values)
            specs.append(read_process(values, f"processes[{i}]"))
    return tuple(specs)


# --- the whole experiment ------------------------------------------------------------------------

PRESETS = Path(__file__).parent / "presets"


def preset_names() -> list[str]:
    """The presets that ship with the package."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def load_preset(name: str) -> dict[str, Any]:
    """The values of one preset, as plain data."""
    import yaml

    if name not in preset_names():
        raise ConfigError(unknown(f"preset = {name!r}", name, preset_names()))
    return dict(yaml.safe_load((PRESETS / f"{name}.yaml").read_text()))


def overlay(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay ``changes`` over ``base``: sections are merged key by key, everything else replaced."""
    merged = dict(base)
    for key, value in changes.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = overlay(merged[key], value)
        else:
            merged[key] = value
    return merged


def load_experiment(config: Mapping[str, Any]) -> Experiment:
    """The resolved, checked experiment of a user's configuration.

    Parameters
    ----------
    config : mapping
        The content of ``config.yaml``: ``preset`` and any changes to it.

    Raises
    ------
    ConfigError
        One line that names the key, the value and what to do.
    """
    values = overlay(load_preset(config.get("preset", "digits")), config)
    entries = values.pop("processes", [])
    experiment = read(Experiment, values)
    processes = read_processes(entries, values.get("process_options", {}))
    experiment = dataclasses.replace(experiment, processes=processes)
    check(experiment)
    return experiment


def check(experiment: Experiment) -> None:
    """The checks that need more than one value: schedule, stability, names, files, numbers."""
    _check_levels(experiment.levels)
    _check_processes(experiment)
    _check_dataset(experiment.dataset)
    _check_network(experiment)
    low, high = experiment.corruption.grey_range
    if not 0 < low < high:
        raise ConfigError(f"corruption.grey_range = [{low:g}, {high:g}] must be positive and rise")
    _check_numbers(experiment)
    if len(set(experiment.sampling.seeds)) != len(experiment.sampling.seeds):
        raise ConfigError(f"sampling.seeds = {list(experiment.sampling.seeds)}: each seed once")
    if not experiment.sampling.seeds:
        raise ConfigError("sampling.seeds is empty: give at least one seed")
    if not experiment.sampling.priors:
        raise ConfigError("sampling.priors is empty: give train, held_out or both")


def _check_numbers(experiment: Experiment) -> None:
    """Enough samples, and enough held-out images where their number is known, for nearest_k."""
    dataset, k = experiment.dataset, experiment.evaluation.nearest_k
    n_held_out = round(N_DIGITS * dataset.held_out) if dataset.kind == "digits" else math.inf
    numbers = {
        "sampling.n_samples": experiment.sampling.n_samples,
        "the number of held-out images (dataset.held_out, dataset.max_images)": min(
            n_held_out, dataset.max_images or math.inf
        ),
    }
    for key, number in numbers.items():
        if number < k + 2:
            raise ConfigError(
                f"{key} = {number:g} is too few for evaluation.nearest_k = {k}: "
                f"at least {k + 2} are needed"
            )


def _check_levels(levels: Levels) -> None:
    if levels.spacing == "given":
        if len(levels.given) != levels.n_levels:
            raise ConfigError(
                f"levels.given has {len(levels.given)} blur widths for levels.n_levels = "
                f"{levels.n_levels}: give one for each level"
            )
        if any(b <= a for a, b in zip((0.0, *levels.given), levels.given, strict=False)):
            raise ConfigError(f"levels.given = {list(levels.given)} must be positive and increase")
    elif levels.sigma_max <= levels.sigma_min:
        raise ConfigError(
            f"levels.sigma_max = {levels.sigma_max:g} must be above "
            f"levels.sigma_min = {levels.sigma_min:g}"
        )


def _check_processes(experiment: Experiment) -> None:
    if not experiment.processes:
        raise ConfigError("processes is empty: name at least one, e.g. kind: advection_diffusion")
    seen: set[str] = set()
    for process in experiment.processes:
        if slug(process) in seen:
            raise ConfigError(f"two processes are called {slug(process)}: give one another name:")
        if not slug(process).replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise ConfigError(
                f"processes: name {process.name!r} may hold letters, digits, - _ only"
            )
        seen.add(slug(process))
        if isinstance(process, AdvectionDiffusion):
            _check_speed(process, experiment.dataset.size)
        if isinstance(process, DDPM) and process.schedule == "linear" and process.n_steps <= 20:
            # The paper's betas, 1e-4 to 0.02 at 1000 steps, scale with 1000 / n_steps up to 1.
            raise ConfigError(
                f"process {process.name}: n_steps = {process.n_steps} is too few for the linear "
                "schedule, whose last step would be all noise: use at least 21, or schedule: cosine"
            )
        if isinstance(process, OwnProcess) and not Path(process.file).is_file():
            raise ConfigError(
                f"process {process.name}: file = {process.file!r} does not exist; it should hold "
                "the class that class_name names"
            )


def _check_speed(process: AdvectionDiffusion, size: int) -> None:
    """The rms speed V = Pe alpha / L at the largest diffusivity, 1/6, must be under the limit."""
    velocity = process.velocity
    if velocity.wavenumber_max < velocity.wavenumber_min:
        raise ConfigError(
            f"velocity.wavenumber_max = {velocity.wavenumber_max} must be at least "
            f"velocity.wavenumber_min = {velocity.wavenumber_min}"
        )
    if velocity.wavenumber_min > size // 2:
        raise ConfigError(
            f"velocity.wavenumber_min = {velocity.wavenumber_min} does not fit "
            f"dataset.size = {size}: at most {size // 2}"
        )
    speed = process.peclet / (6 * size)
    if speed > velocity.speed_limit / 3:
        raise ConfigError(
            f"peclet = {process.peclet:g} needs an rms speed of {speed:.2g} cells a step at "
            f"{size} px, over a third of velocity.speed_limit = {velocity.speed_limit:g}: the "
            "limit would cut the flow; lower the Peclet number or raise the limit (at most 0.3)"
        )


def _check_network(experiment: Experiment) -> None:
    network = experiment.network
    levels = len(network.multipliers)
    bad = [level for level in network.attention_levels if not 0 <= level < levels]
    if bad:
        raise ConfigError(
            f"network.attention_levels = {list(network.attention_levels)}: the network has levels "
            f"0 to {levels - 1} (network.multipliers)"
        )
    if experiment.dataset.size < 2 ** (levels - 1) * 2:
        raise ConfigError(
            f"network.multipliers has {levels} levels, too many for dataset.size = "
            f"{experiment.dataset.size}: the coarsest would be under 2 px"
        )


N_DIGITS = 1797
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm")


def image_files(folder: Path) -> typing.Iterator[Path]:
    """Every image below a folder, in no particular order."""
    return (p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file())


def _check_dataset(dataset: Dataset) -> None:
    if dataset.channels not in (1, 3):
        raise ConfigError(f"dataset.channels = {dataset.channels}: 1 for grey or 3 for colour")
    if dataset.kind == "digits":
        return
    if dataset.path is None:
        raise ConfigError(f"dataset.path is missing: dataset.kind = {dataset.kind} reads files")
    for key in ("path", "labels_path", "held_out_path", "held_out_labels_path"):
        place = getattr(dataset, key)
        if place is not None:
            _check_place(Path(place), f"dataset.{key}", dataset.kind == "folder")


def _check_place(place: Path, key: str, folder: bool) -> None:
    if not place.exists():
        raise ConfigError(f"{key} = {place} does not exist")
    if folder and not place.is_dir():
        raise ConfigError(f"{key} = {place} is a file; dataset.kind = folder needs a folder")
    if not folder and place.is_dir():
        raise ConfigError(f"{key} = {place} is a folder; use dataset.kind: folder")
    if folder and next(image_files(place), None) is None:
        raise ConfigError(f"{key} = {place} holds no images ({', '.join(IMAGE_SUFFIXES)})")


# --- writing -------------------------------------------------------------------------------------


def plain(section: Any) -> dict[str, Any]:
    """A section as plain JSON-ready values."""
    values: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(section)))
    return values


def json_schema(cls: type[Any] = Experiment) -> dict[str, Any]:
    """The JSON schema of a section, for editors and readers; made from the fields above."""
    hints = _hints(cls)
    properties = {}
    for f in dataclasses.fields(cls):
        entry = _schema_of(hints[f.name])
        entry["description"] = f.metadata["meaning"]
        if f.default is not dataclasses.MISSING:
            entry["default"] = f.default
        names = {"low": "minimum", "above": "exclusiveMinimum", "high": "maximum",
                 "below": "exclusiveMaximum"}  # fmt: skip
        entry |= {names[k]: v for k, v in f.metadata.items() if k in names}
        if f.name == "peclet":  # read_processes makes one process of each number
            entry |= {"type": ["number", "array"], "items": {"type": "number", "minimum": 0}}
        properties[f.name] = entry
    summary = (cls.__doc__ or "").strip().splitlines()[0]
    return {
        "type": "object",
        "description": summary,
        "additionalProperties": False,
        "properties": properties,
    }


_JSON_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean"}


def _schema_of(hint: Any) -> dict[str, Any]:
    origin = get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return json_schema(hint)  # type: ignore[arg-type]
    if hint == ProcessSpec:
        return {"oneOf": [json_schema(spec) for spec in PROCESS_SPECS.values()]}
    if origin is types.UnionType:
        inner = _schema_of(_not_none(hint))
        return {**inner, "type": [inner["type"], "null"]}
    if origin is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    if origin is tuple:
        return {"type": "array", "items": _schema_of(get_args(hint)[0])}
    if origin is dict:
        return {"type": "object"}
    return {"type": _JSON_TYPES[hint]}
