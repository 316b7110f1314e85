from django.apps import AppConfig


class ComplianceSiteConfig(AppConfig):
    name = "compliance_site"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from compliance_site import (
            celery,  # noqa: F401  the app that `shared_task` and `delay` bind to
            verbs,  # noqa: F401  the trail knows the demo's words from here on
        )
