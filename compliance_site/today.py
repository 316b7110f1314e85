"""Today: what needs this person, and the figures, each of which opens the list that it counts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.pages import Page


class Today(Page):
    """For everybody who is signed in, by role."""

    def is_open(self, request: HttpRequest) -> bool:
        return True

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "today/today.html", {"now": timezone.now()})
