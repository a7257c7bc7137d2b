"""Verbs of workflow/rules/evaluation.smk."""

from __future__ import annotations

from typing import Any

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
from beyond_blur.config.rule_specs import ClassifierSpec, FeaturesSpec, MetricsSpec, from_json
from beyond_blur.storage import atomic


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

    from beyond_blur.data.dataset import load_labelled
    from beyond_blur.features.classifier import train_classifier
    from beyond_blur.storage import artifacts

    job: ClassifierSpec = from_json(ClassifierSpec, spec)
    torch.set_num_threads(threads)
    known, unseen = (load_labelled(paths) for paths in (train, held_out))
    state, accuracy = train_classifier(
        known.arrays["images"],
        known.arrays["labels"],
        held_out=(unseen.arrays["images"], unseen.arrays["labels"]),
        seed=job.seed,
        iterations=job.iterations,
        n_threads=threads,
    )
    print("classifier: " + ", ".join(f"{k} {v:.1%}" for k, v in accuracy.items()))
    artifacts.save(
        out,
        state,
        kind="classifier",
        spec=to_json_values(job),
        packages=("numpy", "torch"),
        inputs={"train": known.checksum, "held_out": unseen.checksum},
        accuracy=accuracy,
    )


SETS = ("images", "samples", "prior", "one_step")
"""Arrays of a file that features are taken of."""

NUMBERED = ("source", "index")
"""Arrays of a file that say which image of the dataset a row is of."""


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

    from beyond_blur.features import load_extractor
    from beyond_blur.features.named_sets import features_of
    from beyond_blur.storage import artifacts, shards
    from beyond_blur.storage.contents import IMAGES, NUMBERS, array_of

    job: FeaturesSpec = from_json(FeaturesSpec, spec)
    torch.set_num_threads(threads)
    extractor = load_extractor(job.extractor, job.weights, classifier)
    file = shards.load_shards(images, artifacts.read_manifest(images[0])["kind"])
    held, where = file.arrays, images[0]
    sets = {name: array_of(held, name, IMAGES, where) for name in held if name in SETS}
    numbers = {name: array_of(held, name, NUMBERS, where) for name in NUMBERED if name in held}
    arrays = {**features_of(extractor, sets, job.batch_size), **numbers}
    artifacts.save(
        out,
        arrays,
        kind="features",
        spec=to_json_values(job),
        packages=("numpy", "torch"),
        inputs={"images": file.checksum},
        extractor=extractor.name,
        resize=extractor.resize,
        weights_sha256=extractor.weights_sha256,
    )


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
    spec: str,
    train: str,
    held_out: str,
    features: str | None,
    samples: str | None,
    images: list[str],
    threads: int,
    out: str,
) -> None:
    """Every metric of the samples of one seed and of their floors, from features."""
    from beyond_blur.metrics.rows import Samples, rows
    from beyond_blur.storage import artifacts
    from beyond_blur.storage.contents import IMAGES, array_of

    job: MetricsSpec = from_json(MetricsSpec, spec)
    files = {"train": train, "held_out": held_out}
    if features is not None:
        files["features"] = features
    read = {name: artifacts.load(path, "features") for name, path in files.items()}
    drawn = None
    if features is not None:
        drawn = Samples(
            read["features"].arrays,
            None if samples is None else artifacts.load(samples, "samples").arrays,
            (
                array_of(artifacts.load(path, "images").arrays, "images", IMAGES, path)
                for path in images
            ),
        )
    real = {split: read[split].arrays for split in ("train", "held_out")}
    result = {
        "rows": rows(job, real, drawn, threads),
        "inputs": {name: file.checksum for name, file in read.items()},
        "versions": artifacts.versions("numpy", "scipy"),
    }
    atomic.write_json(out, result)


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
    samples: str,
    features: str,
    train: str,
    images: list[str],
    prior_images: list[str],
    threads: int,
    out: str,
) -> None:
    """Find the training images nearest to a few samples."""
    from beyond_blur.metrics.nearest_images import nearest_images
    from beyond_blur.storage import artifacts, shards
    from beyond_blur.storage.contents import FEATURES, array_of

    drawn, base = artifacts.load(samples, "samples"), shards.load_shards(images, "images")
    of_samples, of_base = (artifacts.load(path, "features").arrays for path in (features, train))
    found = nearest_images(
        drawn.arrays,
        (
            array_of(of_samples, "samples", FEATURES, features),
            array_of(of_base, "images", FEATURES, train),
        ),
        base.arrays,
        shards.load_shards(prior_images, "images").arrays if prior_images else None,
        threads,
    )
    inputs = {"samples": drawn.checksum, "images": base.checksum}
    artifacts.save(out, found, kind="neighbours", spec={}, inputs=inputs)


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
    states: list[str],
    images: list[str],
    process: str,
    peclet: float | None,
    sigma: float,
    noise: float,
    out: str,
) -> None:
    """How much of the clean images their terminal states still hold, mode by mode.

    States are terminal states at full precision, to which the sampler adds ``noise``, or the states
    that samples started from, which have it.
    """
    from beyond_blur.analysis.amplitude import amplitude_rows
    from beyond_blur.data.pixels import to_float
    from beyond_blur.metrics.copies import rows_of
    from beyond_blur.storage import artifacts, shards
    from beyond_blur.storage.contents import IMAGES, NUMBERS, STATES, array_of

    file = shards.load_shards(states, artifacts.read_manifest(states[0])["kind"])
    clean = shards.load_shards(images, "images")
    if file.manifest["kind"] == "samples":
        values = to_float(array_of(file.arrays, "prior", IMAGES, states[0]))
        index = array_of(file.arrays, "source", NUMBERS, states[0], len(values))
    else:
        values = array_of(file.arrays, "terminal", STATES, states[0])
        index = array_of(file.arrays, "index", NUMBERS, states[0], len(values))
    known = array_of(clean.arrays, "images", IMAGES, images[0])
    numbers = array_of(clean.arrays, "index", NUMBERS, images[0], len(known))
    pictures = to_float(known[rows_of(index, numbers)])
    rows = amplitude_rows(pictures, values, sigma, noise, process=process, peclet=peclet)
    inputs = {"states": file.checksum, "images": clean.checksum}
    atomic.write_json(out, {"rows": rows, "inputs": inputs})


