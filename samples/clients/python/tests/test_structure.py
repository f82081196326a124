"""Modules build on each other, and never in a circle, types included."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import agentsocket

ROOT = Path(agentsocket.__file__).parent


def imports(file: Path) -> set[str]:
    """Modules of this package that a module imports, also where they are needed for types only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {node.module} if node.module else {name.name for name in node.names}
    return found


def test_no_module_imports_one_that_is_built_on_it() -> None:
    graph = {file.stem: imports(file) for file in ROOT.glob("*.py") if file.stem != "__init__"}
    assert graph["calls"] > {"items", "outbox"}
    order = list(TopologicalSorter(graph).static_order())  # CycleError names a circle
    assert order.index("calls") < order.index("session") < order.index("agent")
