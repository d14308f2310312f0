"""Logs of bisections that were done elsewhere: the page and the call that import them."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from bisectweb.forms import ImportForm
from bisectweb.imports import LARGEST, Imported, import_log, import_tree
from bisectweb.views.access import person


def import_uploads(request: HttpRequest, form: ImportForm) -> Sequence[Imported]:
    """What became of each file of a valid form; a bad one does not stop the others."""
    said = form.cleaned_data
    tree = said["tree"] or import_tree()
    return [
        import_log(
            upload.read(LARGEST + 1),
            upload.name,
            tree=tree,
            bug_title=said["bug_title"],
            by=person(request),
        )
        for upload in said["logs"]
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def import_logs(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "imports/new.html", {"form": ImportForm(user=person(request))})
    form = ImportForm(request.POST, request.FILES, user=person(request))
    if not form.is_valid():
        return render(request, "imports/new.html", {"form": form}, status=422)
    done = import_uploads(request, form)
    if len(done) == 1 and done[0].bisection:
        return redirect(done[0].bisection)
    refused = sum(one.bisection is None for one in done)
    context = {"form": ImportForm(user=person(request)), "done": done, "refused": refused}
    return render(request, "imports/new.html", context, status=422 if refused else 200)


@require_POST
def import_logs_json(request: HttpRequest) -> JsonResponse:
    """The same for programs: the form's fields as multipart/form-data, in a session of somebody
    who has signed in, with the CSRF token that Django wants.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"error": "sign in first"}, status=401)
    form = ImportForm(request.POST, request.FILES, user=person(request))
    if not form.is_valid():
        return JsonResponse({"error": form.errors.get_json_data()}, status=422)
    done = import_uploads(request, form)
    refused = any(one.bisection is None for one in done)
    return JsonResponse({"logs": [facts(one) for one in done]}, status=422 if refused else 200)


def facts(one: Imported) -> dict[str, object]:
    if one.bisection is None:
        return {"name": one.name, "error": one.refused}
    url = one.bisection.get_absolute_url()
    return {"name": one.name, "bisection": one.bisection.pk, "url": url, "new": one.is_new}
