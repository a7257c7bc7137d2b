"""The schema for editors and the page of docs are made from the fields, and from nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

from beyond_blur import config

ROOT = Path(__file__).parents[2]


def test_schema_file_is_made_from_the_fields():
    written = (ROOT / "workflow/schemas/config.schema.yaml").read_text()
    assert yaml.safe_load(written) == config.json_schema()
    assert written == config.schema_text(), "write config.schema_text() to the file"
    assert written.startswith("# For editors")


def test_page_of_options_is_made_from_the_fields():
    written = (ROOT / "docs/config.md").read_text()
    assert written == config.markdown(), "write config.markdown() to docs/config.md"


def sections():
    schema = config.json_schema()
    return [schema, *schema["$defs"].values()]


def test_every_option_says_what_it_means():
    for section in sections():
        assert len(section["description"]) > 3
        for entry in section["properties"].values():
            # A section of a section may leave it to the section's own description.
            assert len(entry.get("description", "")) > 3 or "$ref" in entry


def test_schema_has_what_editors_show():
    """Choices, ranges and defaults; no key beside the known ones."""
    assert all(section["additionalProperties"] is False for section in sections())
    schema = config.json_schema()
    options = schema["$defs"]["Training"]["properties"]
    assert options["ema"] == {
        "default": 0.999,
        "description": "decay of the averaged weights, ramped as (1 + n)/(10 + n)",
        "minimum": 0,
        "exclusiveMaximum": 1,
        "type": "number",
    }
    assert options["precision"]["enum"] == ["auto", "float32", "tf32", "bfloat16"]
    entry = schema["properties"]["processes"]["items"]
    assert entry["required"] == ["kind"]
    assert set(entry["discriminator"]["mapping"]) == set(config.PROCESS_SPECS)


def test_every_key_of_an_experiment_is_on_the_page():
    page = config.markdown()

    def walk(values, key=""):
        for name, value in values.items():
            place = f"{key}.{name}" if key else name
            if isinstance(value, dict) and value:
                assert f"## `{place}`\n" in page
                walk(value, place)
            else:
                assert f"| `{name}` |" in page

    walk(json.loads(json.dumps(config.to_json_values(config.Experiment()))))


def test_config_needs_no_heavy_import():
    """A dry run imports it; numpy alone would double that time."""
    code = (
        "import sys; from beyond_blur import cli; from beyond_blur.config import rule_specs;"
        "cli.parser();"
        "sys.exit(any(m in sys.modules for m in ('numpy', 'torch', 'matplotlib', 'numba')))"
    )
    path = {"PYTHONPATH": str(ROOT / "src")}
    assert subprocess.run([sys.executable, "-c", code], env=path).returncode == 0
