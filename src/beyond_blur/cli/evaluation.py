"""Verbs of workflow/rules/evaluation.smk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from beyond_blur.config.evaluation_specs import (
    AmplitudeSpec,
    ClassifierSpec,
    FeaturesSpec,
    MetricsSpec,
    NeighboursSpec,
)
from beyond_blur.config.rule_specs import from_json

if TYPE_CHECKING:
    from beyond_blur.metrics.inputs import Given
    from beyond_blur.storage.artifacts import Artifact


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
    from beyond_blur.storage import artifacts, belonging

    job: ClassifierSpec = from_json(ClassifierSpec, spec)
    torch.set_num_threads(threads)
    known, unseen = load_labelled(train, "train"), load_labelled(held_out, "held_out")
    traits = belonging.check_together({train[0]: known.manifest, held_out[0]: unseen.manifest})
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
        traits=traits,
        accuracy=accuracy,
    )


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

    from beyond_blur.features import load_extractor
    from beyond_blur.features.inputs import check_images
    from beyond_blur.storage import artifacts, shards

    job: FeaturesSpec = from_json(FeaturesSpec, spec)
    torch.set_num_threads(threads)
    file = shards.load_shards(images, artifacts.read_manifest(images[0])["kind"])
    traits = check_images(job, images[0], file.manifest, classifier)
    extractor = load_extractor(job.extractor, job.weights, classifier)
    sets = {name: pixels for name, pixels in file.arrays.items() if name in SETS}
    arrays = {name: extractor(pixels, job.batch_size) for name, pixels in sets.items()}
    arrays |= {name: file.arrays[name] for name in ("source", "index") if name in file.arrays}
    artifacts.save(
        out,
        arrays,
        kind="features",
        spec=to_json_values(job),
        packages=("numpy", "torch"),
        inputs={"images": file.checksum},
        traits={
            **traits,
            "extractor": job.extractor,
            "weights": extractor.weights_sha256,
            "resize": extractor.resize,
        },
        network=extractor.name,
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
    from beyond_blur.metrics.inputs import check_measured
    from beyond_blur.metrics.rows import Samples, rows
    from beyond_blur.storage import artifacts, records, shards

    job: MetricsSpec = from_json(MetricsSpec, spec)
    places = {"train": train, "held_out": held_out, "features": features}
    read = {n: artifacts.load(path, "features") for n, path in places.items() if path is not None}
    given = {name: as_given(str(places[name]), file) for name, file in read.items()}
    pixels = None if samples is None else artifacts.load(samples, "samples")
    if samples is not None and pixels is not None:
        given["samples"] = as_given(samples, pixels)
    for path in images[:1]:
        given["prior_images"] = as_given(path, artifacts.load(path, "images"))
    traits = check_measured(job, given)
    if images:
        shards.check_agreement(images, "images")
    drawn = None
    if features is not None:
        drawn = Samples(
            read["features"].arrays,
            None if pixels is None else pixels.arrays,
            (artifacts.load(path, "images").arrays["images"] for path in images),
        )
    real = {split: read[split].arrays for split in ("train", "held_out")}
    records.save(
        out,
        {"rows": rows(job, real, drawn, threads)},
        kind="metrics",
        spec=to_json_values(job),
        inputs={name: file.checksum for name, file in read.items()},
        traits=traits,
        packages=("numpy", "scipy"),
    )


@verb(
    option("--spec", **SPEC),
    option("--samples", **FILE),
    option("--features", **FILE),
    option("--train", **FILE),
    option("--images", **FILES),
    option("--prior-images", **MAYBE_FILES),
    option("--threads", **THREADS),
    option("--out", **FILE),
)
def neighbours(
    spec: str,
    samples: str,
    features: str,
    train: str,
    images: list[str],
    prior_images: list[str],
    threads: int,
    out: str,
) -> None:
    """Find the training images nearest to a few samples."""
    from beyond_blur.metrics.inputs import check_measured
    from beyond_blur.metrics.nearest_images import nearest_images
    from beyond_blur.storage import artifacts, shards

    job: NeighboursSpec = from_json(NeighboursSpec, spec)
    drawn, base = artifacts.load(samples, "samples"), shards.load_shards(images, "images")
    of_samples, of_base = (artifacts.load(path, "features") for path in (features, train))
    start = shards.load_shards(prior_images, "images") if prior_images else None
    places = {"samples": samples, "images": images[0], "features": features, "train": train}
    read = {"samples": drawn, "images": base, "features": of_samples, "train": of_base}
    if start is not None:
        places["prior_images"], read["prior_images"] = prior_images[0], start
    traits = check_measured(job, {name: as_given(places[name], read[name]) for name in read})
    found = nearest_images(
        drawn.arrays,
        (of_samples.arrays["samples"], of_base.arrays["images"]),
        base.arrays,
        None if start is None else start.arrays,
        threads,
    )
    artifacts.save(
        out,
        found,
        kind="neighbours",
        spec=to_json_values(job),
        inputs={name: file.checksum for name, file in read.items()},
        traits=traits,
    )


@verb(
    option("--spec", **SPEC),
    option("--states", **FILES),
    option("--images", **FILES),
    option("--out", **FILE),
)
def amplitude(spec: str, states: list[str], images: list[str], out: str) -> None:
    """How much of the clean images their terminal states still hold, mode by mode.

    States are terminal states at full precision, to which the sampler adds noise, or the states
    that samples started from, which have it.
    """
    from beyond_blur.analysis.amplitude import amplitude_rows
    from beyond_blur.data.pixels import to_float
    from beyond_blur.metrics.copies import rows_of
    from beyond_blur.metrics.inputs import check_states
    from beyond_blur.storage import artifacts, records, shards

    job: AmplitudeSpec = from_json(AmplitudeSpec, spec)
    file = shards.load_shards(states, artifacts.read_manifest(states[0])["kind"])
    clean = shards.load_shards(images, "images")
    traits = check_states(job, as_given(states[0], file), as_given(images[0], clean))
    if file.manifest["kind"] == "samples":
        values, index = to_float(file.arrays["prior"]), file.arrays["source"]
    else:
        values, index = file.arrays["terminal"], file.arrays["index"]
    pictures = to_float(clean.arrays["images"][rows_of(index, clean.arrays["index"])])
    rows = amplitude_rows(
        pictures, values, job.sigma, job.noise, process=job.process, peclet=job.peclet
    )
    records.save(
        out,
        {"rows": rows},
        kind="amplitude",
        spec=to_json_values(job),
        inputs={"states": file.checksum, "images": clean.checksum},
        traits=traits,
    )


def as_given(path: str, file: Artifact) -> Given:
    """A file that was read, for the comparison with the job."""
    from beyond_blur.metrics.inputs import Given

    return Given(path, file.manifest, file.checksum)


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
    from beyond_blur.storage import records

    torch.set_num_threads(threads)
    fake, real, remarks = read_pair((images, reference), size, options["nearest_k"])
    check_needs(extractor, weights, classifier)
    network = load_extractor(extractor, weights, classifier)
    found = evaluate_sets(fake, real, network, threads=threads, **options)
    found = {"images": images, "reference": reference, **found}
    print(to_terminal(found, remarks))
    if out is not None:
        packages = ("numpy", "scipy", "torch", "pillow")
        content = {**found, "remarks": remarks}
        records.save(out, content, kind="evaluation", spec={}, packages=packages)
