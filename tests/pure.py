"""Leaves the tests that need no database, as `make mutants` runs them: `pytest -p tests.pure --noconftest`.

A test that asks for the database, or for somebody of the cast, is left out; rules alone are judged, thousands of times.
"""

import hypothesis
import pytest

hypothesis.settings.register_profile(
    "pure", deadline=None, max_examples=25, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck)
)
hypothesis.settings.load_profile("pure")

DATABASE = {"db", "transactional_db", "django_db_setup", "client", "admin_client"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if not _is_pure(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if _is_pure(item)]


def _is_pure(item: pytest.Item) -> bool:
    asked = set(getattr(item, "fixturenames", ()))
    known = {*item._fixtureinfo.name2fixturedefs, "request"}  # type: ignore[attr-defined]
    return asked <= known - DATABASE and item.get_closest_marker("django_db") is None
