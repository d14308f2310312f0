"""Response headers that keep hostile commit and console text from running in a browser; how large
requests may be, and where they come from.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

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


class RequestSize:
    """Nobody makes us keep more than that of one request, signed in or not: before a page is asked,
    the forms of a request are read, and its files are written to the disk.
    """

    MOST = 64 << 20
    """Bytes: the logs of an import are the most that is sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Of a request without this header nothing is read.
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > self.MOST:
            words = f"At most {self.MOST >> 20} MiB are read of one request.\n"
            return HttpResponse(words, status=413, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


def client_address(request: HttpRequest) -> str:
    """Who asks, by as many entries of X-Forwarded-For, from its end, as there are proxies of ours
    (`BISECTWEB_PROXIES`): those before them are whatever the client wrote. Of IPv6 the network,
    as one customer of a provider has 2^64 addresses or more.
    """
    direct: str = request.META.get("REMOTE_ADDR", "")
    told = [one.strip() for one in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if not settings.PROXIES or len(told) < settings.PROXIES:
        return _customer(direct) or direct
    return _customer(told[-settings.PROXIES]) or _customer(direct) or direct


def _customer(text: str) -> str:
    """Empty where it is no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), 64), strict=False).network_address)
