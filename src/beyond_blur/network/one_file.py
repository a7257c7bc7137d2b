"""The U-Net as one Python file that needs torch and safetensors only, made from its own source.

What `load` reaches is copied word for word, so that no second version of the network has to be kept
equal to the first.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from safetensors.torch import load_file

from beyond_blur import __version__
from beyond_blur.config import Network
from beyond_blur.network.unet import UNet

HEAD = '''"""A U-Net and its trained weights: ``from unet import load; network = load("FOLDER")``.

Made by beyond_blur {version} from its own source; needs torch and safetensors.
"""

from __future__ import annotations

{imports}'''


def load(folder: Path | str, device: str = "cpu") -> UNet:
    """The trained network of a folder, in evaluation mode.

    Parameters
    ----------
    folder : path
        Of ``config.json`` and ``model.safetensors``.
    device : str

    Returns
    -------
    UNet
        ``network(x, k)`` with states float (n, c, h, w) and levels int64 (n,).
    """
    described = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
    network = UNet(Network(**described["network"]), described["image_channels"])
    network.load_state_dict(load_file(Path(folder) / "model.safetensors"))
    return network.to(device).eval()


def one_file() -> str:
    """The text of the file: imports, the options of the network, and all that `load` needs."""
    parts: dict[str, str] = {Network.__name__: options_class()}
    imports = {"from dataclasses import dataclass"}
    gather(sys.modules[__name__], load.__name__, parts, imports)
    first = sorted(imports, key=lambda line: (line.split()[0] == "from", line))
    head = HEAD.format(version=__version__, imports="\n".join(first))
    return "\n\n\n".join([head, *parts.values()]) + "\n"


def options_class() -> str:
    """The options of the network as a plain dataclass, which takes the lists of a JSON file."""
    kinds = {one.name: str(one.type) for one in dataclasses.fields(Network)}
    fields = [f"    {name}: {kind.replace('Many[', 'list[')}" for name, kind in kinds.items()]
    head = ["@dataclass(frozen=True)", "class Network:", f'    """{Network.__doc__}"""', ""]
    return "\n".join([*head, *fields])


def gather(module: ModuleType, name: str, parts: dict[str, str], imports: set[str]) -> None:
    """Collect the source of a definition, behind that of all definitions of the package it uses.

    Parameters
    ----------
    module : module
        That defines it.
    name : str
    parts : dict
        Takes the sources, by name; what is there already is not looked for.
    imports : set
        Takes the imports from elsewhere, as lines.
    """
    source = inspect.getsource(module)
    defined, imported = statements(source)
    parts[name] = ""  # until its own source is there: definitions may use each other
    for used in sorted(names_in(defined[name]) - parts.keys()):
        if used in defined:
            gather(module, used, parts, imports)
        elif used in imported:
            origin, line = imported[used]
            if origin.partition(".")[0] == __package__.partition(".")[0]:
                gather(import_module(origin), used, parts, imports)
            else:
                imports.add(line)
    del parts[name]
    parts[name] = source_of(source, defined[name])


def statements(source: str) -> tuple[dict[str, ast.stmt], dict[str, tuple[str, str]]]:
    """What a module defines, by name, and what it imports: from where, and the line for it."""
    defined: dict[str, ast.stmt] = {}
    imported: dict[str, tuple[str, str]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom | ast.Import):
            origin = getattr(node, "module", None)
            for alias in node.names:
                begin = f"from {origin} import" if origin else "import"
                behind = f" as {alias.asname}" if alias.asname else ""
                line = f"{begin} {alias.name}{behind}"
                imported[alias.asname or alias.name] = (origin or alias.name, line)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            defined[node.targets[0].id] = node
    return defined, imported


def source_of(source: str, node: ast.stmt) -> str:
    """The lines of a statement, its decorators included."""
    decorators = getattr(node, "decorator_list", [])
    first = min(one.lineno for one in (node, *decorators))
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])


def names_in(node: ast.AST) -> set[str]:
    """Names that a piece of code uses."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
