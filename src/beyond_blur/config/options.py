"""Every option of an experiment: one field each, with its default, its meaning and its range."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

DatasetKind = Literal["digits", "idx", "npz", "folder"]
Spacing = Literal["log", "linear", "cosine", "given"]
Backend = Literal["auto", "cpu", "gpu", "reference"]
Walls = Literal["mirror", "periodic"]
Flow = Literal["turbulence", "stream", "vortex"]
PriorSource = Literal["train", "held_out"]
Precision = Literal["auto", "float32", "bfloat16"]
Pairs = Literal["cached", "streamed"]
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
    train_last_level: bool = option(
        True, "whether level K is trained on, as the papers say; their code leaves it out"
    )


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
    precision: Precision = option(
        "auto", "number format of the network; auto: bfloat16 where the hardware multiplies in it"
    )
    pairs: Pairs = option(
        "cached", "pairs of a flow from the cache, or streamed: made anew for every step"
    )
    compile: bool = option(False, "compile the network with torch.compile")
    gradient_checkpointing: bool = option(
        False, "compute activations a second time instead of keeping them: less memory, slower"
    )
    devices: int = option(1, "processes on a node that share each batch, one per GPU", low=1)
    nodes: int = option(1, "nodes that share each batch", low=1)
    seed: int = option(0, "seed of the weights, the data order and the noise", low=0)
    checkpoint_every: int = option(1_000, "steps between resumable states", low=1)
    max_skipped: int = option(20, "non-finite steps in a row after which the run stops", low=1)
    watch_every: int = option(
        10_000, "steps between held-out losses and sample grids of a run; 0: never", low=0
    )
    watch_images: int = option(64, "held-out images that the held-out loss is measured on", low=1)
    tensorboard: bool = option(False, "write TensorBoard events beside the history")
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
    steps: int | None = option(
        None, "network calls per sample, spread evenly over the levels; null: every level", low=1
    )
    prior_noise: bool = option(
        True,
        "whether the prior carries the noise the network was trained with, as the papers say; "
        "their code adds none",
    )
    last_noise: bool = option(
        False, "whether the last step adds noise as all others do; false returns the last mean"
    )
    priors: tuple[PriorSource, ...] = option(
        ("train",), "images whose terminal states the samples start from; a table row for each"
    )
    batch_size: int = option(
        256, "samples drawn at once; does not change the samples but for rounding", low=1
    )
    precision: Precision = option(
        "float32", "number format of the network; bfloat16 is faster and changes the samples"
    )
    compile: bool = option(False, "compile the network; on a GPU its calls become CUDA graphs")


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
class Study:
    """The study of what advection adds: the workflow's target ``study``."""

    peclet: tuple[float, ...] = option((0.06, 0.12), "Peclet numbers of its flows")


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
    study: Study = option(Study, "flows, a control and two kinds of prior, side by side")


def slug(process: ProcessSpec) -> str:
    """The process's name in paths: its name, and its Peclet number where it has one."""
    return f"{process.name}-pe{process.peclet:g}" if hasattr(process, "peclet") else process.name


def plain(section: Any) -> dict[str, Any]:
    """A section as plain JSON-ready values."""
    values: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(section)))
    return values
