"""Which code a result depends on: an edit of that code makes the result again, no other one does.

The code is found from the import graph: all definitions that a root, "package.module:name", reaches
(`storage.import_graph`). It is compared by its syntax trees, so that comments, docstrings and
formatting make nothing again. Imports by name in strings are not followed: a registry names its
entries as "package.module:name", and whoever chose an entry gives it as one more root.

Not followed, and why:

- `config`: what it decides stands in a rule's spec, which is compared by itself. A class of options
  given as a root counts, alone.
- `progress`: tells how far a job is and changes no result.
- this module and what it reads files with: they say whether a result is made again, not what it is.
- how verbs declare their options (``@verb(...)``, and what the modules of `cli` do when they are
  imported): a rule's command, which holds the options, is compared by itself.

Standard library only: the workflow asks for every rule when it is parsed.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from beyond_blur.config.error_lines import nearest
from beyond_blur.storage.import_graph import Package
from beyond_blur.storage.module_syntax import modules_named
from beyond_blur.storage.syntax import bound_names, declares_verb, text_of

if TYPE_CHECKING:
    from beyond_blur.config import OwnProcessOptions, ProcessSpec

PACKAGE = Package(
    Path(__file__).parents[1],
    left_out=(
        "",
        "__main__",
        "config",
        "progress",
        "storage.code",
        "storage.import_graph",
        "storage.module_syntax",
        "storage.shard_lists",
        "storage.syntax",
    ),
    declarations=("cli",),
)
"""The import graph of this package."""


def checksum(*roots: str, package: Package = PACKAGE) -> str:
    """sha256 over the code that roots reach.

    Parameters
    ----------
    *roots : str
        Definitions, as "package.module:name": "beyond_blur.cli.sampling:sample"; without a name,
        all of a module. More than one stand for the code that any of them reaches, in no order.
    package : Package
        Whose code is meant.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    ValueError
        If a root is no definition of the package.
    """
    return _checksum(package, frozenset(roots))


@functools.cache
def verb_root(verb: str) -> str:
    """The root of a verb of the command line: "beyond_blur.cli.sampling:sample" of "sample".

    Raises
    ------
    ValueError
        If there is no such verb.
    """
    for name in PACKAGE.module_names_of("cli"):
        path = PACKAGE.folder / "cli" / f"{name.rpartition('.')[2]}.py"
        if f"\ndef {verb}(".encode() not in PACKAGE.sources[path]:
            continue
        module = PACKAGE.module(name)
        if module is not None and declares_verb(module.definitions[verb][0]):
            return f"{name}:{verb}"
    raise ValueError(f"{verb!r} is no verb of the command line (cli/*.py, @verb)")


def registered(root: str) -> dict[str, tuple[str, ...]]:
    """The code that each entry of a registry names, read without importing the registry.

    A registry is a dict that is written out; the strings in an entry that look like
    "package.module:name" or "package.module" name its code. So the workflow can ask which code an
    entry runs, and imports nothing of what the entry needs.

    Raises
    ------
    ValueError
        If the root is no such dict.
    """
    return dict(_registered(PACKAGE, root))


def own_code(process: ProcessSpec) -> str:
    """sha256 over the syntax tree of the file of a user's own process; of others nothing.

    Raises
    ------
    ValueError
        If the file is not Python.
    """
    if process.kind != "own":
        return ""
    return hashlib.sha256(text_of(_own_tree(process)).encode()).hexdigest()


def planned_own_code(process: ProcessSpec) -> str:
    """`own_code` of a process that a run is to train, whose file has to have its class.

    The file is read and not run.

    Raises
    ------
    ValueError
        As `own_code` does, and if nothing in the file has the name of the class.
    """
    if process.kind == "own":
        names = bound_names(_own_tree(process))
        if process.class_name not in names and "*" not in names:
            raise ValueError(
                f"process {process.name}: {process.file} has no class {process.class_name!r}"
                f"{nearest(process.class_name, names)}: correct class_name"
            )
    return own_code(process)


def _own_tree(process: OwnProcessOptions) -> ast.Module:
    try:
        return ast.parse(Path(process.file).read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise ValueError(
            f"process {process.name}: file = {process.file!r} is not Python: line {error.lineno}: "
            f"{error.msg}"
        ) from error


def checksums_by_module(*roots: str) -> dict[str, str]:
    """`checksum` module by module: of the definitions in each that one of ``roots`` reaches."""
    of_module: dict[str, set[str]] = {}
    for root in roots:
        for one in PACKAGE.reached(root):
            of_module.setdefault(one.module, set()).add(f"{one} {PACKAGE.digest(one)}\n")
    return {
        module: hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
        for module, lines in sorted(of_module.items())
    }


def modules_reached(*roots: str) -> set[str]:
    """Names of the modules that hold a definition which one of ``roots`` reaches."""
    found = {one.module for root in roots for one in PACKAGE.reached(root) if one.name}
    return {module for module in found if module is not None}


def graph() -> dict[str, set[str]]:
    """Every module of the package, and the modules of it that it imports, also inside functions."""
    arrows: dict[str, set[str]] = {}
    for name in PACKAGE.module_names:
        module = PACKAGE.module(name)
        assert module is not None
        named = set(module.loaded)
        for statement in module.statements:
            for node in PACKAGE.uses(statement).imports:
                named |= set(modules_named(module, node))
        arrows[name] = {one for one in named if PACKAGE.module(one) is not None} - {name}
    return arrows


def packages_imported(*roots: str) -> set[str]:
    """Top-level names of other packages that are imported when the definitions run.

    Those that importing the modules around the definitions imports, in turn, and those of imports
    inside the definitions reached. Modules of verbs import each other's.
    """
    reached = {one for root in roots for one in PACKAGE.reached(root)}
    loaded = {one.module for one in reached} | {root.partition(":")[0] for root in roots}
    named: set[str] = set()
    for one in reached:
        module = PACKAGE.module(one.module)
        for statement in PACKAGE.statements(one) if module is not None else ():
            for node in PACKAGE.uses(statement).imports:
                named |= set(modules_named(module, node))  # type: ignore[arg-type]
    if any(name.split(".")[1:2] == ["cli"] for name in loaded):
        loaded |= set(PACKAGE.module_names_of("cli"))
    return _others(PACKAGE, loaded | named)


def _others(package: Package, names: Iterable[str]) -> set[str]:
    """Other packages that importing some modules imports."""
    others: set[str] = set()
    left, seen = list(names), set(names)
    while left:
        name = left.pop()
        if name.split(".")[0] != package.name:
            others.add(name.split(".")[0])
        for module in package.around(name):
            new = (module.loaded | {module.name}) - seen
            seen |= new
            left += new
    return others


@functools.cache
def _checksum(package: Package, roots: frozenset[str]) -> str:
    reached = {one for root in roots for one in package.reached(root)}
    lines = sorted(f"{one} {package.digest(one)}\n" for one in reached)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@functools.cache
def _registered(package: Package, root: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    place, _, name = root.partition(":")
    module = package.module(place)
    statements = [] if module is None else module.definitions.get(name, [])
    value = getattr(statements[0], "value", None) if statements else None
    if not isinstance(value, ast.Dict):
        raise ValueError(f"{root} is no dict that is written out")
    return tuple(
        (str(ast.literal_eval(key)), tuple(_named(package, entry)))
        for key, entry in zip(value.keys, value.values, strict=True)
        if key is not None
    )


def _named(package: Package, entry: ast.expr) -> Iterator[str]:
    """Strings in an expression that name code of the package."""
    for node in ast.walk(entry):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and package.module(text.partition(":")[0]) is not None:
            yield text
