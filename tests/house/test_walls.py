"""The walls of docs/architecture.md, read from the source as text: nothing is imported."""

import ast
from pathlib import Path

import pytest
import yaml

from tests.support.shared import ROOT

PACKAGES = ("ailib", "mock_providers", "conformance")


def modules(*folders):
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def relative(path):
    return path.relative_to(ROOT).as_posix()


def imported(path):
    """Dotted names a module imports, relative imports resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join([*base, *([node.module] if node.module else [])])


def breaches(folder, forbidden, *, allowed_in=()):
    return [
        f"{relative(path)} imports {name}"
        for path in modules(folder)
        if not relative(path).startswith(tuple(allowed_in))
        for name in imported(path)
        if name.split(".")[0] in forbidden
    ]


def test_ailib_imports_neither_of_the_others():
    assert breaches("ailib", {"mock_providers", "conformance"}) == []


def test_mock_providers_imports_neither_of_the_others():
    assert breaches("mock_providers", {"ailib", "conformance"}) == []


def test_conformance_imports_ailib_in_its_adapters_only():
    assert breaches("conformance", {"ailib"}, allowed_in=["conformance/adapters/"]) == []


def test_conformance_imports_the_mocks_in_its_worker_only_and_their_cassette_format_anywhere():
    found = [
        f"{relative(path)} imports {name}"
        for path in modules("conformance")
        if not relative(path).startswith("conformance/worker/")
        for name in imported(path)
        if name.split(".")[0] == "mock_providers" and name.split(".")[1:2] != ["cassettes"]
    ]
    assert found == []


def test_the_judge_imports_only_its_model():
    own = [p for p in PACKAGES if p != "conformance"]
    found = [
        f"{relative(path)} imports {name}"
        for path in modules("conformance/judge")
        for name in imported(path)
        if name.split(".")[0] in own
        or (
            name.startswith("conformance")
            and not name.startswith(("conformance.judge", "conformance.model"))
        )
    ]
    assert found == []


def provider_names():
    """Ids and aliases of every bundled manifest."""
    names = set()
    for path in (ROOT / "ailib/manifests/providers").glob("*.yaml"):
        manifest = yaml.safe_load(path.read_text("utf-8"))
        names |= {manifest["id"], *manifest.get("aliases", [])}
    return names


def strings(path):
    """String constants of a module that are no docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documentation
        ):
            yield node.value, node.lineno


def test_no_providers_name_is_a_string_in_the_client():
    names = provider_names()
    found = [
        f"{relative(path)}:{line} {value!r}"
        for path in modules("ailib")
        for value, line in strings(path)
        if value.lower() in names
    ]
    assert found == []


def test_the_mocks_read_no_manifest_of_the_client():
    found = [
        relative(path)
        for path in (ROOT / "mock_providers").rglob("*")
        if path.suffix in {".py", ".yaml"} and "ailib/manifests" in path.read_text("utf-8")
    ]
    assert found == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_typed_and_states_its_public_names(package):
    assert (ROOT / package / "py.typed").exists()
    tree = ast.parse((ROOT / package / "__init__.py").read_text("utf-8"))
    stated = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and getattr(node.targets[0] if isinstance(node, ast.Assign) else node.target, "id", "")
        == "__all__"
    ]
    assert stated, f"{package}/__init__.py has no __all__"
    assert len(set(stated[0])) == len(stated[0])


def test_no_module_passes_four_hundred_lines():
    long = {
        relative(path): lines
        for path in modules(*PACKAGES)
        if (lines := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert long == {}


def test_no_folder_of_code_is_called_utils():
    assert [p for p in modules(*PACKAGES) if Path(p).stem in {"utils", "helpers", "misc"}] == []
