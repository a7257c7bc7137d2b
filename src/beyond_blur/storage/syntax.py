"""One definition of a module: its text as a syntax tree, and the names that it uses.

Standard library only, and nothing is imported to be looked at: `ast` reads it.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from dataclasses import dataclass, field

Chain = tuple[str, ...]
"""A name and the attributes taken of it: ``np.fft.rfft`` is ("np", "fft", "rfft")."""

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
OTHER_SCOPES = (*COMPREHENSIONS, ast.Lambda)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
NAMES = (ast.Name, ast.Attribute)
OF_THEIR_OWN_KIND = (
    *OTHER_SCOPES, *DEFINITIONS, ast.Import, ast.ImportFrom, ast.AnnAssign, ast.If, ast.Global,
)  # fmt: skip
"""Nodes in which names are not just those of the nodes below. Tuples, because ``A | B`` makes an
object at every question, and there is one for each node of the package."""


@dataclass
class Uses:
    """What the code of a definition refers to.

    Attributes
    ----------
    chains : set of tuple of str
        Names that are no local variables, each with the attributes taken of it.
    imports : list of ast.Import or ast.ImportFrom
        Imports that stand inside the definition.
    """

    chains: set[Chain] = field(default_factory=set)
    imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)


def text_of(node: ast.AST) -> str:
    """A syntax tree as text, the same for the same code however it is laid out and explained.

    Without comments, positions and every string that stands alone as a statement (docstrings of
    functions, classes and attributes). Of a verb of the command line, the declaration of its
    options (``@verb(...)``) is left out, too: what they decide is in the call that a rule makes.
    """
    words: list[str] = []
    _write(node, words)
    return " ".join(words)


def is_bare_string(node: ast.AST) -> bool:
    """Whether a statement is nothing but a string: a docstring."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def is_for_type_checkers(node: ast.AST) -> bool:
    """Whether a statement is ``if TYPE_CHECKING:``, which never runs."""
    if not isinstance(node, ast.If):
        return False
    test = node.test
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", None)
    return name == "TYPE_CHECKING"


def bound_names(tree: ast.AST) -> set[str]:
    """Every name that a file gives to anything, wherever in it; ``*`` where it imports all of some.

    Parameters
    ----------
    tree : ast.AST
    """
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def called(decorator: ast.expr) -> str:
    """Last name of a decorator: ``lru_cache`` of ``@functools.lru_cache(maxsize=4)``."""
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def declares_verb(node: ast.AST) -> bool:
    """Whether a definition is a verb of the command line."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any(called(decorator) == "verb" for decorator in decorators)


def uses_of(node: ast.AST) -> Uses:
    """The names that a definition uses, annotations of functions and variables left out."""
    found = Uses()
    _look(node, frozenset(), found)
    return found


def _write(node: ast.AST, words: list[str]) -> None:
    words.append(type(node).__name__)
    values = node.__dict__
    for name in _written(node._fields):
        value = values.get(name)
        if value is None or value == []:
            continue
        if name == "decorator_list":
            value = [one for one in value if called(one) != "verb"]
        words.append(name)
        if isinstance(value, list):
            for one in value:
                if not isinstance(one, ast.AST):
                    words.append(repr(one))
                elif not is_bare_string(one):
                    _write(one, words)
            words.append("]")
        elif isinstance(value, ast.AST):
            _write(value, words)
        else:
            words.append(repr(value))
    words.append(")")


@functools.cache
def _written(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Those fields of a kind of node that say what the code does."""
    return tuple(name for name in fields if name not in ("ctx", "type_comment", "kind"))


def _look(node: ast.AST, local: frozenset[str], found: Uses) -> None:
    """Collect what ``node`` uses; ``local`` are the variables of the functions around it."""
    if isinstance(node, NAMES):
        _look_at_chain(node, local, found)
    elif not isinstance(node, OF_THEIR_OWN_KIND):
        _look_at_all(_children(node), local, found)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        found.imports.append(node)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        _look_at_function(node, local, found)
    elif isinstance(node, ast.ClassDef):
        _look_at_class(node, local, found)
    elif isinstance(node, COMPREHENSIONS):
        _look(node.generators[0].iter, local, found)
        targets = _bound([made.target for made in node.generators])
        _look_at_all(_children(node), local | targets, found)
    elif isinstance(node, ast.AnnAssign):
        _look_at_all([node.target, *([node.value] if node.value else [])], local, found)
    elif is_for_type_checkers(node):
        _look_at_all(getattr(node, "orelse", []), local, found)
    elif isinstance(node, ast.Global):
        found.chains |= {(name,) for name in node.names}
    else:
        _look_at_all(_children(node), local, found)


def _look_at_all(nodes: Iterable[ast.AST], local: frozenset[str], found: Uses) -> None:
    for node in nodes:
        _look(node, local, found)


def _look_at_chain(node: ast.Name | ast.Attribute, local: frozenset[str], found: Uses) -> None:
    attributes: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        attributes.append(inner.attr)
        inner = inner.value
    if not isinstance(inner, ast.Name):
        _look(inner, local, found)
    elif inner.id not in local:
        found.chains.add((inner.id, *reversed(attributes)))


def _look_at_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, local: frozenset[str], found: Uses
) -> None:
    arguments = node.args
    outside: list[ast.AST] = [*arguments.defaults, *filter(None, arguments.kw_defaults)]
    body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else [*node.body]
    if not isinstance(node, ast.Lambda):
        outside += [one for one in node.decorator_list if called(one) != "verb"]
    _look_at_all(outside, local, found)
    names = [arguments.vararg, arguments.kwarg, *arguments.posonlyargs, *arguments.args,
             *arguments.kwonlyargs]  # fmt: skip
    bound = {name.arg for name in names if name is not None} | _bound(body)
    _look_at_all(body, local | bound, found)


def _look_at_class(node: ast.ClassDef, local: frozenset[str], found: Uses) -> None:
    """A class, with the annotations of its fields: dataclasses are made of them."""
    _look_at_all([*node.decorator_list, *node.bases, *node.keywords], local, found)
    for statement in node.body:
        _look(statement, local, found)
        if isinstance(statement, ast.AnnAssign):
            _look(statement.annotation, local, found)


def _bound(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that the statements of one scope give a value to, without those declared global."""
    bound: set[str] = set()
    outside: set[str] = set()
    left = list(nodes)
    while left:
        node = left.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                bound.add(node.id)
        elif isinstance(node, DEFINITIONS):
            bound.add(node.name)
        elif isinstance(node, ast.Global):
            outside.update(node.names)
        elif not isinstance(node, OTHER_SCOPES):
            left += _children(node)
    return bound - outside


def _children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node; quicker than `ast.iter_child_nodes`."""
    found: list[ast.AST] = []
    values = node.__dict__
    for name in _written(node._fields):
        value = values.get(name)
        if isinstance(value, ast.AST):
            found.append(value)
        elif type(value) is list:
            found += [one for one in value if isinstance(one, ast.AST)]
    return found
