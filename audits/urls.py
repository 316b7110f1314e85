"""Addresses of the room's pages."""

app_name = "audits"
urlpatterns: list = []
