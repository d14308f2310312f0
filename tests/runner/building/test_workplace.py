"""Warm folders: what was unused for longest makes room, and never what somebody uses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.building import workplace
from runner.building.workplace import Workplace, make_room
from runner.errors import InfraError

MEGABYTE = 1 << 20
HOLDER = """
import sys, time
from pathlib import Path
from runner.building.workplace import Workplace
with Workplace(Path(sys.argv[1]), "tree", "slot-0").held(None):
    print(flush=True)
    time.sleep(600)
"""


def fill(folder: Path, megabytes: int) -> None:
    folder.mkdir(parents=True)
    (folder / "deeper").mkdir()
    (folder / "deeper" / "file").write_bytes(b"x" * megabytes * MEGABYTE)


def used(root: Path, tree: str, name: str = "slot-0") -> Workplace:
    """A workplace of three megabytes that was used just now."""
    place = Workplace(root, tree, name)
    with place.held(None):
        fill(place.source, 1)
        fill(place.objects, 2)
    return place


@pytest.fixture
def places(tmp_path: Path) -> list[Workplace]:
    """Three, used one after the other."""
    made = [used(tmp_path, "a"), used(tmp_path, "b"), used(tmp_path, "a", "slot-1")]
    for when, place in enumerate(made, 1):
        os.utime(place.source.with_name(f"{place.name}.size"), (when, when))
    return made


def there(places: list[Workplace]) -> list[bool]:
    assert all(place.source.exists() == place.objects.exists() for place in places)
    return [place.source.exists() for place in places]


@pytest.mark.parametrize(
    ("megabytes", "left"),
    [
        (20, [True, True, True]),
        (10, [True, True, True]),
        (8, [False, True, True]),
        (5, [False, False, True]),
        (1, [False, False, False]),
    ],
)
def test_what_was_unused_for_longest_goes_until_the_rest_fits(
    places: list[Workplace], tmp_path: Path, megabytes: int, left: list[bool]
) -> None:
    make_room(tmp_path, megabytes * MEGABYTE)
    assert there(places) == left


def test_what_was_used_again_stays(places: list[Workplace], tmp_path: Path) -> None:
    with places[0].held(None):
        pass
    make_room(tmp_path, 4 * MEGABYTE)
    assert there(places) == [True, False, False]


def test_what_is_in_use_stays_whoever_uses_it(places: list[Workplace], tmp_path: Path) -> None:
    with places[1].held(None):
        make_room(tmp_path, 1)
        assert there(places) == [False, True, False]


def test_what_another_process_uses_stays_until_that_is_killed(tmp_path: Path) -> None:
    place = used(tmp_path, "tree")
    argv = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        make_room(tmp_path, 1)
        assert place.source.exists()
        holder.kill()
    make_room(tmp_path, 1)
    assert not place.source.exists()


def test_what_a_killed_user_left_is_counted_and_goes_first(
    places: list[Workplace], tmp_path: Path
) -> None:
    left = Workplace(tmp_path, "c", "slot-0")
    fill(left.objects, 2)
    assert left.size() >= 2 * MEGABYTE
    make_room(tmp_path, 10 * MEGABYTE)
    assert not left.objects.exists()
    assert there(places) == [True, True, True]


def test_a_disk_that_is_nearly_full_is_a_reason_too(
    places: list[Workplace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_room(tmp_path, 0)
    assert there(places) == [True, True, True]
    monkeypatch.setattr(workplace, "RESERVE", 1 << 60)
    make_room(tmp_path, 0)
    assert there(places) == [False, False, False]


def test_a_use_that_fails_is_a_use(tmp_path: Path) -> None:
    place = Workplace(tmp_path, "tree", "slot-0")

    def use() -> None:
        with place.held(None):
            fill(place.objects, 1)
            raise InfraError("the disk is full")

    with pytest.raises(InfraError, match="the disk is full"):
        use()
    assert place.used() > 0
    assert place.size() >= MEGABYTE


def test_links_are_not_followed(tmp_path: Path) -> None:
    place = used(tmp_path, "tree")
    fill(tmp_path / "precious", 4)
    (place.objects / "link").symlink_to(tmp_path / "precious")
    with place.held(None):
        pass
    assert place.size() < 4 * MEGABYTE
    make_room(tmp_path, 1)
    assert (tmp_path / "precious" / "deeper" / "file").exists()
