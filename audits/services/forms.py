"""Evaluation forms and their versions."""

import json
from pathlib import Path

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from audits.domain.forms import form_of
from audits.models import EvaluationForm, FormVersion
from trail.domain.actors import CALLWARD

STANDARD = Path(__file__).resolve().parent.parent / "data" / "standard_form.json"
STANDARD_CODE = "standard"


@transaction.atomic
def ship_standard_form() -> None:
    """Bring the standard form into the database, published, once. Another content becomes the next version."""
    document = json.loads(STANDARD.read_text())
    form_of(document)
    form, _ = EvaluationForm.objects.get_or_create(code=STANDARD_CODE, defaults={"name": document["title"]})
    EvaluationForm.objects.select_for_update(no_key=True).get(pk=form.pk)
    newest = form.versions.order_by("-number").first()
    if newest is not None and newest.document == document:
        return
    form.versions.filter(state=FormVersion.State.PUBLISHED).update(state=FormVersion.State.RETIRED)
    version = FormVersion.objects.create(
        form=form,
        number=newest.number + 1 if newest else 1,
        state=FormVersion.State.PUBLISHED,
        document=document,
        published_at=timezone.now(),
    )
    trail.append("form.published", actor=CALLWARD, subject=version, number=version.number, form=form.code)


def published_version(form: EvaluationForm) -> FormVersion:
    """The version in which reviews start now. Raises FormVersion.DoesNotExist: none was published yet."""
    return form.versions.get(state=FormVersion.State.PUBLISHED)
