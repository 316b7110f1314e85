from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    name = "recordings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import recordings.verbs  # noqa: F401  the trail knows this room's words from here on
        from policies.services.touched import counts_as_touched
        from recordings.models import Recording
        from trail import invariants

        counts_as_touched(Recording.objects.exists)
        invariants.stands_in("recordings.services.reconcile")
