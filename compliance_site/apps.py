from django.apps import AppConfig


class ComplianceSiteConfig(AppConfig):
    name = "compliance_site"
    default_auto_field = "django.db.models.BigAutoField"
