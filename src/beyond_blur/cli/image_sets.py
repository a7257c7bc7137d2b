"""The verb that measures any two sets of images: by hand, without the workflow."""

from __future__ import annotations

from typing import Any

from beyond_blur.cli.verbs import EXTRACTOR_NAME, IMAGE_SET, SEED, THREADS, count, option, verb


@verb(
    option("--images", **IMAGE_SET),
    option("--reference", **IMAGE_SET),
    option(
        "--train",
        metavar="PATH",
        help="images that the sampler learnt from, --reference being others: is it copying?",
    ),
    option("--extractor", **EXTRACTOR_NAME),
    option("--weights", metavar="FILE", help="weights of Inception or DINOv2"),
    option("--classifier", metavar="FILE", help="made by the verb train_classifier"),
    option("--encoder", metavar="FILE", help="made by the verb train_encoder"),
    option("--size", type=count, metavar="N", help="bring all images to N x N pixels"),
    option("--nearest-k", type=count, default=5, metavar="K"),
    option("--seed", **SEED),
    option("--batch-size", type=count, default=64, metavar="N"),
    option("--threads", **THREADS),
    option("--out", metavar="JSON", help="write all numbers here"),
)
def evaluate(
    images: str,
    reference: str,
    train: str | None,
    extractor: str,
    weights: str | None,
    classifier: str | None,
    encoder: str | None,
    size: int | None,
    threads: int,
    out: str | None,
    **options: Any,
) -> None:
    """Measure any folder, npz or idx file of images against any other; needs no training."""
    import torch

    from beyond_blur.data.image_sets import alike, read_images, read_pair
    from beyond_blur.features.extractor import check_needs, load_extractor, trained_by
    from beyond_blur.metrics import evaluate_sets
    from beyond_blur.rendering.terminal import limits, to_terminal
    from beyond_blur.storage import output_folder, records

    if out is not None:
        output_folder.check_new(out, "--out")
    files = {"weights": weights, "classifier": classifier, "encoder": encoder}
    check_needs(extractor, files)
    torch.set_num_threads(threads)
    fake, real, remarks = read_pair((images, reference), size, options["nearest_k"])
    kind = trained_by(extractor)
    network = load_extractor(extractor, weights, files[kind] if kind else None)
    known = None
    if train is not None:
        known, _, more = alike(read_images(train, size), real, (train, reference))
        remarks += more
    found = evaluate_sets(fake, real, network, train=known, threads=threads, **options)
    found = {"images": images, "reference": reference, "train": train, **found}
    print(to_terminal(found, remarks))
    if out is not None:
        packages = ("numpy", "scipy", "torch", "pillow")
        content = {**found, "remarks": remarks, "limits": limits(found)}
        records.save(out, content, kind="evaluation", spec={}, packages=packages)
