"""Verbs of workflow/rules/evaluation.smk."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from beyond_blur import artifacts
from beyond_blur import metrics as measures
from beyond_blur.config import plain
from beyond_blur.jobs import ClassifierJob, FeaturesJob, MetricsJob, from_json


def classifier(spec: str, train: list[str], held_out: list[str], threads: int, out: str) -> None:
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
        out, state, kind="classifier", spec=plain(job), packages=("numpy", "torch"),
        inputs={"train": known.checksum, "held_out": unseen.checksum}, accuracy=accuracy,
    )  # fmt: skip


def labelled(paths: list[str]) -> artifacts.Artifact:
    """Shards of images with labels."""
    images = artifacts.load_shards(paths, "images")
    if "labels" not in images.arrays:
        raise ValueError(
            f"{paths[0]} has no labels to train a classifier on: set evaluation.extractor:"
            " inception or give dataset.labels_path"
        )
    return images


def features(spec: str, images: list[str], classifier: str | None, threads: int, out: str) -> None:
    """Features of image sets, one pass."""
    import torch

    from beyond_blur.features import build_extractor

    job: FeaturesJob = from_json(FeaturesJob, spec)
    torch.set_num_threads(threads)
    options: dict[str, Any] = {"device": "cuda" if torch.cuda.is_available() else "cpu"}
    if job.weights is not None:
        options["weights"] = job.weights
    if classifier is not None:
        options["state"] = artifacts.load(classifier, "classifier").arrays
    extractor = build_extractor(job.extractor, **options)
    file = artifacts.load_shards(images, artifacts.read_manifest(images[0])["kind"])
    sets = {n: a for n, a in file.arrays.items() if n in ("images", "samples", "prior")}
    arrays = {name: extractor(pixels, job.batch_size) for name, pixels in sets.items()}
    if "source" in file.arrays:
        arrays["source"] = file.arrays["source"]
    artifacts.save(
        out, arrays, kind="features", spec=plain(job), packages=("numpy", "torch"),
        inputs={"images": file.checksum}, extractor=extractor.name, resize=extractor.resize,
        weights_sha256=extractor.weights_sha256,
    )  # fmt: skip


def measure(
    fake: np.ndarray, real: np.ndarray, nearest_k: int, threads: int
) -> dict[str, float | None]:
    """Frechet distance, precision, recall, density and coverage of two feature sets."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", measures.FewSamples)
        distance = measures.frechet_distance(fake, real)
    prdc = measures.precision_recall_density_coverage(real, fake, nearest_k, n_threads=threads)
    return {"frechet_distance": distance, **prdc._asdict()}


def feature_sets(job: MetricsJob, sets: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The feature sets that get a row: samples and their priors, or as many real images."""
    if "images" not in sets:
        return {name: sets[name] for name in ("samples", "prior")}
    images = sets["images"]
    rng = np.random.default_rng(job.seed)
    n = min(job.n_samples, len(images))
    return {"train": images[np.sort(rng.permutation(len(images))[:n])]}


def metrics(spec: str, features: str, reference: str, threads: int, out: str) -> None:
    """Frechet distance, precision, recall, density, coverage from features."""
    job: MetricsJob = from_json(MetricsJob, spec)
    fake, real = (artifacts.load(path, "features") for path in (features, reference))
    rows: list[dict[str, Any]] = []
    for name, values in feature_sets(job, fake.arrays).items():
        numbers = measure(values, real.arrays["images"], job.nearest_k, threads)
        sizes = {"n_samples": len(values), "n_reference": len(real.arrays["images"])}
        rows.append({"images": name, **plain(job), **sizes, **numbers})
    inputs = {features: fake.checksum, reference: real.checksum}
    artifacts.write_json(
        out, {"rows": rows, "inputs": inputs, "versions": artifacts.versions("numpy", "scipy")}
    )
