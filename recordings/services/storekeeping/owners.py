"""Whose an object in the store is. What stands in no table of these is nobody's."""

from collections.abc import Collection

from django.db import models
from django.db.models import Q

from recordings.models import ObjectRemoval, PersonCopy, Recording, Rendition

# word: rows with an `object_key`, and which of them still own it
OWNERS: dict[str, tuple[type[models.Model], Q]] = {
    "recording": (Recording, Q()),
    "leaving": (ObjectRemoval, Q(absent_at=None)),
    "rendition": (Rendition, Q()),
    "copy": (PersonCopy, Q(removed_at=None)),
}


def owned(object_keys: Collection[str]) -> dict[str, str]:
    """Object key → the word above for whose it is; without those that are nobody's."""
    found: dict[str, str] = {}
    for word, (model, standing) in OWNERS.items():
        rows = model._default_manager.filter(standing, object_key__in=object_keys)
        found |= dict.fromkeys(rows.values_list("object_key", flat=True), word)
    return found
