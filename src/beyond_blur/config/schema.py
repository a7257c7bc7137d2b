"""The JSON schema of the configuration: what editors complete, explain and underline.

The workflow does not read it: `load_experiment` checks more and says it better.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from beyond_blur.config.experiment import Experiment
from beyond_blur.config.process_options import AdvectionDiffusionOptions

HEAD = """\
# For editors: completion, meanings, defaults and ranges of config.yaml. The workflow itself checks
# more. Made by `python -m beyond_blur schema --out FILE` from the fields of src/beyond_blur/config.
"""


def schema_text() -> str:
    """The schema as the file in ``workflow/schemas``: YAML with a head comment."""
    import yaml

    return HEAD + yaml.safe_dump(json_schema(), sort_keys=False, width=100, allow_unicode=True)


def json_schema() -> dict[str, Any]:
    """The JSON schema of the configuration, made from its fields.

    Returns
    -------
    dict
        Plain values; ``$defs`` holds the sections. Meanings are ``description``, and ranges and
        choices are where editors look for them.
    """
    schema: dict[str, Any] = json.loads(json.dumps(TypeAdapter(Experiment).json_schema()))
    for section in (schema, *schema["$defs"].values()):
        section["description"] = section["description"].splitlines()[0]
        del section["title"]
        for entry in section["properties"].values():
            entry.pop("title", None)
    # One entry may be several processes, which the reader makes before the fields are checked.
    peclet = schema["$defs"][AdvectionDiffusionOptions.__name__]["properties"]["peclet"]
    number = {"type": peclet.pop("type"), "minimum": peclet.pop("minimum")}
    peclet["anyOf"] = [number, {"type": "array", "items": dict(number)}]
    # Every kind has a default for it; without this, an entry that has none would match them all.
    schema["properties"]["processes"]["items"]["required"] = ["kind"]
    return schema
