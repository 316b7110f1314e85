from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import audits.verbs  # noqa: F401  the trail knows this room's words from here on
        from trail import invariants

        invariants.stands_in("audits.services.reconciling")
