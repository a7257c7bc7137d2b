"""How fast work goes and what it holds, for estimates of what a job needs: low rates, large sizes.

A job that asks for too much waits longer, one that asks for too little dies. Where nothing was
measured the comment says that a number is an assumption.
"""

from __future__ import annotations

GPU_FLOP = 10e12
"""Operations a second of a network on a GPU: a quarter of the least that an H100 was measured at
(docs/costs.md); for any other card an assumption."""

CORE_FLOP = 10e9
"""Operations a second of a network on a CPU core: the least that was measured is 11e9
(benchmarks/results/sampling.md, beside other programs)."""

LAYER_SECONDS = 1e-3
"""Seconds that one layer of a network takes at least in one call, however small it is: three times
what training ``cifar10`` on an H100 took where its host was slower than the card
(benchmarks/results/gpu_check.md)."""

BACKWARD = 3
"""A training step is a call and its gradients: three times the operations of the call."""

CORE_UPDATES = 0.25e9
"""Lattice cell updates a second on a CPU core: half of 0.56e9, seen at 32 pixels on a busy core of
AVX2; cores of AVX-512 were measured at 0.9e9 or more (benchmarks/results/lbm_cpu.md)."""

WALLED_FLOW = 3
"""How many times as long the CPU solver takes with a flow between walls at most: 2.4 were measured
at 128 pixels, fewer below (docs/corruption.md)."""

GPU_UPDATES = 25e9
"""The same on a GPU: a quarter of the least that an H100 was measured at with 512 images of one
size at once (benchmarks/results/gpu_check.md)."""

REFERENCE_UPDATES = 2e6
"""The same of the reference solver, of which 3.6e6 were seen."""

FLOW_SECONDS = 1e-6
"""Seconds of one host thread per pixel of a flow for the GPU: twice what was measured."""

DIFFUSED_NUMBERS = 2e6
"""Numbers of states a second without a flow on a CPU core: a quarter of what was seen."""

STEPS_PER_SQUARED_PIXEL = 3.05
"""Lattice steps per sigma^2: a step spreads by at most a third of a pixel squared, and every level
begins with a whole step."""

EXTRACTED_IMAGES = {
    "inception": (2.5, 100.0),
    "inception-clean": (2.5, 100.0),
    "dinov2": (0.2, 20.0),
    "classifier": (100.0, 1000.0),
    "self-supervised": (100.0, 1000.0),
    "random": (100.0, 1000.0),
}
"""Images a second through each extractor, on a CPU core and on a GPU. Inception on a core: half of
the slowest round of benchmarks/results/features.md; all others are assumptions."""

ANY_EXTRACTOR = (0.2, 20.0)
"""The same of an extractor that is not listed."""

COMPARED_PAIRS = 10e6
"""Pairs of feature vectors that the metrics compare in a second on a core: a quarter of what was
measured (benchmarks/results/metrics.md)."""

CLASSIFIER_SECONDS = 0.5
"""Seconds of a step of the classifier's training; seen with images of 28 and 64 pixels."""

ENCODER_SECONDS = 4.0
"""Seconds of a step of the encoder's training, at most.

More than twice what images of 64 pixels, the largest that it sees, would take by those of 32
(0.4 s, benchmarks/results/extractors.md)."""

TRANSFORMED_NUMBERS = 5e6
"""Numbers of images a second through a cosine transform on a core: an assumption."""

READ_IMAGES = 10.0
"""Image files a second that are decoded and made smaller on a core: an assumption."""

READ_ROWS = 1_000.0
"""Images a second that are read from one array: an assumption."""

ONE_ARRAY = ("digits", "mnist5k", "idx", "npz", "cifar")
"""Kinds of datasets whose files hold their images as one array."""

LISTED = 2_000
"""Bytes that an image takes before it is decoded: its path, its header, its hash
(benchmarks/results/preparation.md)."""

IMAGES_OF = {
    "digits": 1_797,
    "tiny": 1_797,
    "mnist16": 5_000,
    "mnist5k": 5_000,
    "mnist": 60_000,
    "fashion_mnist": 60_000,
    "cifar10": 60_000,
    "afhq64": 16_130,
    "afhq256": 16_130,
    "ffhq128": 70_000,
    "ffhq256": 70_000,
}
"""Images of a split of the presets' data sets, at most, by ``dataset.name``."""

ANY_IMAGES = 130_000
"""Images of another set whose size the configuration does not say; LSUN's churches are 126,227."""

UNKNOWN_LEVELS = 1_000
"""Levels of a process of the user's own, whose class alone knows them: an assumption."""

FEATURE_BYTES = 4 * 2048
"""Bytes of one image's features, at most."""

SETS_OF_A_SAMPLE = 3
"""Images that are kept of a sample: itself, what it started from, the guess of one network call."""

STATE_BYTES = 16
"""Bytes per parameter of a training's state: weight, average, and Adam's two moments."""

FEW = 64
"""Samples or images of the rules that show a few."""

START = 10
"""Minutes that every job gets beside its work: Python, imports, compiled kernels, a busy disk."""

TO_SAVE = 300
"""Seconds before its time limit at which a job is told to save: 3.4 GB at 50 MB/s take 70; a step
may come before."""

PROGRAM_MB = 2000
"""Memory of Python with its libraries."""

CONTEXT_MB = 4000
"""What a program that uses a GPU takes of the host's memory beside that."""
