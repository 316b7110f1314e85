"""What a person gives to compare a list of calls."""

import re
from typing import Any
from zoneinfo import available_timezones

import phonenumbers
from django import forms

LARGEST_BYTES = 64 << 20
SOURCE = re.compile(r"^[\w-]{1,64}$", re.ASCII)


class CallListForm(forms.Form):
    source = forms.CharField(
        max_length=64, help_text="As its recordings name it, such as asterisk.", error_messages={"required": "Name it."}
    )
    file = forms.FileField(
        label="The list, as CSV or JSON",
        help_text="With ids, times or numbers of calls. An Asterisk CDR file is read as it is.",
        error_messages={"required": "Choose the file.", "empty": "The file is empty. Choose another."},
    )
    zone = forms.CharField(
        required=False,
        max_length=64,
        label="Time zone of its times",
        help_text="Where they have none: America/New_York.",
    )
    region = forms.CharField(
        required=False, max_length=2, label="Country of its numbers", help_text="Where they have no country code: US."
    )

    def clean_source(self) -> str:
        source: str = self.cleaned_data["source"].strip()
        if not SOURCE.match(source):
            raise forms.ValidationError("Write letters, digits, - and _.")
        return source

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise forms.ValidationError("Send at most 64 MiB at once: one day or one month.")
        return file

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"].strip()
        if zone and zone not in available_timezones():
            raise forms.ValidationError("Write an IANA zone, such as America/New_York.")
        return zone

    def clean_region(self) -> str:
        region: str = self.cleaned_data["region"].strip().upper()
        if region and region not in phonenumbers.SUPPORTED_REGIONS:
            raise forms.ValidationError("Write a country by its two letters, such as US.")
        return region
