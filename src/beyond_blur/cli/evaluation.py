"""Verbs of workflow/rules/evaluation.smk."""

from __future__ import annotations

from beyond_blur.cli.verbs import (
    FILE,
    FILES,
    MAYBE_FILE,
    MAYBE_FILES,
    SPEC,
    THREADS,
    option,
    shards_option,
    verb,
)
from beyond_blur.config import to_json_values
from beyond_blur.config.evaluation_specs import (
    AmplitudeSpec,
    ClassifierSpec,
    EncoderSpec,
    FeaturesSpec,
    MetricsSpec,
    NeighboursSpec,
)
from beyond_blur.config.rule_specs import from_json


@verb(
    option("--spec", **SPEC),
    shards_option("--train", **FILES),
    shards_option("--held-out", **FILES),
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


@verb(
    option("--spec", **SPEC),
    shards_option("--train", **FILES),
    shards_option("--held-out", **FILES),
    option("--threads", **THREADS),
    option("--out", **FILE),
)
def train_encoder(spec: str, train: list[str], held_out: list[str], threads: int, out: str) -> None:
    """Train the encoder whose features stand in for Inception's where there are no labels."""
    from beyond_blur.data.dataset import load_images
    from beyond_blur.features.self_supervised import train_encoder
    from beyond_blur.storage import artifacts, belonging

    job: EncoderSpec = from_json(EncoderSpec, spec)
    known, unseen = load_images(train, "train"), load_images(held_out, "held_out")
    traits = belonging.check_together({train[0]: known.manifest, held_out[0]: unseen.manifest})
    state, found = train_encoder(
        known.arrays["images"],
        held_out=unseen.arrays["images"],
        seed=job.seed,
        iterations=job.iterations,
        n_threads=threads,
    )
    print("encoder: told by another view: " + ", ".join(f"{k} {v:.1%}" for k, v in found.items()))
    artifacts.save(
        out,
        state,
        kind="encoder",
        spec=to_json_values(job),
        packages=("numpy", "torch"),
        inputs={"train": known.checksum, "held_out": unseen.checksum},
        traits=traits,
        found_again=found,
    )


SETS = ("images", "samples", "prior", "one_step")
"""Arrays of a file that features are taken of."""

NUMBERED = ("source", "index")
"""Arrays of a file that say which image of the dataset a row is of."""


@verb(
    option("--spec", **SPEC),
    shards_option("--images", **FILES),
    option("--trained", **MAYBE_FILE),
    option("--threads", **THREADS),
    option("--out", **FILE),
)
def features(spec: str, images: list[str], trained: str | None, threads: int, out: str) -> None:
    """Features of image sets, one pass, and the energies of their spatial frequencies."""
    import torch

    from beyond_blur.features import load_extractor
    from beyond_blur.features.inputs import check_images
    from beyond_blur.features.named_sets import features_of
    from beyond_blur.features.ring_energies import rings_of
    from beyond_blur.storage import artifacts, shards
    from beyond_blur.storage.contents import IMAGES, NUMBERS, array_of

    job: FeaturesSpec = from_json(FeaturesSpec, spec)
    torch.set_num_threads(threads)
    file = shards.load_shards(images, artifacts.read_manifest(images[0])["kind"])
    traits = check_images(job, images[0], file.manifest, trained)
    extractor = load_extractor(job.extractor, job.weights, trained)
    held, where = file.arrays, images[0]
    sets = {name: array_of(held, name, IMAGES, where) for name in held if name in SETS}
    numbers = {name: array_of(held, name, NUMBERS, where) for name in NUMBERED if name in held}
    arrays = {**features_of(extractor, sets, job.batch_size), **rings_of(sets), **numbers}
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
    shards_option("--images", **MAYBE_FILES),
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
    from beyond_blur.metrics.inputs import Given, check_measured, pictures
    from beyond_blur.metrics.rows import Samples, rows
    from beyond_blur.storage import records

    job: MetricsSpec = from_json(MetricsSpec, spec)
    places = {"train": train, "held_out": held_out, "features": features}
    files = {n: Given.read(path, "features") for n, path in places.items() if path is not None}
    if samples is not None:
        files["samples"] = Given.read(samples, "samples")
    inputs = {name: file.checksum for name, file in files.items()}
    traits = check_measured(job, files, images)
    drawn = None
    if features is not None:
        pixels = files["samples"].arrays if samples is not None else None
        drawn = Samples(files["features"].arrays, pixels, pictures(images))
    real = {split: files[split].arrays for split in ("train", "held_out")}
    records.save(
        out,
        {"rows": rows(job, real, drawn, threads)},
        kind="metrics",
        spec=to_json_values(job),
        inputs=inputs,
        traits=traits,
        packages=("numpy", "scipy"),
    )


@verb(
    option("--spec", **SPEC),
    option("--samples", **FILE),
    option("--features", **FILE),
    option("--train", **FILE),
    shards_option("--images", **FILES),
    shards_option("--prior-images", **MAYBE_FILES),
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
    from beyond_blur.metrics.inputs import Given, check_measured
    from beyond_blur.metrics.nearest_images import nearest_images
    from beyond_blur.storage import artifacts
    from beyond_blur.storage.contents import FEATURES

    job: NeighboursSpec = from_json(NeighboursSpec, spec)
    files = {
        "samples": Given.read(samples, "samples"),
        "features": Given.read(features, "features"),
        "train": Given.read(train, "features"),
        "images": Given.read(images, "images"),
    }
    traits = check_measured(job, files, prior_images)
    if prior_images:
        files["prior_images"] = Given.read(prior_images, "images")
    found = nearest_images(
        files["samples"].arrays,
        (files["features"].array("samples", FEATURES), files["train"].array("images", FEATURES)),
        files["images"].arrays,
        files["prior_images"].arrays if prior_images else None,
        threads,
    )
    artifacts.save(
        out,
        found,
        kind="neighbours",
        spec=to_json_values(job),
        inputs={name: file.checksum for name, file in files.items()},
        traits=traits,
    )


@verb(
    option("--spec", **SPEC),
    shards_option("--states", **FILES),
    shards_option("--images", **FILES),
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
    from beyond_blur.metrics.inputs import Given, check_states
    from beyond_blur.storage import artifacts, records
    from beyond_blur.storage.contents import IMAGES, NUMBERS, STATES

    job: AmplitudeSpec = from_json(AmplitudeSpec, spec)
    file = Given.read(states, artifacts.read_manifest(states[0])["kind"])
    clean = Given.read(images, "images")
    traits = check_states(job, file, clean)
    if file.manifest["kind"] == "samples":
        values = to_float(file.array("prior", IMAGES))
        index = file.array("source", NUMBERS, len(values))
    else:
        values = file.array("terminal", STATES)
        index = file.array("index", NUMBERS, len(values))
    known = clean.array("images", IMAGES)
    numbers = clean.array("index", NUMBERS, len(known))
    pictures = to_float(known[rows_of(index, numbers)])
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
