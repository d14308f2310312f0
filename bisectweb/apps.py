"""Django's view of the app."""

from __future__ import annotations

from django.apps import AppConfig


class BisectwebConfig(AppConfig):
    name = "bisectweb"
    verbose_name = "Bisections"
