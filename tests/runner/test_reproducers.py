"""What is known to be wrong with a reproducer before anything is built."""

from __future__ import annotations

import pytest

from runner.errors import InputError
from runner.reproducers import check
from runner.values import Reproducer

BOTH = "CONFIG_X86_64=y\nCONFIG_IA32_EMULATION=y\n"


def test_what_kernels_of_the_config_can_run_is_accepted() -> None:
    check(Reproducer("int main(void) {}"), "CONFIG_X86_64=y\n")
    check(Reproducer("int main(void) {}", bits=32, procs=32, repeat=True), BOTH)


@pytest.mark.parametrize(
    ("reproducer", "config", "words"),
    [
        (Reproducer("", procs=0), BOTH, "between 1 and 32 copies"),
        (Reproducer("", procs=33), BOTH, "between 1 and 32 copies"),
        (Reproducer("", bits=31), BOTH, "no reproducer has 31 bits"),
        (Reproducer("", bits=32), "# CONFIG_IA32_EMULATION is not set\n", "IA32_EMULATION=y"),
    ],
)
def test_what_cannot_be_run_is_the_persons_to_correct(
    reproducer: Reproducer, config: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        check(reproducer, config)
