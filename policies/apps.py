from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "policies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import policies.verbs  # noqa: F401  the trail knows this room's words from here on
        from trail import invariants

        invariants.stands_in("policies.services.reconciling")
