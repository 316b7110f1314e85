"""The addresses of signing in, under allauth's own names. What Callward does not offer is there by name, as 404."""

from allauth.account import views as account
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path


def not_offered(request: HttpRequest) -> HttpResponse:
    """Nobody signs up by themselves; a lost password is set anew by a supervisor."""
    raise Http404


urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("signup/", not_offered, name="account_signup"),
    path("password/reset/", not_offered, name="account_reset_password"),
    path("password/set/", not_offered, name="account_set_password"),
    path("email/", not_offered, name="account_email"),
    path("2fa/", include("allauth.mfa.urls")),
]
