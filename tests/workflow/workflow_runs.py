"""Running Snakemake on a copy of the repository, and changing that copy."""

import ast
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "config.yaml", "profiles", "workflow", "envs", "src")
RECORDER = Path(__file__).parent / "recorder"


def environment(repository, **more):
    """Variables of a shell in which the repository's environment is active.

    A copy of the package is compiled once and not in each of a hundred processes, also where
    PYTHONDONTWRITEBYTECODE is set.
    """
    return {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(repository / "src"),
        **more,
    }


def copy_repository(folder):
    folder.mkdir(parents=True)
    for name in PARTS:
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        else:
            shutil.copy2(ROOT / name, folder / name)
    return folder


def snakemake(repository, folder, *arguments, config=None, env=None):
    settings = Path(f"{folder}-config.yaml")
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(yaml.safe_dump({"preset": "tiny", **(config or {})}))
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "-s", repository / "Snakefile", "--directory", folder,
         "--configfile", settings, "--cores", "2", *arguments],
        env=env or environment(repository), capture_output=True, text=True,
    )  # fmt: skip


def planned(repository, folder, *arguments, config=None):
    """Jobs per rule of a dry run, without rule all."""
    done = snakemake(repository, folder, "-n", "--quiet", "rules", *arguments, config=config)
    assert done.returncode == 0, done.stderr + done.stdout
    found = re.findall(r"^(\w+) +(\d+)$", done.stdout, flags=re.MULTILINE)
    return {rule: int(n) for rule, n in found if rule not in ("all", "total")}


@contextlib.contextmanager
def edited(repository, root):
    """While the block runs, the code of a definition is another: "lbm.units:blur_width"."""
    module, name = root.split(":")
    path = repository / f"src/beyond_blur/{module.replace('.', '/')}.py"
    before = path.read_text()
    found = [n for n in ast.parse(before).body if getattr(n, "name", None) == name]
    assert found, f"{root} is gone: name another definition"
    inside = found[0].body[-1]
    lines = before.splitlines(keepends=True)
    lines.insert(inside.lineno - 1 - len(getattr(inside, "decorator_list", [])),
                 " " * inside.col_offset + "assert True\n")  # fmt: skip
    try:
        path.write_text("".join(lines))
        yield
    finally:
        path.write_text(before)


def another_layout(text):
    """The same code without its comments, its docstrings rewritten, its layout that of `ast`."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", [])
        for statement in body if isinstance(body, list) else []:
            value = getattr(statement, "value", None)
            if isinstance(statement, ast.Expr) and isinstance(value, ast.Constant):
                value.value = "Edited." if isinstance(value.value, str) else value.value
    return ast.unparse(tree) + "\n\n# A comment.\n"


def read_calls(folder, source):
    """Definitions of the package that each verb called, as "package.module:name"."""
    calls = {}
    for path in sorted(folder.glob("*.json")):
        verb = path.stem.rpartition("-")[0]
        for file, qualified in json.loads(path.read_text()):
            parts = Path(file).relative_to(source).with_suffix("").parts
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            calls.setdefault(verb, set()).add(f"{module}:{qualified.split('.')[0]}")
    return calls
