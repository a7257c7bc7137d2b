"""Verbs of workflow/rules/evaluation.smk."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from beyond_blur.analysis.amplitude import heat_kernel, terminal_amplitude
from beyond_blur.cli.verbs import (
    EXTRACTOR_NAME,
    FILE,
    FILES,
    IMAGE_SET,
    MAYBE_FILE,
    MAYBE_FILES,
    SPEC,
    THREADS,
    option,
    verb,
)
from beyond_blur.config import to_json_values
from beyond_blur.config.rule_specs import ClassifierJob, FeaturesJob, MetricsJob, from_json
from beyond_blur.data import image_sets
from beyond_blur.data.pixels import to_float
from beyond_blur.features import Extractor, build_extractor
from beyond_blur.metrics import FewSamples, copy_share, measure, nearest_neighbours
from beyond_blur.metrics.copies import pixel_vectors, rows_of
from beyond_blur.rendering import terminal
from beyond_blur.storage import artifacts, atomic, shards


@verb(
    option("--spec", **SPEC),
    option("--train", **FILES),
    option("--held-out", **FILES),
    option("--threads", **THREADS),
    option("--out", **FILE),
)
def train_classifier(
    spec: str, train: list[str], held_out: list[str], threads: int, out: str
) -> None:
    """Train the classifier whose features stand in for Inception's."""
    import torch

    from beyond_blur.features.classifier import train_classifier

    job: ClassifierJob = from_json(ClassifierJob, spec)
    torch.set_num_threads(threads)
    known, unseen = (labelled(paths) for paths in (train, held_out))
    state, accuracy = train_classifier(
        known.arrays["images"], known.arrays["labels"],
        held_out=(unseen.arrays["images"], unseen.arrays["labels"]),
        seed=job.seed, iterations=job.iterations, n_threads=threads,
    )  # fmt: skip
    print("classifier: " + ", ".join(f"{k} {v:.1%}" for k, v in accuracy.items()))
    artifacts.save(
        out, state, kind="classifier", spec=to_json_values(job), packages=("numpy", "torch"),
        inputs={"train": known.checksum, "held_out": unseen.checksum}, accuracy=accuracy,
    )  # fmt: skip


def labelled(paths: list[str]) -> artifacts.Artifact:
    """Shards of images with labels."""
    images = shards.load_shards(paths, "images")
    if "labels" not in images.arrays:
        raise ValueError(
            f"{paths[0]} has no labels to train a classifier on: set evaluation.extractor:"
            " inception or give dataset.labels_path"
        )
    return images


SETS = ("images", "samples", "prior", "one_step")
"""Arrays of a file that features are taken of."""


@verb(
    option("--spec", **SPEC),
    option("--images", **FILES),
    option("--classifier", **MAYBE_FILE),
    option("--threads", **THREADS),
    option("--out", **FILE),
)
def features(spec: str, images: list[str], classifier: str | None, threads: int, out: str) -> None:
    """Features of image sets, one pass."""
    import torch

    job: FeaturesJob = from_json(FeaturesJob, spec)
    torch.set_num_threads(threads)
    extractor = build(job.extractor, job.weights, classifier)
    file = shards.load_shards(images, artifacts.read_manifest(images[0])["kind"])
    sets = {name: pixels for name, pixels in file.arrays.items() if name in SETS}
    arrays = {name: extractor(pixels, job.batch_size) for name, pixels in sets.items()}
    arrays |= {name: file.arrays[name] for name in ("source", "index") if name in file.arrays}
    artifacts.save(
        out, arrays, kind="features", spec=to_json_values(job), packages=("numpy", "torch"),
        inputs={"images": file.checksum}, extractor=extractor.name, resize=extractor.resize,
        weights_sha256=extractor.weights_sha256,
    )  # fmt: skip


