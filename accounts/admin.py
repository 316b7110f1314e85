"""People, lines of business, integration clients and their tokens. Every change is a service of this room."""

import secrets
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import services
from accounts.admin_forms import LineForm, PersonForm, TokenForm
from accounts.domain.errors import NotAllowed
from accounts.guarded import GuardedAdmin, shown_once
from accounts.models import IntegrationClient, LineOfBusiness, Token, User


@admin.register(User)
class PersonAdmin(GuardedAdmin):
    """Who may sign in, as what, for which lines, until when. A first password is made here and shown once."""

    can_add = can_change = True
    line_path = "lines"
    form = PersonForm
    list_display = ("name", "username", "role", "sees", "access_until", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name")
    ordering = ("username",)
    actions = ("set_new_password",)
    fieldsets = (
        (None, {"fields": ("username", ("first_name", "last_name"))}),
        ("What they may do", {"fields": ("role", "all_lines", "lines", "access_until", "is_active")}),
    )

    @admin.display(ordering="last_name")
    def name(self, person: User) -> str:
        return str(person)

    @admin.display(description="Lines of business")
    def sees(self, person: User) -> str:
        return "all" if person.all_lines else ", ".join(line.name for line in person.lines.all()) or "none"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        return super().get_queryset(request).prefetch_related("lines")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("username",) if obj else ("is_active",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        """The form knows who asks, so that what may not be is a sentence beside the fields."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type("PersonFormOfAsker", (form,), {"asked_by": request.user})

    def save_model(self, request: HttpRequest, obj: User, form: PersonForm, change: bool) -> None:  # noqa: FBT001
        said, actor = form.cleaned_data, _person(request)
        names = {"first_name": said["first_name"], "last_name": said["last_name"]}
        if not change:
            password = secrets.token_urlsafe(12)
            person = services.add_person(
                username=said["username"], password=password, **names, **form.standing(), actor=actor
            )
            obj.pk = person.pk
            request.first_password = password  # type: ignore[attr-defined]
            return
        if {"first_name", "last_name"} & set(form.changed_data):
            services.change_name(person=obj, **names, actor=actor)
        if set(form.standing()) & set(form.changed_data):
            services.appoint(person=obj, **form.standing(), actor=actor)
        if "is_active" in form.changed_data:
            (services.reopen_person if said["is_active"] else services.close_person)(person=obj, actor=actor)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """The service has set the lines."""

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        return shown_once(
            request,
            self.admin_site,
            title=f"{obj} may sign in",
            secret=request.first_password,  # type: ignore[attr-defined]
            text=f"The first password of {obj.username}. Hand it over by a way of its own; they change it at once.",
        )

    @admin.action(description="Set a new first password")
    def set_new_password(self, request: HttpRequest, chosen: models.QuerySet[User]) -> HttpResponse | None:
        if chosen.count() != 1:
            self.message_user(request, "Choose one person: each password is shown once.", messages.WARNING)
            return None
        person, password = chosen.get(), secrets.token_urlsafe(12)
        try:
            services.change_password(person=person, password=password, actor=_person(request))
        except NotAllowed as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        return shown_once(
            request,
            self.admin_site,
            title=f"A new password for {person}",
            secret=password,
            text="Their sign-ins have ended. Hand it over by a way of its own; they change it in their settings.",
        )


@admin.register(LineOfBusiness)
class LineAdmin(GuardedAdmin):
    """Added and renamed. The rest stays as it was given: stored dates were computed with it."""

    can_add = can_change = True
    line_path = "pk"
    form = LineForm
    list_display = ("name", "code", "zone", "is_demo")
    fields = ("code", "name", "zone", "is_demo")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "zone", "is_demo") if obj else ()

    def save_model(self, request: HttpRequest, obj: LineOfBusiness, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]  # noqa: FBT001
        said, actor = form.cleaned_data, _person(request)
        if change:
            services.change_line(line=obj, name=said["name"], actor=actor)
        else:
            obj.pk = services.add_line(**said, actor=actor).pk


@admin.register(IntegrationClient)
class ClientAdmin(GuardedAdmin):
    """Who calls the API. It comes into being with its first token, and is shut out with all of them."""

    list_display = ("name", "is_active", "created_at", "valid_tokens")
    actions = ("let_in", "shut_out")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[IntegrationClient]:
        valid = models.Q(tokens__revoked_at=None, tokens__expires_at__gt=timezone.now())
        clients: models.QuerySet[IntegrationClient] = super().get_queryset(request)
        return services.clients_within(clients, _person(request)).annotate(valid=models.Count("tokens", filter=valid))

    @admin.display(description="Valid tokens")
    def valid_tokens(self, client: Any) -> int:
        return int(client.valid)

    @admin.action(description="Let in")
    def let_in(self, request: HttpRequest, chosen: models.QuerySet[IntegrationClient]) -> None:
        self._switch(request, chosen, is_active=True)

    @admin.action(description="Shut out, at once")
    def shut_out(self, request: HttpRequest, chosen: models.QuerySet[IntegrationClient]) -> None:
        self._switch(request, chosen, is_active=False)

    def _switch(self, request: HttpRequest, chosen: models.QuerySet[IntegrationClient], *, is_active: bool) -> None:
        for client in chosen:
            services.switch_client(client=client, is_active=is_active, actor=_person(request))
        done = "let in" if is_active else "shut out"
        self.message_user(request, f"{len(chosen)} {done}.")


@admin.register(Token)
class TokenAdmin(GuardedAdmin):
    """Issued, shown once, revoked. Several may be valid at once, so that they rotate with overlap."""

    can_add = True
    list_display = ("prefix", "client", "scopes", "expires_at", "revoked_at", "last_used_at")
    list_select_related = ("client",)
    list_filter = (("client", admin.RelatedOnlyFieldListFilter),)  # names no client beyond the tokens that are seen
    ordering = ("-created_at",)
    actions = ("revoke",)
    fields = ("client", "prefix", "scopes", "sources", "all_lines", "lines", "created_at", "expires_at", "revoked_at")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Token]:
        return services.tokens_within(super().get_queryset(request), _person(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ("name", "scopes", "sources", "lines", "days")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        if obj:
            return super().get_form(request, obj, change=change, **kwargs)
        return type("TokenFormOfAsker", (TokenForm,), {"asked_by": request.user})

    def save_form(self, request: HttpRequest, form: TokenForm, change: bool) -> Token:  # noqa: FBT001
        return form.instance

    def save_model(self, request: HttpRequest, obj: Token, form: TokenForm, change: bool) -> None:  # noqa: FBT001
        said = form.cleaned_data
        request.secret = services.issue_token(  # type: ignore[attr-defined]
            name=said["name"],
            scopes=said["scopes"],
            sources=said["sources"],
            lines=list(said["lines"]),
            expires_at=timezone.now() + timedelta(days=said["days"]),
            actor=_person(request),
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """The service has set the lines."""

    def response_add(self, request: HttpRequest, obj: Token, post_url_continue: str | None = None) -> HttpResponse:
        return shown_once(
            request,
            self.admin_site,
            title="The new token",
            secret=request.secret,  # type: ignore[attr-defined]
            text="Callward keeps only its digest. Put it where the client reads its secrets; it is not shown again.",
        )

    @admin.action(description="Revoke, at once")
    def revoke(self, request: HttpRequest, chosen: models.QuerySet[Token]) -> None:
        for token in chosen:
            services.revoke_token(token=token, actor=_person(request))
        self.message_user(request, f"{len(chosen)} revoked.")


def _person(request: HttpRequest) -> User:
    """Who asks; the site lets nobody else this far."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
