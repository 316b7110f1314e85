"""What every page's shell needs: the navigation with its counts, the theme, the demo mode."""

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, object]:
    theme = request.COOKIES.get("theme", "auto")
    return {"theme": theme if theme in {"light", "dark"} else "auto", "demo": settings.DEMO}
