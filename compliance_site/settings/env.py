"""Typed readers of the environment: `NAME`, or the file that `NAME_FILE` names, else ImproperlyConfigured."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def optional(name: str, default: str = "") -> str:
    """The text of `NAME` or of the file in `NAME_FILE`, or the default."""
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {file}, which cannot be read: {error.strerror}.") from error
    return os.environ.get(name, default)


def required(name: str) -> str:
    """As `optional`, but a missing value stops the start with a sentence that says what to set."""
    if value := optional(name):
        return value
    raise ImproperlyConfigured(f"Set {name}, or {name}_FILE to the path of a file that holds it.")


def number(name: str, default: int) -> int:
    text = optional(name, str(default))
    try:
        return int(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {text!r}; write a whole number, such as {default}.") from error


def flag(name: str, *, default: bool) -> bool:
    text = optional(name, "1" if default else "0").lower()
    if text not in {"1", "0", "true", "false", "yes", "no"}:
        raise ImproperlyConfigured(f"{name} is {text!r}; write 1 or 0.")
    return text in {"1", "true", "yes"}


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in optional(name, ",".join(default)).split(",") if word.strip()]
