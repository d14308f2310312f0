"""Logs of bisections that were done elsewhere: the page that imports them."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bisectweb.forms import ImportForm
from bisectweb.imports import LARGEST, Imported, import_log, import_tree
from bisectweb.views.access import ENOUGH, may_add, person


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
    if not may_add(request, len(form.cleaned_data["logs"])):
        form.add_error(None, ENOUGH)
        return render(request, "imports/new.html", {"form": form}, status=429)
    done = import_uploads(request, form)
    if len(done) == 1 and done[0].bisection:
        return redirect(done[0].bisection)
    refused = sum(one.bisection is None for one in done)
    context = {"form": ImportForm(user=person(request)), "done": done, "refused": refused}
    return render(request, "imports/new.html", context, status=422 if refused else 200)
