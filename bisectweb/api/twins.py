"""The JSON twin of a page: `/bugs/7/` is `/bugs/7.json`, which answers as `/api/v1/bugs/7`."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.views.decorators.http import require_GET

NOT_A_PAGE = frozenset({"api-root", "openapi-json", "openapi-view", "api-unknown"})


def call_of(page: str) -> ResolverMatch | None:
    """The call that answers what a page shows; None where there is none."""
    try:
        match = resolve(reverse("api:api-root") + page)
    except Resolver404:
        return None
    is_page = match.url_name not in NOT_A_PAGE and str(match.kwargs.get("pk", 1)).isdecimal()
    return match if is_page else None


def twin_of(path: str) -> str:
    """The address of a page's twin; empty where the page has none."""
    page = path.strip("/") or "bugs"
    return f"/{page}.json" if call_of(page) else ""


@require_GET
def twin(request: HttpRequest, page: str) -> HttpResponseBase:
    match = call_of(page)
    if match is None:
        raise Http404("This page has no twin.")
    found: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return found
