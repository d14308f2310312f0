"""The pages of the kernel cache."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from bisectweb.labs import kernel_cache
from bisectweb.models import Kernel
from tests.factories import create_kernel, create_revision

pytestmark = pytest.mark.django_db
CONFIG = "CONFIG_KVM=y\n"


@pytest.fixture(autouse=True)
def data(settings: LazySettings, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    return tmp_path


def keep(kernel: Kernel, folder: Path, size: int = 5000) -> None:
    image = folder / "bzImage"
    image.write_bytes(b"x" * size)
    kernel_cache().add(kernel.key, image, kernel.signature, kernel.compiler, 3.0, CONFIG)


def test_kernels_are_listed_with_what_they_spared(client: Client, data: Path) -> None:
    kept, gone = create_kernel(seconds=90), create_kernel()
    keep(kept, data)
    create_revision(kernel=kept)
    for _ in range(2):
        create_revision(kernel=kept, build_cached=True)
    html = client.get(reverse("kernel-list")).text
    assert "keeps 1 of at most 200, in 5" in html
    assert "2, 3 min 00 s" in html
    assert gone.get_absolute_url() in html
    facts = client.get("/kernels.json").json()
    shown = {row["key"]: row for row in facts["items"]}
    assert shown[kept.key]["size"] > 5000
    assert (shown[kept.key]["revisions_count"], shown[kept.key]["cached_count"]) == (3, 2)
    assert shown[gone.key]["size"] is None
    only = client.get(reverse("kernel-list"), {"kept": "1"}).text
    assert kept.get_absolute_url() in only
    assert gone.get_absolute_url() not in only


def test_a_long_list_has_parts(client: Client) -> None:
    kernels = [create_kernel() for _ in range(53)]
    first = client.get("/kernels.json").json()
    rest = client.get(first["next"]).json()
    keys = [row["key"] for row in [*first["items"], *rest["items"]]]
    assert keys == [kernel.key for kernel in reversed(kernels)]
    assert rest["next"] is None


@pytest.mark.parametrize("before", ["x", "", "-1", "9" * 30])
def test_an_impossible_part_is_the_first(client: Client, before: str) -> None:
    kernel = create_kernel()
    html = client.get(reverse("kernel-list"), {"before": before}).text
    assert kernel.get_absolute_url() in html


def test_a_kernel_shows_its_revisions_and_those_that_are_the_same(
    client: Client, data: Path
) -> None:
    kernel, twin = create_kernel(signature="5" * 64), create_kernel(signature="5" * 64)
    revision = create_revision(kernel=kernel)
    keep(kernel, data)
    html = client.get(kernel.get_absolute_url()).text
    assert revision.bisection.get_absolute_url() in html
    assert twin.get_absolute_url() in html
    facts = client.get(f"/kernels/{kernel.key}.json").json()
    assert facts["same"] == [twin.key]
    assert facts["revisions"] == [{"bisection": revision.bisection_id, "sha": revision.sha}]
    assert client.get(reverse("kernel-config", args=[kernel.key])).text == CONFIG


def test_the_config_of_a_kernel_that_is_gone_is_404(client: Client) -> None:
    assert client.get(reverse("kernel-config", args=[create_kernel().key])).status_code == 404


@pytest.mark.parametrize("key", ["x", "..", "0" * 64])
def test_an_unknown_kernel_is_404(client: Client, key: str) -> None:
    assert client.get(reverse("kernel-detail", args=[key])).status_code == 404


def test_a_list_of_kernels_costs_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        create_revision(kernel=create_kernel())
    with django_assert_max_num_queries(4):
        client.get(reverse("kernel-list"))
