"""Response headers that keep hostile commit and console text from running in a browser, and where
requests come from.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


class ContentSecurityPolicy:
    """Every page may load its own files and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


def client_address(request: HttpRequest) -> str:
    """Who asks, by as many entries of X-Forwarded-For, from its end, as there are proxies of ours
    (`BISECTWEB_PROXIES`): those before them are whatever the client wrote.
    """
    direct: str = request.META.get("REMOTE_ADDR", "")
    told = [one.strip() for one in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if not settings.PROXIES or len(told) < settings.PROXIES:
        return direct
    try:
        return str(ip_address(told[-settings.PROXIES]))
    except ValueError:
        return direct
