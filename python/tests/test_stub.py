"""_core.pyi says what the module has: every name, and the names of the arguments."""
import ast
import re
import types
import unittest
from pathlib import Path

from lienet import _core

STUB = Path(__file__).resolve().parents[1] / "lienet" / "_core.pyi"
ONLY_TYPES = {"SupportsDLPack", "TensorLike"}  # of the stub, for what others have


def names_of_the_stub():
    """By dotted name the arguments of a function, None of anything else."""
    names = {}

    def visit(body, prefix):
        for node in body:
            if isinstance(node, ast.FunctionDef):
                arguments = node.args.args + node.args.kwonlyargs
                is_property = any(d.id == "property" for d in node.decorator_list)
                names[prefix + node.name] = None if is_property else [a.arg for a in arguments]
            elif isinstance(node, ast.AnnAssign):
                names[prefix + node.target.id] = None
            elif isinstance(node, ast.ClassDef) and node.name not in ONLY_TYPES:
                names[prefix + node.name] = None
                visit(node.body, prefix + node.name + ".")

    visit(ast.parse(STUB.read_text()).body, "")
    return names


def names_of_the_module():
    names = {}
    usual = {*dir(object), *dir(types.ModuleType("any")), "__file__", "__module__"} - {"__init__"}

    def visit(owner, prefix):
        for name, member in vars(owner).items():
            if name in usual or name.startswith("_pybind11"):
                continue
            is_function = callable(member) and not isinstance(member, type)
            signature = (member.__doc__ or "").splitlines()[0] if is_function else ""
            if is_function and not signature.startswith(name + "("):
                continue  # the constructor of what Python cannot construct
            names[prefix + name] = re.findall(r"(\w+): ", signature) if is_function else None
            if isinstance(member, type) and not issubclass(member, Exception):
                visit(member, prefix + name + ".")

    visit(_core, "")
    return names


class StubTest(unittest.TestCase):
    maxDiff = None

    def test_it_has_the_modules_names_and_arguments(self):
        self.assertEqual(names_of_the_stub(), names_of_the_module())


if __name__ == "__main__":
    unittest.main()
