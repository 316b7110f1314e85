"""Addresses of the room's pages."""

app_name = "accounts"
urlpatterns: list = []
