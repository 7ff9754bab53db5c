"""The sources as syntax trees, for the tests that hold the house to its rules."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("console", "widgets", "sync")


@cache
def _everything() -> dict[str, ast.Module]:
    found = {}
    for top in (*PACKAGES, "bench"):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text("utf-8"), str(path))
    if (ROOT / "main.py").exists():
        found["main"] = ast.parse((ROOT / "main.py").read_text("utf-8"), "main.py")
    return found


@cache
def sources(*, bench: bool = False) -> dict[str, ast.Module]:
    """Dotted module name to tree, of everything the product is made of."""
    return {name: tree for name, tree in _everything().items() if bench or name.partition(".")[0] != "bench"}


def path_of(module: str) -> Path:
    """The file of a module."""
    base = ROOT.joinpath(*module.split("."))
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


@cache
def imports(module: str, tree: ast.Module) -> tuple[tuple[str, ast.stmt], ...]:
    """Every dotted name a module imports, wherever in the file: `from a import b` gives both a and a.b."""
    return tuple(_imports(module, tree))


def _imports(module: str, tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    package = module if path_of(module).name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            yield base, node
            for alias in node.names:
                yield f"{base}.{alias.name}", node


def modules_imported(module: str, tree: ast.Module) -> dict[str, list[ast.stmt]]:
    """Modules of the product that a module imports."""
    known = sources(bench=True)
    found: dict[str, list[ast.stmt]] = {}
    for name, node in imports(module, tree):
        if name in known and name != module:
            found.setdefault(name, []).append(node)
    return found


@cache
def calls(tree: ast.AST) -> tuple[tuple[str, ast.Call], ...]:
    """Every call with what is called as it is written."""
    return tuple((ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def docstrings(tree: ast.AST) -> set[int]:
    """Ids of the nodes that are docstrings or strings standing alone, which explain and never run."""
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def words(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every name and every string of a tree that has a part in what it does."""
    said = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node, node.value
        elif isinstance(node, ast.Name):
            yield node, node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield node, node.name
        elif isinstance(node, ast.Attribute):
            yield node, node.attr


def text_files() -> Iterator[tuple[str, str]]:
    """Name and text of every text file under version control, lock files apart."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        return
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if not name or name.endswith(".lock") or not path.is_file():
            continue
        try:
            yield name, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
