"""Verbs of workflow/rules/data.smk."""

from __future__ import annotations

from beyond_blur.cli.verbs import FILE, FILES, SHARDS, SPEC, THREADS, option, shards_option, verb
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
    first = {split: paths[0] for split, paths in places.items()}
    splits = preparation.prepare(dataset, choice.choose(dataset), first, content, threads)
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
                classes=prepared.part.classes,
                left_out=len(prepared.left_out),
            )
    for line in remarks(dataset, splits):
        print(line)
    for prepared in splits.values():
        prepared.unfinished.remove()


@verb(
    shards_option("--train", **FILES),
    shards_option("--held-out", **FILES),
    option("--facts", **FILE),
    option("--sheet", **FILE),
    option("--threads", **THREADS),
)
def describe_dataset(
    train: list[str], held_out: list[str], facts: str, sheet: str, threads: int
) -> None:
    """Counts, grey values, repeats and spectrum of a prepared dataset, and some of its images."""
    from beyond_blur.analysis import set_facts
    from beyond_blur.storage import artifacts, belonging, records
    from beyond_blur.storage.shards import joined_checksum, map_shards

    paths = {"train": train, "held_out": held_out}
    splits = {split: map_shards(files, "images", threads) for split, files in paths.items()}
    for split, shards in splits.items():
        belonging.check(paths[split][0], shards[0].manifest, split=split)
    traits = belonging.check_together(
        {paths[split][0]: shards[0].manifest for split, shards in splits.items()}
    )
    made_from = {split: joined_checksum(shards) for split, shards in splits.items()}
    found = set_facts.facts_of(splits)
    records.save(
        facts,
        found,
        kind="facts",
        spec={},
        inputs=made_from,
        traits=traits,
        packages=("numpy", "scipy"),
    )
    artifacts.save(
        sheet,
        set_facts.contact_sheet(splits["train"]),
        kind="contact_sheet",
        spec={},
        inputs=made_from,
        traits=traits,
        classes=splits["train"][0].manifest.get("classes"),
        of=found["splits"]["train"]["images"],
    )


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
