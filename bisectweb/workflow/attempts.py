"""Work on a claimed row: when it goes wrong, it is known whose fault it is and nothing is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bisectweb.holding import LeaseLost
from bisectweb.models import Bug, Event
from bisectweb.models.lease import Leased
from bisectweb.slots import has_room
from runner.errors import Cancelled, InfraError, InputError

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
PAUSE = timedelta(seconds=15)
"""Before work is tried again that our own machine failed at; doubled with each attempt."""
FULL_PAUSE = timedelta(minutes=1)
"""Before it is tried whether a full disk has room again."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of what a row belongs to when its work goes wrong."""

    bug: Bug
    trouble: str
    """What our machine suffered from last."""
    refuse: Callable[[str], object]
    """End it: what was asked for cannot be done."""
    give_up: Callable[[str], object]
    """End it: our machine failed too often."""
    wait: Callable[[str, str], object]
    """Tell people of trouble, by its reason and by what is done about it."""


def attempt(row: Leased, token: str, fate: Fate, work: Callable[[], None]) -> None:
    if row.attempts > MAX_ATTEMPTS:
        reason = fate.trouble or "the worker died each time"
        fate.give_up(f"given up after {MAX_ATTEMPTS} attempts: {reason}")
        return
    try:
        work()
    except InputError as error:
        fate.refuse(str(error))
    except (Cancelled, LeaseLost):
        row.give_back(token)
    except InfraError as error:
        _try_again_later(row, token, fate, str(error))
    except Exception as error:
        # An unknown fault is ours until it is shown to be the commit's.
        logger.exception("%s failed", row)
        _try_again_later(row, token, fate, f"{type(error).__name__}: {error}")


def _try_again_later(row: Leased, token: str, fate: Fate, reason: str) -> None:
    """While the disk is full no attempt counts, and it is told once: that ends without us."""
    is_full = not has_room()
    pause = FULL_PAUSE if is_full else PAUSE * 2 ** (row.attempts - 1)
    changes = {"attempts": F("attempts") - 1} if is_full else {}
    with transaction.atomic():
        row.line_up()
        if row.give_back(token, not_before=timezone.now() + pause, **changes):
            fate.wait(reason, f"waiting {pause.seconds} s before another attempt")
            if is_full and fate.trouble:
                return
            text = f"trouble on our side (attempt {row.attempts}): {reason}"
            Event.objects.create(bug=fate.bug, text=text[:1000])
