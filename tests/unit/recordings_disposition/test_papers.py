"""Signed files and their PDFs, verified by the script that Callward hands out, in a process of its own."""

import json
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from recordings import keys
from recordings.domain import certificates
from recordings.models import Certificate, DispositionRun
from recordings.services.certificates import documents
from recordings.services.disposition import ending, purge_batch
from recordings.services.disposition.manifests import manifest_document
from recordings.services.disposition.runs import tend_runs
from recordings.services.papers import _backups, certificate_paper, manifest_paper
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
    by = certificate["content"]["keys_leave_backups_by"]
    assert datetime.fromisoformat(by) - datetime.fromisoformat(certificate["destroyed_at"]) == timedelta(days=7)
    assert said.count(f"no backup holds its key after {by}") == 2


def test_certificates_of_before_they_spoke_of_backups_verify_and_are_shown_as_ever(
    monkeypatch, tmp_path, client, officer, line
):
    told = tuple(name for name in certificates._TOLD if name != "keys_leave_backups_by")
    monkeypatch.setattr(certificates, "_TOLD", told)
    RecordingFactory(expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    old = Certificate.objects.select_related("batch").get()
    assert "keys_leave_backups_by" not in old.content
    document = documents([old])[0] | {"public_key": keys.public_key()}
    status, said = verified(
        tmp_path, document, certificate_paper(document, line="Home"), key=keys.public_key()["public"]
    )
    assert (status, said.count("holds:"), "backup" in said) == (0, 2, False), said
    client.force_login(officer)
    page = client.get(f"/recordings/certificates/{old.recording_id}/")
    assert page.context["faults"] == []
    assert "Backups of keys" not in page.content.decode()


def test_page_and_paper_say_after_which_day_no_backup_holds_the_key(client, officer, line, settings):
    settings.KEY_BACKUP_DAYS = 3
    RecordingFactory(expired=True, line_of_business=line)
    now = timezone.now()
    purge_batch(at=now)
    certificate = Certificate.objects.select_related("batch").get()
    client.force_login(officer)
    page = client.get(f"/recordings/certificates/{certificate.recording_id}/")
    until = now + timedelta(days=3)
    assert page.context["no_key_after"] == until
    assert "Backups of keys" in page.content.decode()
    told = documents([certificate])[0] | {"public_key": keys.public_key()}
    assert dict(_backups(told["content"]))["Backups of keys"].endswith(
        f"{now + timedelta(days=3):%Y-%m-%d %H:%M:%S} UTC"
    )


def test_a_key_that_left_the_backups_before_it_was_destroyed_is_no_truth(monkeypatch, tmp_path):
    monkeypatch.setattr(ending, "no_key_after", lambda at: at - timedelta(days=1))
    RecordingFactory(expired=True)
    purge_batch(at=timezone.now())
    [told] = documents(Certificate.objects.select_related("batch"))
    status, said = verified(tmp_path, told | {"public_key": keys.public_key()})
    assert (status, "before it was destroyed" in said) == (1, True)


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
