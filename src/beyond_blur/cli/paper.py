"""The verb of workflow/rules/paper.smk: the levels of different processes, aligned."""

from __future__ import annotations

from beyond_blur.cli.verbs import FILE, TEXTS, option, verb
from beyond_blur.config import to_json_values
from beyond_blur.config.rule_specs import TrajectorySpec, from_json
from beyond_blur.storage import atomic

N_IMAGES = 64
"""Images that the levels are measured on."""

MEASURED_SPLIT = "held_out"
"""Their split: none that a network was trained on."""


@verb(
    option("--specs", **TEXTS),
    option("--labels", **TEXTS),
    option("--images", **FILE),
    option("--csv", **FILE),
    option("--schedules", **FILE),
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def align_levels(
    specs: list[str], labels: list[str], images: str, csv: str, schedules: str, png: str, pdf: str
) -> None:
    """Align the levels of different processes by their measured spectra."""
    import pandas as pd

    from beyond_blur.analysis.aligned_schedules import align_processes
    from beyond_blur.data.pixels import to_float
    from beyond_blur.rendering import style
    from beyond_blur.rendering.level_alignment import level_alignment
    from beyond_blur.storage import artifacts, belonging, outputs
    from beyond_blur.storage.contents import IMAGES, array_of

    if len(specs) != len(labels):
        raise ValueError(f"--labels has {len(labels)} labels for {len(specs)} specs: one each")
    jobs = {
        label: from_json(TrajectorySpec, spec) for label, spec in zip(labels, specs, strict=True)
    }
    file = artifacts.load(images, "images")
    belonging.check(images, file.manifest, split=MEASURED_SPLIT)
    pixels = array_of(file.arrays, "images", IMAGES, images)
    found = align_processes(jobs, to_float(pixels[:N_IMAGES]))
    atomic.write_text(csv, pd.DataFrame(found.rows).to_csv(index=False, float_format="%.5g"))
    atomic.write_json(schedules, found.options)
    style.draw(lambda: level_alignment(found.curves), png, pdf)
    outputs.write_manifest(
        [csv, schedules, png, pdf],
        kind="alignment",
        spec={label: to_json_values(job) for label, job in jobs.items()},
        inputs={"images": [images]},
        traits=belonging.origin(file.traits),
    )
