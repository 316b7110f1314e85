"""The forms around signing in, in our words."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm


class SignIn(LoginForm):  # type: ignore[misc]
    """Name and password. A session lasts a working day, so nobody is asked to be remembered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Sign-in name"
        self.fields["password"].help_text = ""  # no way to get a new one from here
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class NewPassword(ChangePasswordForm):  # type: ignore[misc]
    """The old one once, the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
