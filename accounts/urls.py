"""Addresses of the room's pages."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("theme/", views.Theme.as_view(), name="theme"),
    path("settings/", views.OwnSettings.as_view(), name="settings"),
]
