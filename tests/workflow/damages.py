"""Ways in which finished results of preset ``tiny`` can be wrong, and what has to be said of each.

A damage changes a folder of results and returns what `verify` has to find: the paths, by what they
are. P and Q are the two processes.
"""

import json
import shutil

P, Q = "advection_diffusion-pe0", "advection_diffusion-pe0.1"
SAMPLES = "samples/tiny/{}/train/seed-{}.safetensors"
FEATURES = "features/classifier/tiny/{}/train/seed-{}.safetensors"
METRICS = "metrics/classifier/tiny/{}/train/seed-{}.json"
WEIGHTS = "checkpoints/tiny/{}/weights.safetensors"
IMAGES = "data/tiny/{}/shard-{}.safetensors"
PAIRS = "corruption/tiny/{}/shard-{}.safetensors"
TERMINAL = "terminal/tiny/{}/train/shard-{}.safetensors"
TABLES = [f"table1.{ending}" for ending in ("csv", "html", "md", "tex", "txt")]

OF_EVERY_KIND = [
    IMAGES.format("train", 0), PAIRS.format(P, 0), TERMINAL.format(P, 1), WEIGHTS.format(P),
    f"checkpoints/tiny/{P}/history.jsonl", f"checkpoints/tiny/{P}/state.pt", SAMPLES.format(P, 0),
    FEATURES.format(Q, 1), "features/classifier/tiny/real/train.safetensors",
    "classifier/tiny/weights.safetensors", f"trajectories/tiny/{P}.safetensors",
    f"neighbours/classifier/tiny/{Q}.safetensors", METRICS.format(P, 0),
    "metrics/classifier/tiny/real/seed-1.json", f"amplitude/tiny/{P}.json", *TABLES,
    "terminal_amplitude.csv", "mean_colours.csv", "alignment.csv", "aligned_schedules.json",
    "figures/alignment.pdf", "figures/samples.png", "figures/metrics.pdf", "films/reverse.gif",
]  # fmt: skip
"""A file of every kind that a run has."""


def flip(path):
    """Change a byte: of arrays, not of the header, nor of what fills the zip file of a state."""
    content = bytearray(path.read_bytes())
    content[int((0.5 if path.suffix == ".pt" else 0.9) * len(content))] ^= 4
    path.write_bytes(content)


def exchange(results, one, other):
    kept = results / "kept"
    (results / one).rename(kept)
    (results / other).rename(results / one)
    kept.rename(results / other)
    return {"foreign": [one, other]}


def copy_over(results, one, other):
    shutil.copy(results / one, results / other)
    return {"foreign": [other]}


def edit(results, path, before, after, damaged=None):
    text = (results / path).read_text(encoding="latin-1")
    assert before in text
    (results / path).write_text(text.replace(before, after, 1), encoding="latin-1")
    return {"damaged": damaged or [path]}


def edit_a_number(results):
    """The last digit of the first number of the table."""
    text = (results / "table1.csv").read_text()
    value = text.split("\n")[1].split(",")[4]
    return edit(results, "table1.csv", value, value[:-1] + str((int(value[-1]) + 1) % 10))


def without_a_row(results):
    path = METRICS.format(Q, 0)
    record = json.loads((results / path).read_text())
    del record["rows"][0]
    (results / path).write_text(json.dumps(record))
    return {"damaged": [path]}


def cut(results, path, size):
    (results / path).write_bytes((results / path).read_bytes()[:size])
    return {"damaged": [path]}


def gone(results, *paths):
    for path in paths:
        (results / path).unlink()
    return {"missing": list(paths)}


def put(results, path, what):
    (results / path).parent.mkdir(parents=True, exist_ok=True)
    (results / path).write_bytes(b"x")
    return {what: [path]}


def batches(results):
    put(results, "samples/tiny/x/train/seed-0.parts/ab-0.safetensors", "left over")
    return {"left over": ["samples/tiny/x/train/seed-0.parts"]}


def link_to_nothing(results):
    path = SAMPLES.format(Q, 1)
    (results / path).unlink()
    (results / path).symlink_to("nowhere")
    return {"damaged": [path]}


def folder_in_place(results):
    path = "figures/loss.png"
    (results / path).unlink()
    (results / path).mkdir()
    return {"damaged": [path]}


