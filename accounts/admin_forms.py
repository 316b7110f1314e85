"""What the admin asks of a person, a line, a token."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.domain.appointments import Standing, objection
from accounts.domain.scopes import Scope
from accounts.models import LineOfBusiness, Role, Token, User
from accounts.permissions import givable_scopes, lines_of

WORDS = {
    Scope.DECISIONS: "ask whether a call may be recorded",
    Scope.RECORDINGS_WRITE: "deliver calls",
    Scope.RECORDINGS_READ: "read recordings and certificates",
    Scope.RECORDINGS_LISTEN: "fetch audio",
    Scope.HOLDS_READ: "read holds",
    Scope.HOLDS_WRITE: "place and release holds",
    Scope.AUDITS_READ: "read results and findings",
    Scope.TRAIL_READ: "read the trail",
}


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person's names, role and lines. `asked_by` is whoever is signed in."""

    asked_by: User
    lines = forms.ModelMultipleChoiceField(
        LineOfBusiness.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Lines of business",
    )
    access_until = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Sees nothing from this moment on; an auditor has to have one. Empty: no end.",
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "role", "all_lines", "lines", "access_until", "is_active")
        labels = {"username": "Sign-in name"}
        help_texts = {
            "username": "Letters, digits and @ . + - _ only. It stays as it is.",
            "is_active": "Who is not active cannot sign in. Nobody is deleted: the trail names them.",
        }

    def standing(self) -> dict[str, Any]:
        """Role, lines and end, as the services take them."""
        said = self.cleaned_data
        return {
            "role": said["role"],
            "all_lines": said["all_lines"],
            "lines": [] if said["all_lines"] else list(said["lines"]),
            "access_until": said["access_until"],
        }

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return said
        if said["role"] == Role.AUDITOR and not said["access_until"]:
            raise ValidationError({"access_until": "Say when an auditor's access ends."})
        if self._changes_more_than_the_name() and (against := self._objection(said)):
            raise ValidationError(against)
        return said

    def _changes_more_than_the_name(self) -> bool:
        return self.instance._state.adding or bool(set(self.changed_data) - {"first_name", "last_name"})

    def _objection(self, said: dict[str, Any]) -> str:
        return objection(
            by=Standing(self.asked_by.role, lines_of(self.asked_by)),
            before=None if self.instance._state.adding else _standing_of(User.objects.get(pk=self.instance.pk)),
            after=Standing(said["role"], None if said["all_lines"] else {line.pk for line in said["lines"]}),
            is_self=self.instance.pk == self.asked_by.pk,
        )


class LineForm(forms.ModelForm):  # type: ignore[type-arg]
    """A line of business."""

    class Meta:
        model = LineOfBusiness
        fields = ("code", "name", "zone", "is_demo")


class TokenForm(forms.Form):
    """What a new token is for. It is a plain form: the token's row is the service's to make."""

    asked_by: User

    name = forms.CharField(
        max_length=120, label="Client", help_text="The program that uses it, such as Austin exchange."
    )
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    sources = forms.CharField(required=False, help_text="Telephony sources, parted by commas. Empty: every source.")
    lines = forms.ModelMultipleChoiceField(
        LineOfBusiness.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Lines of business",
        help_text="None: every line of business, also later ones.",
    )
    days = forms.IntegerField(min_value=1, max_value=365, initial=90, label="Valid for days")

    def __init__(self, *args: Any, instance: Token | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance = instance or Token()  # what the admin asks a form for; it is not saved
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope.value, f"{scope.value}: {WORDS[scope]}") for scope in Scope if scope in givable_scopes(self.asked_by)
        ]

    def clean_sources(self) -> list[str]:
        return [source.strip() for source in self.cleaned_data["sources"].split(",") if source.strip()]


def _standing_of(person: User) -> Standing:
    lines = None if person.all_lines else frozenset(person.lines.values_list("pk", flat=True))
    return Standing(person.role, lines)