def build(name: str, weights: str | None, classifier: str | None) -> Extractor:
    """The extractor on the best device there is.

    Raises
    ------
    ValueError
        Where its weights are missing, with the place they belong.
    """
    import torch

    options: dict[str, Any] = {"device": "cuda" if torch.cuda.is_available() else "cpu"}
    if weights is not None and name != "classifier":
        options["weights"] = weights
    if name == "classifier" and classifier is not None:
        options["state"] = artifacts.load(classifier, "classifier").arrays
    try:
        return build_extractor(name, **options)
    except FileNotFoundError as error:
        raise ValueError(str(error)) from error


@verb(
    option("--spec", **SPEC),
    option("--train", **FILE),
    option("--held-out", **FILE),
    option("--features", **MAYBE_FILE),
    option("--samples", **MAYBE_FILE),
    option("--images", **MAYBE_FILES),
    option("--threads", **THREADS),
    option("--out", **FILE),
)
def metrics(
    spec: str, train: str, held_out: str, features: str | None, samples: str | None,
    images: list[str], threads: int, out: str,
) -> None:  # fmt: skip
    """Every metric of the samples of one seed and of their floors, from features."""
    job: MetricsJob = from_json(MetricsJob, spec)
    real = {
        split: artifacts.load(path, "features")
        for split, path in (("train", train), ("held_out", held_out))
    }
    inputs = {split: file.checksum for split, file in real.items()}
    sets, shares = {"train": random_rows(real["train"], job)}, {}
    if features is not None:
        drawn = artifacts.load(features, "features")
        inputs["features"] = drawn.checksum
        sets = {name: drawn.arrays[name] for name in sampled_sets(job) if name in drawn.arrays}
        if samples is not None:
            pixels = artifacts.load(samples, "samples")
            shares = copies(job, drawn, pixels, real, images, threads)
    split, reference = reference_of(job, real)
    facts = {"reference": split, **to_json_values(job)}
    with warnings.catch_warnings():
        warnings.simplefilter("always", FewSamples)  # in the log for every set, not the first only
        rows = [
            {"images": name, **facts, **measured(values, reference, job, threads),
             **shares.get(name, {})}
            for name, values in sets.items()
        ]  # fmt: skip
    atomic.write_json(
        out, {"rows": rows, "inputs": inputs, "versions": artifacts.versions("numpy", "scipy")}
    )


def sampled_sets(job: MetricsJob) -> tuple[str, ...]:
    """Image sets of a samples file that get a row; noise is no corrupted image, so no floor."""
    return ("samples", "one_step") if job.prior == "noise" else ("samples", "prior", "one_step")


def random_rows(file: artifacts.Artifact, job: MetricsJob, n: int | None = None) -> np.ndarray:
    """Features of as many images, drawn with the job's seed, as there are samples (or n)."""
    values = file.arrays["images"]
    n = min(n or job.n_samples, len(values))
    rng = np.random.default_rng(job.seed)
    return np.asarray(values[np.sort(rng.permutation(len(values))[:n])])


def reference_of(job: MetricsJob, real: dict[str, artifacts.Artifact]) -> tuple[str, np.ndarray]:
    """The split that a row is measured against, and its features.

    Held-out images; but never the images that the priors were made of, or samples that only give
    those back would be perfect. So held-out priors are measured against training images, as many
    as there are held-out ones.
    """
    held_out = real["held_out"].arrays["images"]
    if job.prior != "held_out":
        return "held_out", held_out
    return "train", random_rows(real["train"], job, len(held_out))


def measured(
    values: np.ndarray, reference: np.ndarray, job: MetricsJob, threads: int
) -> dict[str, Any]:
    """The metrics of one row with the job's options."""
    return measure.measure(
        values, reference, nearest_k=job.nearest_k, seed=job.seed,
        infinity_sizes=job.infinity_sizes, kid_subsets=job.kid_subsets, threads=threads,
    )  # fmt: skip


