"""The verb of workflow/rules/delta_sweep.smk: quality over the sampler noise delta."""

from __future__ import annotations

import json

from beyond_blur.cli.verbs import FILE, MAYBE_FILES, TRAITS, option, verb
from beyond_blur.storage import atomic


@verb(
    option("--metrics", **MAYBE_FILES),
    option("--deltas", nargs="*", default=[], metavar="DELTA", help="delta behind each, or auto"),
    option("--traits", **TRAITS),
    option("--csv", **FILE),
)
def delta_sweep(metrics: list[str], deltas: list[str], traits: str | None, csv: str) -> None:
    """Gather metrics by the sampler noise into one CSV: means and spreads over runs."""
    from beyond_blur.rendering.delta_loading import over_deltas
    from beyond_blur.rendering.given import Given
    from beyond_blur.rendering.tables import to_csv
    from beyond_blur.storage import outputs

    frame = over_deltas(Given(metrics, deltas, traits=[] if traits is None else json.loads(traits)))
    atomic.write_text(csv, to_csv(frame))
    outputs.write_manifest(
        [csv],
        kind="deltas",
        spec={"deltas": deltas},
        inputs={"metrics": metrics},
        packages=("numpy", "pandas"),
    )
