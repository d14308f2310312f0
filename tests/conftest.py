"""What holds for all tests: hypothesis does not judge by the clock, which a busy machine bends.

`make test` tries the same examples every time; `HYPOTHESIS_PROFILE=explore` tries new ones.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", UNHURRIED, derandomize=True)
settings.register_profile("explore", UNHURRIED, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
