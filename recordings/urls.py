"""Addresses of the room's pages."""

app_name = "recordings"
urlpatterns: list = []
