"""The worked examples in the docstrings hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import scoring.domain

MODULES = [
    module.name for module in pkgutil.walk_packages(scoring.domain.__path__, "scoring.domain.")
]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    """Every example of the module gives what it prints."""
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
