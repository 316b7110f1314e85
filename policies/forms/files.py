"""A policy file that somebody brings."""

from typing import Any

from django import forms

from policies.domain.yaml_values import LONGEST_FILE


class ImportForm(forms.Form):
    """The file, or its text. A chosen file comes before what stands in the field."""

    file = forms.FileField(required=False, label="File", help_text="YAML or JSON.")
    text = forms.CharField(
        required=False,
        label="Or its text",
        strip=False,
        widget=forms.Textarea({"rows": 16, "spellcheck": "false", "class": "code is-wrapped"}),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        chosen = values.get("file")
        if chosen is None and not values.get("text", "").strip():
            raise forms.ValidationError("Choose a file, or put its text into the field.")
        if chosen is not None:
            values["text"] = self._read(chosen)
        return values

    def _read(self, chosen: Any) -> str:
        if chosen.size > 4 * LONGEST_FILE:
            raise forms.ValidationError(f"A policy file has at most {LONGEST_FILE:,} characters.")
        try:
            return str(chosen.read().decode())
        except UnicodeDecodeError as error:
            raise forms.ValidationError("The file is no text in UTF-8. Choose a YAML or JSON file.") from error
