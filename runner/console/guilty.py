"""Which source file a symbolised crash report points at. Pure."""

from __future__ import annotations

import re

SOURCE = re.compile(r"(?<![\w/.-])(?:\./)?(?P<path>[\w-]+(?:/[\w.-]+)+\.[chS]):\d+")
"""A source file and line, as a symbolised report has them."""
BYSTANDERS = re.compile(
    r"\.h$|^lib/|^mm/(?:kasan|kmsan|kmemleak|slab|slub|slob|util|vmalloc|page_alloc|memory|maccess)"
    r"|^arch/\w+/(?:kernel|lib|entry|include|mm)/|^kernel/(?:locking|sched|rcu|panic|softirq|kthread"
    r"|workqueue|hung_task|watchdog|time|stacktrace|kcov|kcsan|smp|entry)|^include/"
    r"|^net/core/(?:dev|sock|skbuff)\.c|^net/socket\.c|^fs/(?:read_write|ioctl|open)\.c"
    r"|^security/commoncap\.c|^drivers/usb/core/urb\.c|^entry/"
)
"""Files that are in every report of their kind and seldom to blame."""


def guilty_file(report: str) -> str | None:
    """The source file a symbolised report points at: the first that is no bystander, or any."""
    paths = [match["path"] for match in SOURCE.finditer(report)]
    suspects = (path for path in paths if not BYSTANDERS.search(path))
    return next(suspects, paths[0] if paths else None)
