"""Django's admin behind our own door; a module of its own, because an app's `apps` may hold one configuration only."""

from django.contrib.admin.apps import AdminConfig


class GuardedAdminConfig(AdminConfig):
    default_site = "compliance_site.admin_site.CallwardAdmin"
