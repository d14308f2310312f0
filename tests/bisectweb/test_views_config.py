"""What the pages show of a smaller config."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bisectweb.forms import StartForm
from bisectweb.models import Bisection, Revision, Tree
from runner.minimise import parse
from tests.bisectweb.bisecting import begin, finished
from tests.factories import create_bisection, create_crash
from tests.fakes import ConfigLab, line, step, work
from tests.runner.minimise.options import Options, config_of

pytestmark = pytest.mark.django_db


def minimised(steps: int = 0) -> Bisection:
    """A bisection that needs one of six options; so many steps of it, or all."""
    bisection = begin(
        strategy="bayes",
        bad="c8",
        config=config_of(["SMP", "KVM", "PCI", "USB", "SOUND", "KASAN"]),
        base_config=config_of(["SMP"]),
        minimise=True,
    )
    lab = ConfigLab(line(8), "c7", options=Options(["KVM"]))
    for _ in range(steps):
        step(lab)
    if not steps:
        work(lab)
    return finished(bisection)


def page(client: Client, bisection: Bisection) -> str:
    return client.get(bisection.get_absolute_url()).text


def test_the_page_shows_what_was_left_out_and_what_is_needed(client: Client) -> None:
    html = page(client, minimised())
    assert "Config minimised from 6 to 2 options; needs CONFIG_KVM." in html
    assert "4 options left out" in html
    assert "CONFIG_PCI\nCONFIG_USB\nCONFIG_SOUND\nCONFIG_KASAN\n" in html
    assert "needed: <code>CONFIG_KVM</code>" in html
    assert "does the bug show without CONFIG_KVM?" in html


def test_a_test_of_a_config_is_no_verdict_on_the_commit(client: Client) -> None:
    bisection = minimised()
    html = page(client, bisection)
    group = html[html.index('id="config-box"') :]
    assert "Shows the bug" in group
    assert "Does not show it" in group
    tested = bisection.revisions.filter(role=Revision.Role.CONFIG)
    assert group.count("Shows the bug") + group.count("Does not show it") == tested.count()


def test_the_page_says_what_is_looked_for_while_it_is(client: Client) -> None:
    bisection = minimised(steps=4)
    assert bisection.is_active
    html = page(client, bisection)
    assert "A smaller one that still shows the bug is looked for first" in html
    assert "looking for a smaller config: without KASAN, test 1 of at most 6" in html


def test_a_search_with_the_config_as_given_says_nothing_of_configs(client: Client) -> None:
    bisection = begin(strategy="bayes", bad="c8")
    work(ConfigLab(line(8), "c7"))
    assert "Kernel config" not in page(client, bisection)


def test_the_config_that_was_used_can_be_read_and_downloaded(client: Client) -> None:
    url = reverse("bisection-config", args=[minimised().pk])
    used = client.get(url)
    assert used["Content-Type"] == "text/plain; charset=utf-8"
    assert {*parse(used.text)} == {"SMP", "KVM"}
    assert "attachment" in client.get(url + "?download=1")["Content-Disposition"]


def test_without_another_config_the_crashs_is_the_one_used(client: Client) -> None:
    bisection = create_bisection(crash=create_crash(config="CONFIG_A=y\n"))
    assert client.get(reverse("bisection-config", args=[bisection.pk])).text == "CONFIG_A=y\n"


def test_the_json_twin_has_it_too(client: Client) -> None:
    bisection = minimised()
    facts = client.get(f"/bisections/{bisection.pk}.json").json()
    assert facts["minimise"] is True
    assert facts["minimised"]["dropped"] == ["PCI", "USB", "SOUND", "KASAN"]
    assert facts["minimised"]["needs"] == [{"symbols": ["KVM"], "is_needed": True}]
    assert facts["config"] == reverse("bisection-config", args=[bisection.pk])


@pytest.mark.parametrize(("sent", "wanted"), [({"minimise": "on"}, True), ({}, False)])
def test_staff_decide_whether_a_smaller_config_is_looked_for(
    client: Client, admin_user: User, sent: dict[str, Any], wanted: bool
) -> None:
    crash = create_crash()
    tree = crash.bug.tree
    tree.base_config = "CONFIG_SMP=y\n"
    tree.save()
    client.force_login(admin_user)
    said = {"kind": "cause", "strategy": "bayes", "runs": "10"}
    client.post(reverse("bisection-start", args=[crash.pk]), said | sent)
    bisection = Bisection.objects.get()
    assert bisection.minimise is wanted
    assert bool(bisection.base_config) is wanted


@pytest.mark.parametrize("minimise", [True, False])
def test_another_bisection_is_offered_as_the_last_one_was_asked_for(minimise: bool) -> None:
    form = StartForm.like(create_bisection(minimise=minimise))
    assert form["minimise"].value() is minimise
    assert StartForm(tree=Tree())["minimise"].value() is True
