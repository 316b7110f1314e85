"""Choices of the room's forms, in words."""

from collections.abc import Mapping, Sequence

from django import forms


class CheckList(forms.CheckboxSelectMultiple):
    template_name = "policies/_checks.html"


def said(words: Mapping[str, str], values: Sequence[str]) -> list[tuple[str, str]]:
    """Choices: each value with its words, or itself as words."""
    return [(value, words.get(value, value.replace("_", " ").capitalize())) for value in values]
