"""Every error of every room has its answer, and its text says how to go on."""

import inspect
from importlib import import_module

import pytest

from compliance_site.problems import PROBLEMS

ROOMS = ("accounts", "policies", "recordings", "audits")
NEVER_ANSWERED = {"UnknownClient"}  # a command's alone


def _errors() -> list[type[Exception]]:
    """Those of `domain/errors.py` that are raised themselves: not the bases that others are made from."""
    found = []
    for room in ROOMS:
        module = import_module(f"{room}.domain.errors")
        kinds = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Exception)]
        own = [kind for kind in kinds if kind.__module__ == module.__name__ and kind.__name__ not in NEVER_ANSWERED]
        found += [kind for kind in own if not kind.__subclasses__()]
    return found


@pytest.mark.parametrize("kind", _errors(), ids=lambda kind: f"{kind.__module__.split('.')[0]}.{kind.__name__}")
def test_an_error_has_its_row(kind):
    assert kind in PROBLEMS


def test_a_row_is_a_status_a_stable_type_and_a_title():
    for kind, (status, name, title) in PROBLEMS.items():
        assert 400 <= status < 600, kind
        assert name == name.lower().strip("-"), kind
        assert title[0].isupper(), kind
        assert title[-1] != ".", kind
