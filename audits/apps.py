from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import audits.verbs  # noqa: F401  the trail knows this room's words from here on
        from audits.services.vcons import reviews_of
        from recordings.services.vcon import contribute
        from trail import invariants

        contribute(reviews_of)
        invariants.stands_in("audits.services.reconciling")
