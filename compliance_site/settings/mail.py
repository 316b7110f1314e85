"""Where mail goes: `MAIL_URL` as Django's settings.

`smtp://user:password@host:587` (STARTTLS), `smtps://user:password@host:465` (TLS from the first byte),
`file:///folder` (each letter as a file, to look at); empty: nowhere, and no letter is written.
"""

from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

WANTED = "MAIL_URL is {url}; write smtp://user:password@host:587, smtps://user:password@host:465 or file:///folder."


def mail_settings(url: str) -> dict[str, object]:
    """`MAIL_IS_SET` and Django's `EMAIL_…`. Raises ImproperlyConfigured, which never repeats a password."""
    if not url:
        return {"MAIL_IS_SET": False}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(WANTED.format(url="no address")) from error
    if parts.scheme == "file" and parts.path:
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return {"MAIL_IS_SET": True, "EMAIL_BACKEND": backend, "EMAIL_FILE_PATH": unquote(parts.path)}
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured(WANTED.format(url=f"{parts.scheme or 'nothing'}://…"))
    is_tls = parts.scheme == "smtps"
    return {
        "MAIL_IS_SET": True,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or (465 if is_tls else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": is_tls,
        "EMAIL_USE_TLS": not is_tls,
        "EMAIL_TIMEOUT": 10,
    }
