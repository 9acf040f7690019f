"""The worked examples in the docstrings of the pure modules hold."""

import doctest
import importlib
import pkgutil

import pytest

PACKAGES = ("customers.domain", "receivables.domain", "credit_control.domain", "collection.domain")
COMMON = (
    "money",
    "dates",
    "workdays",
    "states",
    "identifiers",
    "deadlines",
    "parsing",
    "file_kinds",
)


def list_modules() -> list[str]:
    names = [f"common.{name}" for name in COMMON]
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        names += [f"{package}.{module.name}" for module in pkgutil.iter_modules(path)]
    return names


@pytest.mark.parametrize("name", list_modules())
def test_worked_examples_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