@verb(
    option("--images", **IMAGE_SET),
    option("--reference", **IMAGE_SET),
    option("--extractor", **EXTRACTOR_NAME),
    option("--weights", metavar="FILE", help="weights of Inception or DINOv2"),
    option("--classifier", metavar="FILE", help="made by the verb train_classifier"),
    option("--size", type=int, metavar="N", help="bring all images to N x N pixels"),
    option("--nearest-k", type=int, default=5, metavar="K"),
    option("--seed", type=int, default=0, metavar="N"),
    option("--batch-size", type=int, default=64, metavar="N"),
    option("--threads", **THREADS),
    option("--out", metavar="JSON", help="write all numbers here"),
)
def evaluate(
    images: str,
    reference: str,
    extractor: str,
    weights: str | None,
    classifier: str | None,
    size: int | None,
    threads: int,
    out: str | None,
    **options: Any,
) -> None:
    """Measure any folder, npz or idx file of images against any other; needs no training."""
    import torch

    from beyond_blur.data.image_sets import read_pair
    from beyond_blur.features.extractor import check_needs, load_extractor
    from beyond_blur.metrics import evaluate_sets
    from beyond_blur.rendering.terminal import to_terminal
    from beyond_blur.storage import artifacts

    torch.set_num_threads(threads)
    fake, real, remarks = read_pair((images, reference), size, options["nearest_k"])
    check_needs(extractor, weights, classifier)
    network = load_extractor(extractor, weights, classifier)
    found = evaluate_sets(fake, real, network, threads=threads, **options)
    found = {"images": images, "reference": reference, **found}
    print(to_terminal(found, remarks))
    if out is not None:
        versions = artifacts.versions("numpy", "scipy", "torch", "pillow")
        atomic.write_json(out, {**found, "remarks": remarks, "versions": versions})
