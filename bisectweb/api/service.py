"""All calls together: who may call, what is cached how, where they are described."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page
from django.views.decorators.vary import vary_on_headers
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from bisectweb.api import (
    bisections,
    errors,
    filing,
    kernels,
    levers,
    mails,
    notes,
    opinions,
    patch_tests,
    site,
    trees,
)
from bisectweb.api.bearer import Token
from bisectweb.api.versions import Unchanged
from bisectweb.models import ApiToken

DESCRIPTION = (
    "Everything that the pages show. Whoever has a token sees and may do what its owner sees and "
    "may do, within the scopes of the token; without one the API reads what is for everybody. "
    "Lists come in pages with links to the next and the previous one. Answers have an ETag: send "
    "it back as If-None-Match, and what has not changed is not sent again."
)


class Listing(DocsBase):
    """The calls as a plain page, which needs no script from anywhere."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        schema = api.get_openapi_schema()
        calls = [
            {"method": method.upper(), "path": path, **operation}
            for path, operations in schema["paths"].items()
            for method, operation in operations.items()
        ]
        context = {"schema": schema, "calls": calls, "models": schema["components"]["schemas"]}
        return render(request, "api/docs.html", context)


class Service(NinjaAPI):
    """An API that refuses in words, and whose description is made once."""

    def on_exception(
        self, request: HttpRequest, exc: BaseException | type[BaseException]
    ) -> HttpResponse:
        if isinstance(exc, Unchanged):
            return exc.response
        told = errors.refusal(exc)
        if told is None:
            raise exc
        status, answer = told
        response = self.create_response(request, answer.model_dump(), status=status)
        if status == 401:
            response["WWW-Authenticate"] = "Bearer"
        return response

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        return _described(self)


@cache
def _described(api: Service) -> OpenAPISchema:
    schema = NinjaAPI.get_openapi_schema(api)
    for operations in schema["paths"].values():
        if "get" in operations:
            operations["get"]["security"].append({})  # a token is not needed for what is public
    return schema


api = Service(
    title="bisectweb",
    version="1",
    description=DESCRIPTION,
    docs=Listing(),
    urls_namespace="api",
    auth=Token(ApiToken.Scope.READ),
)
for decorator in (
    cache_control(private=True, no_cache=True),
    vary_on_headers("Authorization", "Cookie"),
    conditional_page,
):
    api.add_decorator(decorator, mode="view")
for router in (
    *(trees.router, filing.router, notes.router, bisections.router, opinions.router),
    *(patch_tests.router, kernels.router, mails.router, site.router, levers.router),
):
    api.add_router("", router)


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Whatever is asked below the API's address and is no call of it."""
    return api.on_exception(request, Http404())
