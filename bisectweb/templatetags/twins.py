"""Where templates learn whether a page has a JSON twin."""

from __future__ import annotations

from django import template

from bisectweb.api.twins import twin_of

register = template.Library()
register.simple_tag(twin_of)
