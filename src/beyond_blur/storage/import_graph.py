"""Which definitions of a package a definition reaches, followed through imports.

A definition is a function, a class or a constant of a module. It reaches every one whose name it
uses, directly, as an attribute of a module, or through an ``__init__`` that passes the name on, and
what those reach in turn. Standard library only, and nothing is imported: `ast` reads the files.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from beyond_blur.storage.module_syntax import (
    Module,
    Target,
    modules_named,
    read_module,
    targets_of,
)
from beyond_blur.storage.syntax import Chain, Uses, text_of, uses_of

DATA_SUFFIXES = (".cu", ".cuh")
"""Endings of sources that are not Python. They belong to the modules of their folder, or of the
nearest folder above that holds modules."""


@dataclass(frozen=True)
class Definition:
    """A definition of a module; ``name`` is empty for what the module does when it is imported."""

    module: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


class Package:
    """The import graph of a package.

    Parameters
    ----------
    folder : Path
        Of the package; its name is the package's.
    left_out : tuple of str
        Rooms and modules whose definitions are not followed: ``config``, ``storage.code``; the
        empty one is the package's own ``__init__``.
    declarations : tuple of str
        Rooms of whose modules only definitions count, not what they do when they are imported.
    """

    def __init__(
        self, folder: Path, left_out: tuple[str, ...] = (), declarations: tuple[str, ...] = ()
    ) -> None:
        self.folder, self.name = folder, folder.name
        self.left_out, self.declarations = left_out, declarations
        self._modules: dict[str, Module | None] = {}
        self._uses: dict[int, Uses] = {}
        self._left_out: dict[str, bool] = {}

    @functools.cached_property
    def sources(self) -> dict[Path, bytes]:
        """Every source as it stands when the first one is asked for.

        All are read at once: what is found in them then belongs to `fingerprint`, whatever is
        edited meanwhile.
        """
        suffixes = (".py", *DATA_SUFFIXES)
        files = (path for path in self.folder.rglob("*") if path.suffix in suffixes)
        return {path: path.read_bytes() for path in sorted(files) if path.is_file()}

    @functools.cached_property
    def fingerprint(self) -> str:
        """sha256 over every byte of the sources, their paths, and the Python that parses them."""
        digest = hashlib.sha256(sys.version.encode())
        for path, text in self.sources.items():
            digest.update(f"{path.relative_to(self.folder)} {len(text)}\n".encode() + text)
        return digest.hexdigest()

    def module(self, name: str) -> Module | None:
        """A module of the package; None where the package has none of this name."""
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    @functools.cached_property
    def module_names(self) -> list[str]:
        """Every module of the package, in alphabetical order."""
        files = (path for path in self.sources if path.suffix == ".py")
        parts = (path.relative_to(self.folder.parent).with_suffix("").parts for path in files)
        return sorted(".".join(p[:-1] if p[-1] == "__init__" else p) for p in parts)

    def reached(self, root: str) -> frozenset[Definition]:
        """Every definition that ``root`` reaches, itself included.

        Parameters
        ----------
        root : str
            "package.module:name", or "package.module" for all that a module defines.

        Raises
        ------
        ValueError
            If there is no such definition.
        """
        return _reached(self, root)

    def module_names_of(self, room: str) -> list[str]:
        """Modules of one folder of the package, without the ``__init__``, in alphabetical order."""
        start = f"{self.name}.{room}."
        names = (name for name in self.module_names if name.startswith(start))
        return [name for name in names if "." not in name.removeprefix(start)]

    def digest(self, definition: Definition) -> str:
        """sha256 over the syntax tree of a definition, and the other sources of its folder."""
        return _digest(self, definition)

    def around(self, name: str) -> list[Module]:
        """The packages that a module is in, and the module."""
        parts = name.split(".")
        names = (".".join(parts[: i + 1]) for i in range(len(parts)))
        return [module for module in map(self.module, names) if module is not None]

    def leaves_out(self, name: str) -> bool:
        """Whether a module, or a folder that it is in, is not followed."""
        if name not in self._left_out:
            inside = f"{name.partition('.')[2]}."
            self._left_out[name] = any(inside.startswith(f"{one}.") for one in self.left_out)
        return self._left_out[name]

    def uses(self, statement: ast.stmt) -> Uses:
        """`uses_of` a statement, looked up once."""
        if id(statement) not in self._uses:
            self._uses[id(statement)] = uses_of(statement)
        return self._uses[id(statement)]

    def statements(self, definition: Definition) -> list[ast.stmt]:
        """The statements of a definition."""
        module = self.module(definition.module)
        assert module is not None
        return module.definitions[definition.name] if definition.name else module.effects

    def resolve(self, target: Target, chain: Chain = ()) -> Iterator[Definition]:
        """The definitions that an imported name stands for, ``chain`` the attributes taken of it.

        A module that is handed on whole stands for all its definitions.
        """
        closed = self.leaves_out(target.module) and target.module != self.name
        module = None if closed else self.module(target.module)
        if module is None:
            return
        names = chain if target.attribute is None else (target.attribute, *chain)
        if names and self.leaves_out(module.name):  # the package itself: only its modules
            inside = f"{module.name}.{names[0]}"
            yield from self.resolve(Target(inside), names[1:])
        elif names:
            yield from self.resolve_in(module, names)
        else:
            yield from self.all_of(module)

    def all_of(self, module: Module) -> Iterator[Definition]:
        """Every definition of a module, and what it does when it is imported."""
        yield Definition(module.name)
        yield from (Definition(module.name, name) for name in module.definitions)

    def resolve_in(self, module: Module, names: Chain) -> Iterator[Definition]:
        """The definitions that a name of a module, with its attributes, stands for."""
        first, rest = names[0], names[1:]
        target = module.imports.get(first)
        if first in module.definitions:
            yield Definition(module.name, first)
        elif target is not None and target != Target(module.name, first):
            yield from self.resolve(target, rest)
        elif module.is_package and self.module(f"{module.name}.{first}") is not None:
            yield from self.resolve(Target(f"{module.name}.{first}"), rest)
        elif "__getattr__" in module.definitions:
            yield Definition(module.name, "__getattr__")

    def neighbours(self, definition: Definition) -> Iterator[Definition]:
        """What a definition refers to in rooms that are followed."""
        module = self.module(definition.module)
        assert module is not None
        for statement in self.statements(definition):
            uses = self.uses(statement)
            inside = {n: t for node in uses.imports for n, t in targets_of(module, node).items()}
            used = {chain[0] for chain in uses.chains}
            for chain in uses.chains:
                if chain[0] in inside:
                    yield from self.resolve(inside[chain[0]], chain[1:])
                else:
                    yield from self.resolve_in(module, chain)
            for node in uses.imports:
                if not used & set(targets_of(module, node)):  # imported for what importing does
                    yield from map(Definition, self._known(modules_named(module, node)))
        yield Definition(module.name)
        if definition.name:
            return
        yield from map(Definition, self._known([module.name.rpartition(".")[0]]))
        for statement in module.effects:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield Definition(module.name, statement.name)  # its decorator may register it
        if not module.is_package:
            used = {chain[0] for one in module.statements for chain in self.uses(one).chains}
            for name in module.loads.keys() - used:
                yield from map(Definition, self._known(module.loads[name]))

    def follows(self, definition: Definition) -> bool:
        """Whether a definition counts where another one refers to it."""
        return bool(definition.name) or _room(definition.module) not in self.declarations

    def _known(self, names: Iterable[str]) -> Iterator[str]:
        return (n for n in names if not self.leaves_out(n) and self.module(n) is not None)

    def _read(self, name: str) -> Module | None:
        first, *rest = name.split(".")
        if first != self.name:
            return None
        place = self.folder.joinpath(*rest)
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path in self.sources:
                return read_module(name, path, self.sources[path])
        return None


def _room(module: str) -> str:
    """The folder of the package that a module is in; of the package itself nothing."""
    return ".".join(module.split(".")[1:2])


@functools.cache
def _reached(package: Package, root: str) -> frozenset[Definition]:
    place, _, name = root.partition(":")
    module = package.module(place)
    starts = []
    if module is not None:
        chain = (name,) if name else ()
        starts = list(package.resolve_in(module, chain) if chain else package.all_of(module))
    if not starts:
        raise ValueError(
            f"{root} is no definition of {package.name}: write package.module:name, the name of a "
            "function, a class or a constant"
        )
    found, left = set(starts), list(starts)
    while left:
        for one in _neighbours(package, left.pop()):
            if one not in found:
                found.add(one)
                left.append(one)
    return frozenset(found)


@functools.cache
def _neighbours(package: Package, definition: Definition) -> frozenset[Definition]:
    return frozenset(filter(package.follows, package.neighbours(definition)))


@functools.cache
def _digest(package: Package, definition: Definition) -> str:
    digest = hashlib.sha256()
    for statement in package.statements(definition):
        digest.update(text_of(statement).encode())
    module = package.module(definition.module)
    if module is not None and not definition.name:
        for path in _data_of(package).get(module.path.parent, []):
            digest.update(f"{path.name} {_without_comments(package.sources[path])}".encode())
    return digest.hexdigest()


@functools.cache
def _data_of(package: Package) -> dict[Path, list[Path]]:
    """Sources that are not Python, by the folder of the modules that they belong to."""
    owned: dict[Path, list[Path]] = {}
    for path in package.sources:
        if path.suffix in DATA_SUFFIXES:
            folder = path.parent
            while {one.name for one in folder.glob("*.py")} <= {"__init__.py"}:
                folder = folder.parent
            owned.setdefault(folder, []).append(path)
    return owned


def _without_comments(source: bytes) -> str:
    """A source in C or CUDA without its comments and its layout."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", " ", source.decode(), flags=re.DOTALL)
    return "\n".join(line for line in (" ".join(row.split()) for row in text.split("\n")) if line)