def old_state(results):
    shutil.copy(results / f"checkpoints/tiny/{P}/state.pt",
                results / f"checkpoints/tiny/{P}/state.at-3.pt")  # fmt: skip
    return {"left over": [f"checkpoints/tiny/{P}/state.at-3.pt"]}


def another_process(results):
    """Of a process that was in the configuration once."""
    path = METRICS.format("heat_dissipation", 0)
    put(results, f"logs/{path}.log", "left over")
    shutil.copytree(results / f"checkpoints/tiny/{P}/watch", results / "checkpoints/tiny/old/watch")
    return {"left over": [f"checkpoints/tiny/old/watch/step-{n}.png" for n in (3, 6)]}


DAMAGES = {
    "networks of P and Q exchanged": lambda r: exchange(r, WEIGHTS.format(P), WEIGHTS.format(Q)),
    "states of P and Q": lambda r: exchange(
        r, f"checkpoints/tiny/{P}/state.pt", f"checkpoints/tiny/{Q}/state.pt"
    ),
    "samples of P and Q": lambda r: exchange(r, SAMPLES.format(P, 0), SAMPLES.format(Q, 0)),
    "samples of seeds 0 and 1": lambda r: exchange(r, SAMPLES.format(P, 0), SAMPLES.format(P, 1)),
    "features of P and Q": lambda r: exchange(r, FEATURES.format(P, 1), FEATURES.format(Q, 1)),
    "features of seeds 0 and 1": lambda r: exchange(
        r, FEATURES.format(P, 0), FEATURES.format(P, 1)
    ),
    "terminal states of P and Q": lambda r: exchange(
        r, TERMINAL.format(P, 0), TERMINAL.format(Q, 0)
    ),
    "pairs of shards 0 and 1": lambda r: exchange(r, PAIRS.format(P, 0), PAIRS.format(P, 1)),
    "a shard over another": lambda r: copy_over(
        r, IMAGES.format("train", 0), IMAGES.format("train", 1)
    ),
    "a shard of the other split": lambda r: exchange(
        r, IMAGES.format("train", 0), IMAGES.format("held_out", 0)
    ),
    "metrics over those of Q": lambda r: copy_over(r, METRICS.format(P, 0), METRICS.format(Q, 0)),
    "metrics over those of seed 1": lambda r: copy_over(
        r, METRICS.format(P, 0), METRICS.format(P, 1)
    ),
    "samples under the name of features": lambda r: copy_over(
        r, SAMPLES.format(P, 0), FEATURES.format(P, 0)
    ),
    "a number of the table": edit_a_number,
    "a key of the metrics": lambda r: edit(r, METRICS.format(P, 0), '"precision"', '"Precision"'),
    "a row of the metrics": without_a_row,
    "a setting in a manifest": lambda r: edit(
        r, SAMPLES.format(P, 1), '\\"seed\\": 1', '\\"seed\\": 7'
    ),
    "the manifest of the table": lambda r: edit(
        r, "table1.manifest.json", '"kind": "table"', '"kind": "tabel"', TABLES
    ),
    "half a file": lambda r: cut(r, SAMPLES.format(Q, 0), 1000),
    "an empty file": lambda r: cut(r, TERMINAL.format(Q, 0), 0),
    "a link to nothing": link_to_nothing,
    "a folder in place of a file": folder_in_place,
    "a figure without its manifest": lambda r: (
        gone(r, "figures/strips.manifest.json")
        and {"damaged": ["figures/strips.pdf", "figures/strips.png"]}
    ),
    "pairs deleted": lambda r: gone(r, PAIRS.format(Q, 0), PAIRS.format(Q, 1)),
    "one picture of two deleted": lambda r: gone(r, "figures/strips.pdf"),
    "a temporary": lambda r: put(r, "samples/tiny/.seed-0.safetensors.x1.safetensors", "left over"),
    "finished batches": batches,
    "a state kept aside": old_state,
    "results of an old process": another_process,
    "a file of the user's": lambda r: put(r, "notes.txt", "foreign"),
    "a seed that no number is": lambda r: put(r, SAMPLES.format(P, "00"), "foreign"),
}
"""What can be done to results, and what has to be said of them: nothing more is damaged, foreign,
missing or left over."""
