"""The methods: one in each file, all files in the same order, so that two can be compared as text."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from playground.config.compatibility import member_names, union_members
from playground.config.methods import AnyMethod
from playground.methods.method import Method, SelfSupervised, StepOutput, Supervised
from playground.models import Encoder


def find_method_class(name: str, settings: type) -> Callable[[Any, Encoder], Method]:
    """The class of the method `name`: `SimCLR` in `playground.methods.simclr` for the settings `SimCLRConfig`.

    Raises ImportError with a sentence that names the part which is missing.
    """
    wanted, file = settings.__name__.removesuffix("Config"), f"{__name__}.{name}"
    try:
        found = getattr(import_module(file), wanted, None)
    except ModuleNotFoundError as error:
        if error.name != file:
            raise
        raise ImportError(f"The method {name} has settings, but no file {file}.") from error
    if not (isinstance(found, type) and issubclass(found, Method)):
        raise ImportError(f"The method {name} has settings and a file, but {file} has no class {wanted}(Method).")
    return found


# The name of its settings -> its class, called with (settings, encoder); in the order of the form.
METHODS = {
    name: find_method_class(name, member) for member in union_members(AnyMethod) for name in member_names(member)
}

__all__ = ["METHODS", "Method", "SelfSupervised", "StepOutput", "Supervised"]
