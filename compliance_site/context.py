"""What every page's shell needs: the navigation with its counts, the theme, the zone, the demo mode."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from compliance_site.navigation import navigation
from compliance_site.tour import demo_people


def shell(request: HttpRequest) -> dict[str, object]:
    theme = request.COOKIES.get("theme", "auto")
    return {
        "theme": theme if theme in {"light", "dark"} else "auto",
        "demo": settings.DEMO,
        "zone_name": timezone.get_current_timezone_name(),
        "navigation": SimpleLazyObject(lambda: navigation(request)),
        "demo_people": SimpleLazyObject(demo_people),
    }
