"""Addresses of the room's pages."""

app_name = "policies"
urlpatterns: list = []
