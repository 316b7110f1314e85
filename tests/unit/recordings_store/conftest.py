"""Each test's own store of files, with nothing in it yet."""

import pytest


@pytest.fixture(autouse=True)
def _own_store(file_store):
    return file_store
