from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "stancekit"
CORE = {"errors", "schema"}
ALLOWED = {
    "errors": set(),
    "schema": {"errors", "pages", "tables"},  # when Article._repr_html_ or Article.to_frame is called
    "tables": CORE | {"codes", "text"},
    "aggregate": CORE | {"data", "tables"},
    "plots": CORE | {"aggregate", "data"},
    "annotation": CORE | {"data", "corpus", "text"},
    "label_studio": CORE | {"annotation", "data"},
    "doccano": CORE | {"annotation", "data"},
    "brat": CORE | {"annotation", "data"},
    "suggestions": CORE | {"text"},
    "convert": CORE | {"annotation", "brat", "corpus", "data", "doccano", "label_studio", "suggestions"},
    "parallel": CORE | {"engine", "lanes", "pipeline"},
    "cluster": CORE | {"inputs", "pipeline", "tables"},
    "content": CORE,
    "inputs": CORE | {"content", "data", "tables"},
    "text": set(),
    "data": CORE,
    "corpus": CORE | {"data"},
    "code_tables": set(),
    "codes": CORE | {"text", "code_tables"},
    "name_tables": {"text"},
    "layout": {"name_tables", "text"},
    "people": {"codes", "layout", "name_tables", "text"},
    "mentions": {"codes", "layout", "name_tables", "people", "text"},
    "clauses": {"codes", "mentions", "name_tables", "people"},
    "descriptions": {"clauses", "codes", "mentions", "name_tables", "people", "schema", "text"},
    "pronouns": {"clauses", "codes", "descriptions", "layout", "mentions", "name_tables", "people", "schema", "text"},
    "speakers": {"clauses", "codes", "layout", "mentions", "name_tables", "people", "pronouns", "schema", "text"},
    "names": {"clauses", "codes", "layout", "mentions", "name_tables", "schema", "speakers", "text"},
    "metrics": CORE,
    "pages": CORE | {"aggregate", "codes", "evaluation", "tables"},  # evaluation only for the type of its error cases
    "characters": set(),
    "encoding": CORE | {"characters", "countries", "text"},
    "decoding": {"encoding"},
    "config": {"decoding", "encoding", "errors", "schema"},
    "countries": set(),
    "augment": {"countries", "schema"},
    "examples": {"encoding", "schema", "text"},
    "collate": {"encoding", "examples"},
    "engine": {"encoding", "errors"},
    "questions": CORE | {"decoding", "encoding", "text"},
    "lanes": set(),
    "model": {"config", "encoding", "errors"},
    "int8": {"encoding", "model"},
    "torch_engine": {"encoding", "errors", "model"},
    "checkpoint": CORE | {"config", "encoding", "int8", "model", "pipeline", "torch_engine"},  # pipeline for a model in training
    "pipeline": CORE | {"checkpoint", "config", "decoding", "encoding", "engine", "lanes", "layout", "names", "questions", "torch_engine"},
    "evaluation": CORE | {"checkpoint", "corpus", "data", "metrics", "pipeline", "text"},
    "baselines": CORE | {"config", "data", "evaluation", "pipeline", "text"},
    "checks": CORE | {"checkpoint", "config", "corpus", "data", "encoding", "text"},
    "calibration": {"checkpoint", "decoding", "encoding", "lanes", "metrics", "pipeline", "schema"},
    "early_exit": CORE | {"calibration", "checkpoint", "config", "encoding", "export", "model", "pipeline", "torch_engine"},
    "export": CORE | {"calibration", "checkpoint", "config", "encoding", "engine", "int8", "model", "pipeline", "torch_engine"},
    "training_data": CORE | {"augment", "collate", "config", "corpus", "data", "encoding", "examples"},
    "training_model": {"config", "errors", "examples", "model"},
    "training_notes": {"checkpoint", "config", "corpus", "data", "errors"},
    "training": {
        *("calibration", "checkpoint", "config", "data", "decoding", "errors", "examples", "metrics", "model"),
        *("training_data", "training_model", "training_notes"),
    },
    "search": {"config", "errors", "training", "training_notes"},
    "cli_options": set(),
    "cli_output": CORE | {"cli_options", "data", "inputs", "tables", "text"},
    "cli_input": CORE | {"aggregate", "cli_output", "data", "inputs"},
    "cli": CORE | {
        *("cli_input", "cli_options", "cli_output", "data", "inputs", "text", "checkpoint", "pipeline", "parallel", "config"),
        *("evaluation", "baselines", "checks", "aggregate", "plots", "pages", "convert", "training", "export"),
    },
    "__main__": {"cli"},
    "__init__": CORE | {"pipeline", "tables"},
}
MODULES = sorted(p.stem for p in PACKAGE.glob("*.py"))
HEAVY = ("torch", "transformers", "datasets", "sklearn", "pandas", "matplotlib", "ray")


def imports(module: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stancekit."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "stancekit":
            found |= {a.name for a in node.names if (PACKAGE / f"{a.name}.py").is_file()}
    return found


def test_every_module_has_its_layer() -> None:
    assert sorted(ALLOWED) == MODULES


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_modules_import_only_the_layers_below(name: str) -> None:
    assert imports(PACKAGE / f"{name}.py") <= ALLOWED[name]


@pytest.mark.parametrize("name", MODULES)
def test_only_torch_modules_name_torch(name: str) -> None:
    tree = ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
    top = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    top |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    if name not in ("model", "training", "training_data", "training_model", "torch_engine", "export", "checkpoint", "calibration", "early_exit", "int8", "baselines"):
        assert not top & {"torch", "transformers", "datasets"}
    if name != "engine":
        assert "onnxruntime" not in top


@pytest.mark.parametrize(
    "code",
    [
        "import stancekit",
        "import stancekit.metrics",
        "import stancekit; assert stancekit.load().predict('The ministry condemned the attack.').statements",
        "import stancekit; stancekit.load().classify('The ministry condemned the attack.', 'the attack')",
        "import stancekit.evaluation, stancekit.checks, stancekit.cli",
    ],
)
def test_reading_leaves_heavy_packages_unloaded(code: str) -> None:
    check = f"{code}\nimport sys\nheavy = [m for m in {HEAVY!r} if m in sys.modules]\nassert not heavy, heavy"
    subprocess.run([sys.executable, "-c", check], check=True)
