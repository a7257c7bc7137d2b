"""The verb of workflow/rules/network_calls.smk: quality over the number of network calls."""

from __future__ import annotations

from beyond_blur.cli.verbs import FILE, MAYBE_FILES, option, verb
from beyond_blur.storage import atomic


@verb(
    option("--metrics", **MAYBE_FILES),
    option(
        "--calls", type=int, nargs="*", default=[], metavar="N", help="network calls behind each"
    ),
    option("--csv", **FILE),
)
def steps(metrics: list[str], calls: list[int], csv: str) -> None:
    """Gather metrics by the number of network calls into one CSV."""
    from beyond_blur.rendering.given import Given
    from beyond_blur.rendering.number_loading import over_calls
    from beyond_blur.rendering.tables import to_csv
    from beyond_blur.storage import outputs

    frame = over_calls(Given(metrics, [str(n) for n in calls]))
    atomic.write_text(csv, to_csv(frame))
    outputs.write_manifest(
        [csv],
        kind="steps",
        spec={"calls": calls},
        inputs={"metrics": metrics},
        packages=("numpy", "pandas"),
    )
