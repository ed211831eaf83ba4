"""`make test-mutation`: would the rules' tests notice if a rule were another one?

Works on a copy in a temporary folder, offline. mutmut changes every function of the modules below, one thing at a time,
and runs the pure tests. mutmut leaves tables and numbers alone, and those are half of the policy: so each element of a
module's sets, tuples and dictionaries is taken out here, and each number moved by one, and the tests run again.

A mutant that no test notices survives. Where only the words of a message differ that is fine. Every other survivor must
stand in docs/mutation.md with the reason why it changes nothing; one that does not makes this command fail.

    python tools/mutation.py              everything, an hour on one core
    python tools/mutation.py gate holds   these modules only
"""

from __future__ import annotations

import ast
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis.strategies  # noqa: F401 - loaded here once, for every forked run of the tests
import pytest

Undo = Callable[[], object]
ROOT = Path(__file__).parent.parent
RULES = Path("workflow/rules")
# Who may publish what and when. The others of the folder count, group or describe.
JUDGED = (
    "approvals", "assessments", "codes", "content", "cover", "drafts", "duty", "escalation", "facts", "gate", "holds",
    "limits", "media", "repeats", "rescoring", "roles", "tiers", "verdict_keys", "versions", "wall_clock", "windows",
)  # fmt: skip
NEEDED = ("workflow", "scoring", "data", "checklists", "templates_library")
TESTS = Path("tests/workflow_rules")
LISTED = ROOT / "docs" / "mutation.md"
# The same examples for every mutant, fewer of them, and no deadline: what differs is the mutant alone.
PROFILE = """from hypothesis import settings

settings.register_profile("mutation", derandomize=True, database=None, deadline=None, max_examples=40)
settings.load_profile("mutation")
"""
PYTEST = "[pytest]\npythonpath = .\naddopts = -q --import-mode=importlib\ntimeout = 60\n"


def main(wanted: list[str]) -> int:
    """Mutate, run, tell; 1 where an unlisted mutant survives."""
    modules = [name for name in JUDGED if not wanted or name in wanted]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        copy_tree(tree)
        survivors = [*functions(tree, modules), *tables(tree, modules)]
    known = set(re.findall(r"`([^`]+)`", LISTED.read_text(encoding="utf-8"))) if LISTED.exists() else set()
    unlisted = [one for one in survivors if one[1] not in known]
    for where, line in unlisted:
        print(f"SURVIVES {where}: {line}")
    print(f"{len(survivors)} survivors besides words of messages, {len(unlisted)} of them not in docs/mutation.md.")
    return 1 if unlisted else 0


def copy_tree(tree: Path) -> None:
    """What the pure tests need, without the weights of the judge."""
    for name in NEEDED:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.onnx"))
    shutil.copytree(ROOT / TESTS, tree / TESTS, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "pytest.ini").write_text(PYTEST)
    (tree / "tests" / "conftest.py").write_text(PROFILE)


# --- functions, by mutmut --------------------------------------------------------------------------------------


def functions(tree: Path, modules: list[str]) -> Iterator[tuple[str, str]]:
    """Survivors of mutmut, but for those in which only the words of a message differ: where, and the changed line."""
    lines = {
        "source_paths": ["workflow"],
        "only_mutate": [f"{RULES}/{name}.py" for name in modules],
        "also_copy": [*NEEDED[1:], "pytest.ini"],
        "pytest_add_cli_args_test_selection": [str(TESTS)],
        "pytest_add_cli_args": ["-p", "no:randomly", "-p", "no:cacheprovider"],
    }
    config = "".join(f"{key}=\n" + "".join(f"    {value}\n" for value in values) for key, values in lines.items())
    (tree / "setup.cfg").write_text(f"[mutmut]\n{config}")
    done = subprocess.run([sys.executable, "-m", "mutmut", "run", "--max-children", "1"], cwd=tree, check=False)
    if done.returncode:
        sys.exit("mutmut did not run to its end; its last lines say why.")
    made = killed = 0
    for name in modules:
        meta = tree / "mutants" / RULES / f"{name}.py.meta"
        results = json.loads(meta.read_text())["exit_code_by_key"] if meta.exists() else {}
        made, killed = made + len(results), killed + sum(bool(code) and code != 33 for code in results.values())
        yield from surviving(tree / "mutants" / RULES / f"{name}.py", name, results)
    print(f"\nFunctions: {made} mutants of {len(modules)} modules, {killed} noticed.")


