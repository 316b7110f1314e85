"""Django's test client, asking the WSGI application that the web server runs instead of Django's handler alone."""

from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import Client

from compliance_site.express import Express


class ServedClient(Client):
    """A client of the application as it is served; made anew, it is made with the settings of that moment."""

    def __init__(self) -> None:
        super().__init__()
        application = Express(get_wsgi_application())
        self.handler = lambda environ: _asked(application, environ)


def _asked(application: Express, environ: dict[str, object]) -> HttpResponse:
    told: list[tuple[str, list[tuple[str, str]]]] = []
    request_started.disconnect(close_old_connections)  # it would close the one that the test's transaction is in
    request_finished.disconnect(close_old_connections)
    try:
        body = b"".join(application(environ, lambda status, headers, *_: told.append((status, headers))))
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)
    ((status, headers),) = told
    response = HttpResponse(body, status=int(status.split()[0]))
    del response.headers["Content-Type"]
    for name, value in headers:
        if name == "Set-Cookie":
            response.cookies.load(value)
        else:
            response.headers[name] = value
    response.wsgi_request = WSGIRequest(environ)
    return response


def headers_of(answer: HttpResponse) -> tuple[dict[str, str], list[str], str]:
    """The headers of an answer, to be compared: the directives of the content policy come in any order."""
    told = dict(answer.items())
    policy = told.pop("Content-Security-Policy").split("; ")
    return told, sorted(policy), answer.cookies.output()
