"""The pages of bugs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from bisectweb import workflow
from bisectweb.models import Bisection, Bug, Event, Received, Tree
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_kernel,
    create_message,
    create_revision,
    create_tree,
)

HOSTILE = "<script>alert(1)</script>\x1b[31m\0"
pytestmark = pytest.mark.django_db


def filled_in(tree: Tree) -> dict[str, Any]:
    return {
        "tree": tree.pk,
        "title": "WARNING in svm_leave_nested",
        "commit": "v6.12",
        "config": "CONFIG_KVM=y\n",
        "reproducer": "int main(void) { return 0; }\n",
        "kind": "cause",
        "strategy": "classic",
        "runs": "10",
    }


def test_a_bug_shows_its_culprit_first_with_lines_to_copy(client: Client) -> None:
    crash = create_crash(report="WARNING: CPU: 0 PID: 1 at nested.c:1")
    bisection = create_bisection(crash=crash, state=Bisection.State.FOUND)
    culprit = create_culprit(bisection=bisection, is_merge=True)
    html = client.get(crash.bug.get_absolute_url()).text
    assert html.index(culprit.subject) < html.index("Bisections</h2>")
    assert f"Fixes: {culprit.sha[:12]} (&quot;{culprit.subject}&quot;)" in html
    assert f"Reported-by: bisectweb &lt;{crash.bug.address}&gt;" in html
    assert "it is a merge" in html
    assert "WARNING: CPU: 0 PID: 1 at nested.c:1" in html
    assert "CONFIG_KVM_AMD=y" in html


def test_a_bug_shows_its_mails_and_its_history(client: Client, admin_user: User) -> None:
    bug = create_crash().bug
    mail = create_message(bug=bug)
    Event.objects.create(bug=bug, actor=admin_user, text="filed the bug")
    html = client.get(bug.get_absolute_url()).text
    assert mail.subject in html
    assert "filed the bug" in html
    assert "(admin)" in html
    assert mail.get_absolute_url() not in html


def test_a_bug_costs_few_queries(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    crash = create_crash()
    for _ in range(10):
        culprit = create_culprit(bisection=create_bisection(crash=crash, state="found"))
        create_message(bisection=culprit.bisection)
        Event.objects.create(bug=crash.bug, text="something happened")
    with django_assert_max_num_queries(12):
        admin_client.get(crash.bug.get_absolute_url())


def test_only_staff_are_offered_another_bisection(client: Client, admin_client: Client) -> None:
    crash = create_crash()
    action = reverse("bisection-start", args=[crash.pk])
    assert action not in client.get(crash.bug.get_absolute_url()).text
    assert action in admin_client.get(crash.bug.get_absolute_url()).text


def test_hostile_text_stays_text(client: Client) -> None:
    bug = create_bug(title=HOSTILE)
    crash = create_crash(bug=bug, title=HOSTILE, report=HOSTILE, config=HOSTILE, reproducer=HOSTILE)
    bisection = create_bisection(crash=crash, state="found", reason=HOSTILE)
    create_culprit(bisection=bisection, subject=HOSTILE, author=HOSTILE, details=HOSTILE)
    create_message(bug=bug, subject=HOSTILE)
    Event.objects.create(bug=bug, text=HOSTILE)
    for address in ("/", bug.get_absolute_url(), bisection.get_absolute_url()):
        html = client.get(address).text
        assert "&lt;script&gt;alert(1)" in html
        assert "<script>alert" not in html
        assert not {"\x1b", "\0"} & set(html)


@pytest.mark.parametrize(
    ("name", "text"), [("bug-config", "CONFIG_X=y\r\n<b>"), ("bug-reproducer", "int main;\n<b>")]
)
def test_inputs_are_served_as_plain_text_and_unchanged(
    client: Client, name: str, text: str
) -> None:
    crash = create_crash(config=text, reproducer=text)
    response = client.get(reverse(name, args=[crash.bug.pk]))
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content.decode() == text


def test_the_json_twin_has_the_bug_its_crash_and_its_bisections(client: Client) -> None:
    culprit = create_culprit()
    bug = culprit.bisection.bug
    facts = client.get(f"/bugs/{bug.pk}.json").json()
    assert facts["title"] == bug.title
    assert facts["tree"]["url"] == bug.tree.url
    assert facts["crash"]["config"] == culprit.bisection.crash.config
    [bisection] = facts["bisections"]
    assert bisection["state"] == "found"
    assert bisection["culprit"]["sha"] == culprit.sha
    assert bisection["culprit"]["fixes"] == culprit.fixes_line


def test_who_files_a_bug_signs_in_first(client: Client) -> None:
    response = client.get(reverse("bug-new"))
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('login')}?next={reverse('bug-new')}"
    assert client.post(reverse("bug-new"), filled_in(create_tree())).status_code == 302
    assert not Bug.objects.exists()


def test_filing_a_bug_starts_its_bisection(member_client: Client, member: User) -> None:
    data = filled_in(create_tree()) | {"good": "v6.1", "runs": "20", "crash_title": "WARNING in x"}
    data["config_file"] = SimpleUploadedFile("config", b"CONFIG_FROM_FILE=y\n")
    response = member_client.post(reverse("bug-new"), data)
    bisection = Bisection.objects.get()
    assert (response.status_code, response["Location"]) == (302, bisection.get_absolute_url())
    assert bisection.bug.reporter == bisection.created_by == member
    assert (bisection.asked_good, bisection.asked_bad, bisection.runs) == ("v6.1", "v6.12", 20)
    assert bisection.state == Bisection.State.QUEUED
    assert bisection.crash.config == "CONFIG_FROM_FILE=y\n"
    assert bisection.crash.title == "WARNING in x"


def shown_key(client: Client, address: str) -> str:
    """The key of the form on a page."""
    found = re.search(r'name="once" value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def test_a_form_that_is_sent_twice_files_one_bug(member_client: Client) -> None:
    address = reverse("bug-new")
    data = filled_in(create_tree()) | {"once": shown_key(member_client, address)}
    first = member_client.post(address, data)
    assert member_client.post(address, data)["Location"] == first["Location"]
    assert Bug.objects.count() == Bisection.objects.count() == 1
    changed = data | {"title": "WARNING in another"}
    another = data | {"once": shown_key(member_client, address)}
    old = {name: value for name, value in data.items() if name != "once"}
    for other in (changed, another, old, old):
        member_client.post(address, other)
    assert Bug.objects.count() == Bisection.objects.count() == 5


def test_the_key_of_somebody_else_is_no_key(member_client: Client, admin_client: Client) -> None:
    data = filled_in(create_tree()) | {"once": "the same"}
    for client in (member_client, admin_client):
        client.post(reverse("bug-new"), data)
    assert Bug.objects.count() == 2


def test_a_form_that_is_sent_twice_bisects_once(admin_client: Client) -> None:
    crash = create_crash()
    action = reverse("bisection-start", args=[crash.pk])
    data = {
        "kind": "fix",
        "strategy": "bayes",
        "runs": "10",
        "once": shown_key(admin_client, crash.bug.get_absolute_url()),
    }
    first = admin_client.post(action, data)
    assert admin_client.post(action, data)["Location"] == first["Location"]
    assert Bisection.objects.get().kind == "fix"


def test_of_two_forms_at_once_the_second_finds_what_the_first_started(member: User) -> None:
    """The first commits after the second has seen that there is none."""
    crash = create_crash()

    def begin() -> Bisection:
        create_bisection(crash=crash, created_by=member, once="key")
        with transaction.atomic():
            return create_bisection(crash=crash, created_by=member, once="key")

    started = workflow.start_once("key", begin, member)
    assert Bisection.objects.get() == started


def test_a_mistake_files_nothing_and_loses_nothing(member_client: Client) -> None:
    data = filled_in(create_tree()) | {"commit": "--upload-pack=x", "report": "typed by hand"}
    data["reproducer_file"] = SimpleUploadedFile("repro.c", b"/* from a file */")
    response = member_client.post(reverse("bug-new"), data)
    assert response.status_code == 422
    html = response.text
    assert "as git names it" in html
    for text in ("CONFIG_KVM=y", "/* from a file */", "typed by hand", "--upload-pack=x"):
        assert text in html
    assert not Bug.objects.exists()


def test_without_a_tree_the_form_says_what_is_missing(
    member_client: Client, admin_client: Client
) -> None:
    assert "An admin must add one first" in member_client.get(reverse("bug-new")).text
    assert "/admin/bisectweb/tree/add/" in admin_client.get(reverse("bug-new")).text
    create_tree()
    assert "No kernel tree is set up" not in member_client.get(reverse("bug-new")).text


@pytest.mark.parametrize("name", ["bug-detail", "bug-config", "bug-reproducer"])
@pytest.mark.parametrize("pk", [1, 10**30])
def test_a_bug_that_is_not_there_is_404(client: Client, name: str, pk: int) -> None:
    assert client.get(reverse(name, args=[pk])).status_code == 404


def test_a_bug_without_crashes_has_a_page(client: Client) -> None:
    bug = create_bug()
    assert "This bug has no crash yet" in client.get(bug.get_absolute_url()).text
    assert client.get(reverse("bug-run-script", args=[bug.pk])).status_code == 404


def test_each_crash_of_a_bug_can_be_looked_at(client: Client) -> None:
    bug = create_bug()
    first = create_crash(bug=bug, title="WARNING in first", reproducer="int main(void);\n")
    create_crash(bug=bug, title="WARNING in second", config="CONFIG_SECOND=y\n")
    other = create_crash()
    html = client.get(bug.get_absolute_url()).text
    assert "CONFIG_SECOND=y" in html
    assert "WARNING in first" in html
    query = f"?crash={first.pk}"
    assert "CONFIG_SECOND" not in client.get(f"{bug.get_absolute_url()}{query}").text
    reproducer = reverse("bug-reproducer", args=[bug.pk])
    assert client.get(f"{reproducer}{query}").text == "int main(void);\n"
    for wrong in (other.pk, "x", "9" * 30):
        assert client.get(f"{bug.get_absolute_url()}?crash={wrong}").status_code == 404


def test_a_crash_comes_with_a_script_that_shows_it(client: Client) -> None:
    crash = create_crash(config="CONFIG_KVM=y\n", bug=create_bug(title="a\n`id`"))
    bisection = create_bisection(crash=crash, asked_bad=crash.commit, bad="f" * 40)
    create_revision(bisection=bisection, sha="f" * 40, kernel=create_kernel(compiler="gcc 12"))
    response = client.get(reverse("bug-run-script", args=[crash.bug.pk]))
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.text.startswith("#!/bin/bash\n# Shows ")
    assert f"commit={'f' * 40}\n" in response.text
    assert "# The lab built it with gcc 12.\n" in response.text
    assert (
        f"{crash.bug.pk}/run.sh?crash={crash.pk}" in client.get(crash.bug.get_absolute_url()).text
    )


def test_what_only_the_runner_has_is_in_no_script(client: Client) -> None:
    tree = create_tree(disk_image="/images/secret.qcow2", ssh_key="/keys/secret")
    crash = create_crash(bug=create_bug(tree=tree))
    script = client.get(reverse("bug-run-script", args=[crash.bug.pk])).text
    assert "boots from a disk image" in script
    assert "/images" not in script
    assert "without the disk image" in client.get(crash.bug.get_absolute_url()).text


def test_mails_of_both_sides_are_one_thread(client: Client) -> None:
    bug = create_crash().bug
    create_message(bug=bug, subject="what was found")
    Received.objects.create(
        message_id="<1@x>",
        sender="dev@kernel.invalid",
        subject="Re: <b>",
        bug=bug,
        state=Received.State.REFUSED,
        said="refused #bisect fix: say which",
    )
    html = client.get(bug.get_absolute_url()).text
    assert html.index("Re: &lt;b&gt;") < html.index("what was found")
    assert "dev@kernel.invalid" in html
    assert "refused #bisect fix: say which" in html


def test_cause_and_fix_stand_side_by_side_and_duplicates_are_named(client: Client) -> None:
    crash = create_crash()
    for kind in ("cause", "fix"):
        bisection = create_bisection(crash=crash, kind=kind, state="found")
        create_culprit(bisection=bisection, subject=f"the {kind}")
    create_bug(tree=crash.bug.tree, title="WARNING in double", duplicate_of=crash.bug)
    hidden = create_tree(seen_by=Tree.SeenBy.KEEPERS)
    create_bug(tree=hidden, title="WARNING in hidden", duplicate_of=crash.bug)
    html = client.get(crash.bug.get_absolute_url()).text
    sides = html.partition("Cause and fix</h2>")[2].partition("</section>")[0]
    assert sides.index("the cause") < sides.index("the fix")
    assert "WARNING in double" in html
    assert "WARNING in hidden" not in html