def surviving(path: Path, module: str, results: dict[str, int | None]) -> Iterator[tuple[str, str]]:
    """The survivors (mutmut's exit code 0, or 33: no test comes by at all) of one module."""
    alive = [key.rpartition(".")[2] for key, code in results.items() if code in (0, 33, None)]
    if not alive:
        return
    source = path.read_text(encoding="utf-8")
    found = {node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    for key in alive:
        name = key.rpartition("__mutmut_")[0]
        before, after = found[f"{name}__mutmut_orig"], found[key]
        if not only_words(before.body, after.body):
            yield f"{module}.{name.removeprefix('x_')}", changed_line(before, after)


def changed_line(before: ast.FunctionDef, after: ast.FunctionDef) -> str:
    """What the mutant says instead, on one line."""
    one, other = (ast.unparse(ast.Module(node.body, [])).splitlines() for node in (before, after))
    added = [line[2:].strip() for line in difflib.ndiff(one, other) if line.startswith("+ ")]
    return " ".join(added).replace("`", "'") or "a line less"


def only_words(before: object, after: object) -> bool:
    """Whether two trees differ in nothing but sentences: text with a space in it, a formatted one, or none at all."""
    if is_words(before) and (is_words(after) or (isinstance(after, ast.Constant) and after.value is None)):
        return True
    if type(before) is not type(after):
        return False
    if isinstance(before, ast.AST) and isinstance(after, ast.AST):
        return all(only_words(getattr(before, name, None), getattr(after, name, None)) for name in before._fields)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(only_words, before, after))
    return before == after


def is_words(node: object) -> bool:
    """A sentence of a message, or a piece of one."""
    if isinstance(node, ast.JoinedStr):
        return True
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value


# --- tables and numbers ----------------------------------------------------------------------------------------


def tables(tree: Path, modules: list[str]) -> Iterator[tuple[str, str]]:
    """Survivors among the tables: an element taken out, or a number moved by one, and no test noticed."""
    made = killed = 0
    for name in modules:
        path = tree / RULES / f"{name}.py"
        source = path.read_text(encoding="utf-8")
        tests = tests_of(tree, name)
        for what, mutant in table_mutants(source):
            made += 1
            path.write_text(mutant, encoding="utf-8")
            if noticed(tree, tests):
                killed += 1
            else:
                yield f"{name} (table)", what
        path.write_text(source, encoding="utf-8")
    print(f"Tables and numbers: {made} mutants, {killed} noticed.")


def tests_of(tree: Path, module: str) -> list[str]:
    """The test files that speak about a module, its own first: most mutants die there, and the others need not run."""
    found = [test for test in sorted((tree / TESTS).glob("test_*.py")) if uses(test, module)]
    found.sort(key=lambda test: not test.stem.startswith(f"test_rules_{module}"))
    return [str(test.relative_to(tree)) for test in found]


def uses(test: Path, module: str) -> bool:
    """Whether a test file reads the module, by itself or through another rule that stands on it."""
    said = test.read_text(encoding="utf-8")
    return f"rules.{module} " in said or any(f"rules.{other} " in said for other in STANDS_ON.get(module, ()))


# Which other modules' tests speak about this one's tables.
STANDS_ON = {"codes": ("gate",), "facts": ("gate",), "roles": ("approvals", "tiers"), "drafts": ("gate", "approvals")}


def table_mutants(source: str) -> Iterator[tuple[str, str]]:
    """Each way of taking one element out of a module's tables, or moving one of its numbers: what, and the source."""
    tree = ast.parse(source)
    for statement in tree.body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            if isinstance(statement.value, ast.Subscript):
                continue  # a type's other name: nothing runs it
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            for what, undo in cuts(statement.value):
                yield f"{ast.unparse(target)} without {what}"[:160], ast.unparse(tree)
                undo()


def cuts(value: ast.expr) -> Iterator[tuple[str, Undo]]:
    """Change the tree in place, once for each element; the caller undoes it before the next."""
    for node in list(ast.walk(value)):
        if isinstance(node, (ast.Set, ast.Tuple, ast.List)):
            for at, element in enumerate(list(node.elts)):
                node.elts.pop(at)
                if node.elts or not isinstance(node, ast.Set):
                    yield ast.unparse(element), lambda node=node, at=at, element=element: node.elts.insert(at, element)
                else:
                    node.elts.append(element)
        elif isinstance(node, ast.Dict):
            yield from dictionary_cuts(node)
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
            kept = node.value
            node.value = kept + 1
            yield f"{kept}, with {kept + 1} for it", lambda node=node, kept=kept: setattr(node, "value", kept)


def dictionary_cuts(node: ast.Dict) -> Iterator[tuple[str, Undo]]:
    """The same for a dictionary: a key with its value."""
    for at, (key, value) in enumerate(zip(list(node.keys), list(node.values), strict=True)):
        node.keys.pop(at)
        node.values.pop(at)

        def undo(at: int = at, key: ast.expr | None = key, value: ast.expr = value) -> None:
            node.keys.insert(at, key)
            node.values.insert(at, value)

        yield ast.unparse(key) if key is not None else "**", undo


def noticed(tree: Path, tests: list[str]) -> bool:
    """Whether a test fails, or nothing can be imported any more. Forked, so that pytest itself is loaded only once."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return bool(tests) and os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
    code = 1
    try:
        os.chdir(tree)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        # A mutant that was compiled and kept would be taken for the next one, written within the same second.
        sys.dont_write_bytecode = True
        code = int(pytest.main(["-x", "-p", "no:randomly", "-p", "no:cacheprovider", *tests]))
    finally:
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
