"""Addresses; filled by its room."""

urlpatterns: list[object] = []