def copies(
    job: MetricsJob, features: artifacts.Artifact, samples: artifacts.Artifact,
    real: dict[str, artifacts.Artifact], images: list[str], threads: int,
) -> dict[str, dict[str, float]]:  # fmt: skip
    """For each set, the share of it whose nearest image is the one its prior was made of.

    Nearest among the images of the split that priors were taken from, in features and in pixels.
    """
    if job.prior not in real or "source" not in samples.arrays:
        return {}
    base = real[job.prior].arrays
    sources = rows_of(samples.arrays["source"], base["index"])
    pixels = np.concatenate([
        pixel_vectors(artifacts.load(path, "images").arrays["images"])
        for path in images
    ])  # fmt: skip
    start = "" if job.prior == "train" else "held_out_"
    shares = {}
    for name in (name for name in sampled_sets(job) if name in samples.arrays):
        drawn = pixel_vectors(samples.arrays[name])
        spaces = {"": (features.arrays[name], base["images"]), "_pixels": (drawn, pixels)}
        shares[name] = {
            f"{start}copy_share{space}": copy_share(values, sources, images_of, n_threads=threads)
            for space, (values, images_of) in spaces.items()
        }
    return shares


N_SHOWN = 8
"""Samples whose nearest training images are looked up for the figure."""


@verb(
    option("--samples", **FILE),
    option("--features", **FILE),
    option("--train", **FILE),
    option("--images", **FILES),
    option("--prior-images", **MAYBE_FILES),
    option("--threads", **THREADS),
    option("--out", **FILE),
)
def neighbours(
    samples: str, features: str, train: str, images: list[str], prior_images: list[str],
    threads: int, out: str,
) -> None:  # fmt: skip
    """Find the training images nearest to a few samples.

    Row by row as `figures.NEIGHBOUR_ROWS` has it: the sample, the image its prior was made of (none
    for noise), the three training images nearest by features and the one nearest in pixels.
    """
    drawn, base = artifacts.load(samples, "samples"), shards.load_shards(images, "images")
    pictures = drawn.arrays["samples"][:N_SHOWN]
    known, index = base.arrays["images"], base.arrays["index"]
    by_features, _ = nearest_neighbours(
        artifacts.load(features, "features").arrays["samples"][:N_SHOWN],
        artifacts.load(train, "features").arrays["images"], 3, n_threads=threads,
    )  # fmt: skip
    in_pixels, _ = nearest_neighbours(
        pixel_vectors(pictures), pixel_vectors(known), n_threads=threads
    )
    found = np.concatenate([by_features, in_pixels], axis=1).T
    start, sources = prior_pictures(drawn, prior_images, pictures.shape)
    nothing = np.zeros(len(pictures), bool)
    copies = np.stack([nothing, nothing, *(index[found] == sources)])
    shown = np.stack([to_float(pictures), start, *to_float(known[found])])
    inputs = {"samples": drawn.checksum, "images": base.checksum}
    artifacts.save(out, {"images": shown, "copies": copies}, kind="neighbours", spec={},
                   inputs=inputs)  # fmt: skip


