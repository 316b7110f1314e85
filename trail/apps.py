from django.apps import AppConfig


class TrailConfig(AppConfig):
    name = "trail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from trail import invariants

        invariants.stands_in("trail.reconciling")
