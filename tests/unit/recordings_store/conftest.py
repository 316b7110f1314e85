"""Each test's own store of files, with nothing in it yet."""

import pytest

from recordings.store import store
from tests import stores


@pytest.fixture(autouse=True)
def _own_store(file_store):
    return file_store


@pytest.fixture(scope="module")
def strict_endpoint():
    with stores.s3_server("tests.strict_s3.server") as (endpoint, _):
        yield endpoint


@pytest.fixture
def strict(settings, strict_endpoint, s3_credentials, _own_store):
    """A bucket of its own on the strict server, whose locks are ours to set; nothing goes wrong until ordered."""
    settings.STORAGE_URL = stores.s3_address(strict_endpoint) + "&lock=compliance"
    store.cache_clear()
    stores.order(strict_endpoint)
    yield stores.make_locking_bucket()
    stores.order(strict_endpoint)
    store.cache_clear()
