"""The verb of the table: its texts and its manifest, with methods as rows or as columns."""

import pytest

from beyond_blur import cli
from beyond_blur.config import read_experiment
from beyond_blur.config.evaluation_specs import made_with
from beyond_blur.config.rule_specs import sampling_spec, to_json_values
from beyond_blur.storage import outputs, records
from beyond_blur.verification import specs
from rendering.table_rows import row

SPEC = {
    "samples": to_json_values(
        sampling_spec(read_experiment({"preset": "tiny"}), "advection_diffusion-pe0")
    )
}
NAMES = {"csv": "csv", "markdown": "md", "latex": "tex", "html": "html", "text": "txt"}


@pytest.fixture
def made(tmp_path):
    """The texts of a table of one row and its manifest, by what methods are."""
    records.save(tmp_path / "0.json", {"rows": [row(process="ddpm")]}, kind="metrics", spec=SPEC)

    def of(*options):
        files = {option: tmp_path / f"t.{ending}" for option, ending in NAMES.items()}
        where = [text for option, path in files.items() for text in (f"--{option}", str(path))]
        cli.main(["table", "--metrics", str(tmp_path / "0.json"), *where, *options])
        spec = outputs.check(files["csv"], "table")["spec"]
        return {option: path.read_text("utf-8") for option, path in files.items()}, spec

    return of


def test_the_csv_has_methods_as_rows_whatever_the_printed_tables_have(made):
    upright, as_rows = made()
    turned, as_columns = made("--methods", "columns")
    assert upright["csv"] == turned["csv"]
    for name in ("markdown", "latex", "html", "text"):
        assert upright[name] != turned[name] and "DDPM" in turned[name]
    assert as_rows == {"preset": "", "rows": None}, "as tables of before have it"
    assert as_columns == {"preset": "", "methods": "columns", "rows": None}


def test_verify_asks_for_the_table_that_the_configuration_has():
    for methods in ("rows", "columns"):
        changes = {"preset": "tiny", "evaluation": {"table_methods": methods}}
        spec = specs.table(read_experiment(changes), {})
        assert spec == made_with(spec["rows"], spec["preset"], methods)
        assert ("methods" in spec) == (methods == "columns")
