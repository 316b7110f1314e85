from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import accounts.signals
        import accounts.verbs  # noqa: F401  the trail knows this room's words from here on
