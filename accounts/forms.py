"""What people say of themselves."""

from zoneinfo import available_timezones

from django import forms

from accounts.models import User

THEMES = (("auto", "As the system says"), ("light", "Light"), ("dark", "Dark"))


class OwnSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, and how pages look. The look lives in cookies of this browser, the name with the person."""

    theme = forms.ChoiceField(choices=THEMES, widget=forms.RadioSelect)
    zone = forms.ChoiceField(label="Time zone", help_text="Times are shown in it. Deadlines of a line stay in its own.")

    class Meta:
        model = User
        fields = ("first_name", "last_name")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        self.fields["zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]  # type: ignore[attr-defined]
