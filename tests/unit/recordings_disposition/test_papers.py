"""Signed files and their PDFs, verified by the script that Callward hands out, in a process of its own."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from recordings import keys
from recordings.models import Certificate, DispositionRun
from recordings.services.certificates import documents
from recordings.services.disposition import purge_batch
from recordings.services.disposition.manifests import manifest_document
from recordings.services.disposition.runs import tend_runs
from recordings.services.papers import certificate_paper, manifest_paper
from recordings.services.removals import object_removals
from tests.factories import RecordingFactory

pytestmark = pytest.mark.django_db
SCRIPT = settings.BASE_DIR / "scripts" / "verify_certificate.py"


@pytest.fixture
def told():
    """(a certificate's document, its run's manifest), of five recordings in batches of two."""
    RecordingFactory.create_batch(5, expired=True)
    now = timezone.now()
    while purge_batch(at=now, limit=2):
        pass
    object_removals(at=now)
    tend_runs(now + timedelta(seconds=1))
    [certificate, *_] = documents(Certificate.objects.select_related("batch"))
    return certificate | {"public_key": keys.public_key()}, manifest_document(DispositionRun.objects.get())


def verified(tmp_path, *contents, key=None):
    """Exit status and words of the script about these files. It sees nothing of Callward."""
    files = []
    for number, content in enumerate(contents):
        files.append(tmp_path / f"{number}.file")
        files[-1].write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    words = [sys.executable, "-I", str(SCRIPT), *map(str, files), *(["--key", key] if key else [])]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, env={})
    return done.returncode, done.stdout + done.stderr


def test_the_script_verifies_certificate_and_manifest_as_json_and_as_pdf(told, tmp_path):
    certificate, manifest = told
    files = [certificate, manifest, certificate_paper(certificate, line="Déjà vu & <Co>"), manifest_paper(manifest)]
    status, said = verified(tmp_path, *files, key=keys.public_key()["public"])
    assert (status, said.count("holds:")) == (0, 4), said
    assert "1 object(s) read back as absent" in said


def test_the_script_finds_what_was_changed(told, tmp_path):
    certificate, manifest = told
    for change in (
        lambda: certificate | {"content": certificate["content"] | {"state": "quarantined"}},
        lambda: certificate | {"batch": certificate["batch"] | {"size": 7}},
        lambda: certificate | {"read_back": certificate["read_back"] | {"proof": []}},
        lambda: manifest | {"content": manifest["content"] | {"ended_at": "2030-01-01T00:00:00+00:00"}},
    ):
        assert verified(tmp_path, change())[0] == 1
    assert verified(tmp_path, certificate, key="A" * 43 + "=")[0] == 1
    assert verified(tmp_path, b"%PDF-1.4 of somebody else")[0] == 2
    assert verified(tmp_path, b"[1]")[0] == 2
