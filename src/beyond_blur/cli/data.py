"""Verbs of workflow/rules/data.smk."""

from __future__ import annotations

from beyond_blur.cli.verbs import FILE, FILES, SHARDS, SPEC, THREADS, option, verb
from beyond_blur.config import Dataset
from beyond_blur.config.rule_specs import from_json, lasting_dataset

PATTERN = {**FILES, "help": "shards, or one with {shard} in the place of its number"}


@verb(
    option("--spec", **SPEC),
    option("--train", **PATTERN),
    option("--held-out", **PATTERN),
    option("--shards", **SHARDS),
    option("--content", default="", metavar="TEXT", help="what names the content of its files"),
    option("--threads", **THREADS),
)
def prepare_dataset(
    spec: str, train: list[str], held_out: list[str], shards: int, content: str, threads: int
) -> None:
    """Read a dataset, split it, write its shards."""
    from beyond_blur.data import choice, preparation
    from beyond_blur.data.prepared_remarks import remarks
    from beyond_blur.storage import artifacts
    from beyond_blur.storage.shard_lists import of_pattern

    dataset: Dataset = from_json(Dataset, spec)
    places = {"train": of_pattern(train, shards), "held_out": of_pattern(held_out, shards)}
    splits = {
        split: preparation.prepare(dataset, split, part, places[split][0], content, threads)
        for split, part in choice.choose(dataset).items()
    }
    traits = {"dataset": dataset.name, "images": preparation.fingerprint(splits)}
    for split, prepared in splits.items():
        for i, shard in enumerate(preparation.shards_of(prepared, len(places[split]))):
            artifacts.save(
                places[split][i],
                shard,
                kind="images",
                spec=lasting_dataset(dataset),
                traits={**traits, "split": split, "shard": i},
                packages=("numpy", "pillow"),
            )
    for line in remarks(dataset, splits):
        print(line)
    for prepared in splits.values():
        prepared.unfinished.remove()


@verb(
    option("--pattern", **{**FILE, "help": "a shard, with {shard} in the place of its number"}),
    option("--shards", **SHARDS),
    option("--holds", required=True, metavar="KIND", help="images, pairs or terminal"),
    option("--out", **FILE),
)
def list_shards(pattern: str, shards: int, holds: str, out: str) -> None:
    """List the shards of a set, with their checksums."""
    from beyond_blur.storage import shard_lists

    shard_lists.write(out, pattern, shards, holds)
