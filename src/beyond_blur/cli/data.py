"""Verbs of workflow/rules/data.smk."""

from __future__ import annotations

from beyond_blur.cli.verbs import FILES, SPEC, option, verb
from beyond_blur.config import Dataset, to_json_values
from beyond_blur.config.rule_specs import from_json
from beyond_blur.data import dataset as datasets
from beyond_blur.data.images import Images
from beyond_blur.storage import artifacts


@verb(
    option("--spec", **SPEC),
    option("--train", **FILES),
    option("--held-out", **FILES),
)
def prepare_dataset(spec: str, train: list[str], held_out: list[str]) -> None:
    """Read a dataset, split it, write its shards."""
    dataset: Dataset = from_json(Dataset, spec)
    for name, images, paths in zip(
        ("train", "held-out"), datasets.prepare(dataset), (train, held_out), strict=True
    ):
        for path, rows in zip(
            paths, datasets.shard_rows(len(images.pixels), len(paths)), strict=True
        ):
            write_images(path, images.rows(rows), dataset)
        n, c, h, w = images.pixels.shape
        print(f"{dataset.name}: {n} {name} images of {c} x {h} x {w}")


def write_images(path: str, images: Images, dataset: Dataset) -> None:
    """One shard of images."""
    arrays = {"images": images.pixels, "index": images.index}
    if images.labels is not None:
        arrays["labels"] = images.labels
    artifacts.save(
        path, arrays, kind="images", spec=to_json_values(dataset), packages=("numpy", "pillow")
    )
