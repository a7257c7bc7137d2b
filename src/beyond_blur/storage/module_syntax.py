"""One module of a package as it is written: what it defines, imports, and does when imported.

Standard library only, and the module is not imported: `ast` reads it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from beyond_blur.storage.syntax import (
    called,
    is_bare_string,
    is_for_type_checkers,
)

HARMLESS = {
    "cache", "cached_property", "contextmanager", "dataclass", "inference_mode", "lru_cache",
    "no_grad", "runtime_checkable", "total_ordering", "verb",
}  # fmt: skip
"""Decorators that leave no trace of a definition anywhere else; others may register it."""


@dataclass(frozen=True)
class Target:
    """What an imported name stands for: an attribute of a module, or the module itself."""

    module: str
    attribute: str | None = None


@dataclass
class Module:
    """A module as it is written.

    Attributes
    ----------
    name : str
        With the package: ``beyond_blur.lbm.units``.
    path : Path
    definitions : dict of str to list of ast.stmt
        The statements that define each name: a function, a class, a constant.
    imports : dict of str to Target
        Names that the module imports.
    loads : dict of str to set of str
        Modules that are imported for each of these names.
    effects : list of ast.stmt
        Statements that do something when the module is imported, and definitions whose decorator
        may register them.
    """

    name: str
    path: Path
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, Target] = field(default_factory=dict)
    loads: dict[str, set[str]] = field(default_factory=dict)
    effects: list[ast.stmt] = field(default_factory=list)

    @property
    def is_package(self) -> bool:
        """Whether the module is a folder's ``__init__``."""
        return self.path.name == "__init__.py"

    @property
    def loaded(self) -> set[str]:
        """Modules that importing this one imports."""
        return set().union(*self.loads.values())

    @property
    def statements(self) -> Iterator[ast.stmt]:
        """Every statement that defines or does something."""
        for statements in self.definitions.values():
            yield from statements
        yield from self.effects


def read_module(name: str, path: Path, source: bytes) -> Module:
    """Sort what a module's file, of which ``source`` is the content, holds."""
    module = Module(name, path)
    tree = ast.parse(source)
    for statement in tree.body:
        _take(module, statement)
    return module


def targets_of(module: Module, node: ast.Import | ast.ImportFrom) -> dict[str, Target]:
    """The names that an import binds in a module, and what they stand for."""
    if isinstance(node, ast.Import):
        return {
            alias.asname or alias.name.split(".")[0]: Target(
                alias.name if alias.asname else alias.name.split(".")[0]
            )
            for alias in node.names
        }
    origin = node.module or ""
    if node.level:
        above = module.name.split(".")
        above = above[: len(above) - node.level + module.is_package]
        origin = ".".join([*above, *([origin] if origin else [])])
    return {alias.asname or alias.name: Target(origin, alias.name) for alias in node.names}


def modules_named(module: Module, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Modules that an import may load: ``from a import b`` loads a, and b where it is a module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    for target in targets_of(module, node).values():
        yield target.module
        yield f"{target.module}.{target.attribute}"


def _take(module: Module, statement: ast.stmt, whole: ast.stmt | None = None) -> None:
    """Sort one statement of a module in; ``whole`` is the ``if`` or ``try`` that it stands in."""
    if is_bare_string(statement):
        return
    if isinstance(statement, ast.Import | ast.ImportFrom):
        module.imports.update(targets_of(module, statement))
        for name in targets_of(module, statement):
            module.loads.setdefault(name, set()).update(modules_named(module, statement))
    elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        module.definitions.setdefault(statement.name, []).append(whole or statement)
        if not {called(one) for one in statement.decorator_list} <= HARMLESS:
            module.effects.append(statement)
    elif names := _names_assigned(statement):
        for name in names:
            module.definitions.setdefault(name, []).append(whole or statement)
    elif is_for_type_checkers(statement):
        for inside in getattr(statement, "orelse", []):
            _take(module, inside, whole)
    elif not _is_entry(statement):
        if whole is None:
            module.effects.append(statement)
        for inside in ast.iter_child_nodes(statement):
            inner = inside.body if isinstance(inside, ast.ExceptHandler) else [inside]
            for one in inner:
                if isinstance(one, ast.stmt):
                    _take(module, one, whole or statement)


def _names_assigned(statement: ast.stmt) -> list[str]:
    """Names that a statement gives a value to; none where it also changes something else."""
    if isinstance(statement, ast.Assign):
        targets = [
            one
            for target in statement.targets
            for one in (target.elts if isinstance(target, ast.Tuple) else [target])
        ]
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    else:
        return []
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return names if len(names) == len(targets) else []


def _is_entry(statement: ast.stmt) -> bool:
    """Whether a statement is ``if __name__ == "__main__":``."""
    test = statement.test if isinstance(statement, ast.If) else None
    return isinstance(test, ast.Compare) and getattr(test.left, "id", "") == "__name__"