def prior_pictures(
    drawn: artifacts.Artifact, paths: list[str], shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """The images that priors were made of and their numbers; NaN and -1 where it was noise."""
    if not paths or "source" not in drawn.arrays:
        return np.full(shape, np.nan, np.float32), np.full(shape[0], -1)
    file = shards.load_shards(paths, "images")
    sources = drawn.arrays["source"][: shape[0]]
    rows = rows_of(sources, file.arrays["index"])
    return to_float(file.arrays["images"][rows]), sources


@verb(
    option("--states", **FILES),
    option("--images", **FILES),
    option("--process", required=True, metavar="NAME"),
    option("--peclet", type=float, metavar="PE"),
    option("--sigma", type=float, required=True, metavar="PIXELS"),
    option(
        "--noise",
        type=float,
        default=0.0,
        metavar="SIGMA",
        help="what the sampler adds to the states",
    ),
    option("--out", **FILE),
)
def amplitude(
    states: list[str], images: list[str], process: str, peclet: float | None, sigma: float,
    noise: float, out: str,
) -> None:  # fmt: skip
    """How much of the clean images their terminal states still hold, mode by mode.

    States are terminal states at full precision, to which the sampler adds ``noise``, or the states
    that samples started from, which have it.
    """
    kind = artifacts.read_manifest(states[0])["kind"]
    file = shards.load_shards(states, kind)
    if kind == "samples":
        values, index = to_float(file.arrays["prior"]), file.arrays["source"]
    else:
        values, index = file.arrays["terminal"], file.arrays["index"]
    clean = shards.load_shards(images, "images")
    rows = rows_of(index, clean.arrays["index"])
    pictures = to_float(clean.arrays["images"][rows])
    found = terminal_amplitude(pictures, values, noise)
    size = max(pictures.shape[-2:])
    for mode in found:
        wavenumber = np.hypot(mode["mode_y"], mode["mode_x"])
        mode["pure_blur"] = float(heat_kernel(wavenumber, sigma, size))
    facts = {"process": process, "peclet": peclet, "n_images": len(values)}
    inputs = {"states": file.checksum, "images": clean.checksum}
    atomic.write_json(out, {"rows": [{**facts, **mode} for mode in found], "inputs": inputs})


NEEDED = {
    "classifier": "--classifier FILE, as made by "
    "`snakemake results/classifier/DATASET/weights.safetensors`",
    "dinov2": "--weights FILE: dinov2_vitl14_pretrain.pth of the DINOv2 project",
}
"""What an extractor cannot do without."""


@verb(
    option("--images", **IMAGE_SET),
    option("--reference", **IMAGE_SET),
    option("--extractor", **EXTRACTOR_NAME),
    option("--weights", metavar="FILE", help="weights of Inception or DINOv2"),
    option("--classifier", metavar="FILE", help="made by the verb classifier"),
    option("--size", type=int, metavar="N", help="bring all images to N x N pixels"),
    option("--nearest-k", type=int, default=5, metavar="K"),
    option("--seed", type=int, default=0, metavar="N"),
    option("--batch-size", type=int, default=64, metavar="N"),
    option("--threads", **THREADS),
    option("--out", metavar="JSON", help="write all numbers here"),
)
def evaluate(
    images: str, reference: str, extractor: str, weights: str | None, classifier: str | None,
    size: int | None, nearest_k: int, seed: int, batch_size: int, threads: int, out: str | None,
) -> None:  # fmt: skip
    """Measure any folder, npz or idx file of images against any other; needs no training."""
    import torch

    torch.set_num_threads(threads)
    names = (images, reference)
    sets = [enough(image_sets.read_images(path, size), path, nearest_k) for path in names]
    fake, real, remarks = image_sets.alike(sets[0], sets[1], names)
    given = {"classifier": classifier, "dinov2": weights}
    if given.get(extractor, "") is None:
        raise ValueError(f"--extractor {extractor} needs {NEEDED[extractor]}")
    network = build(extractor, weights, classifier)
    features_of = [network(pixels, batch_size) for pixels in (fake, real)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewSamples)  # the printed note says it
        found = measure.measure(
            features_of[0], features_of[1], nearest_k=nearest_k, seed=seed, threads=threads
        )
    facts = {
        "images": images, "reference": reference, "size": list(fake.shape[2:]),
        "extractor": network.name, "resize": network.resize,
        "weights_sha256": network.weights_sha256, "nearest_k": nearest_k, "seed": seed,
    }  # fmt: skip
    print(terminal.to_terminal({**facts, **found}, remarks))
    if out is not None:
        versions = artifacts.versions("numpy", "scipy", "torch", "pillow")
        atomic.write_json(out, {**facts, **found, "remarks": remarks, "versions": versions})


def enough(images: np.ndarray, path: str, nearest_k: int) -> np.ndarray:
    """The images, if there are enough of them to measure; said before the slow part begins."""
    if len(images) < nearest_k + 2:
        raise ValueError(
            f"{path} holds {len(images)} images: --nearest-k {nearest_k} needs at least "
            f"{nearest_k + 2}"
        )
    return images
