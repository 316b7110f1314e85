from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    name = "recordings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        import recordings.verbs  # noqa: F401  the trail knows this room's words from here on
        from policies.services.touched import counts_as_touched
        from recordings.models import Recording
        from trail import invariants

        connection_created.connect(_another_database_perhaps, dispatch_uid="ledger")
        counts_as_touched(Recording.objects.exists)
        invariants.stands_in("recordings.services.reconcile")


def _another_database_perhaps(**_: object) -> None:
    """A new connection may lead to a restored database: whoever asks next looks."""
    from recordings.ledger import state

    state.look_at_once()
