"""The changes to what the config does not build: documentation, drivers, other machines."""

from __future__ import annotations

from tests.demolinux.change import Author, Change, Edit, Effect

DOCS = Author("Documentation Writer", "docs@demo.invalid")
DRIVERS = Author("Driver Developer", "drivers@demo.invalid")
ARM = Author("Arm Developer", "arm@demo.invalid")

THREE_LEVELS = Change(
    key="three-levels",
    author=DOCS,
    effect=Effect.INERT,
    subject="Documentation: KVM: Simplify a sentence about nesting levels",
    body="It is about which words the document uses, not about what it sticks to.",
    edits=(
        Edit(
            "Documentation/virt/kvm/x86/running-nested-guests.rst",
            "This document will stick with the three-level terminology (L0,\n",
            "This document uses the three-level terminology (L0,\n",
        ),
    ),
)

CHECKLIST = Change(
    key="checklist",
    author=DOCS,
    effect=Effect.INERT,
    subject="Documentation: KVM: Name the repository of the tests in the checklist",
    body="Emulator tests live in kvm-unit-tests today, not in QEMU's tree.",
    edits=(
        Edit(
            "Documentation/virt/kvm/review-checklist.rst",
            "accompanied by unit tests for qemu-kvm.git\n    kvm/test directory.\n",
            "accompanied by tests for kvm-unit-tests.git.\n",
        ),
    ),
)

PARENTHESES = Change(
    key="parentheses",
    author=ARM,
    effect=Effect.INERT,
    subject="KVM: arm64: Drop needless parentheses in kvm_pmu_switch_needed()",
    body="return is not a function.",
    edits=(
        Edit(
            "arch/arm64/kvm/pmu.c",
            "	return (attr->exclude_host != attr->exclude_guest);\n",
            "	return attr->exclude_host != attr->exclude_guest;\n",
        ),
    ),
)

REBOOT_MESSAGE = Change(
    key="reboot-message",
    author=DRIVERS,
    effect=Effect.INERT,
    subject="watchdog: softdog: Say in words that a reboot did not happen",
    body="Five question marks are no help to who reads the log.",
    edits=(
        Edit(
            "drivers/watchdog/softdog.c",
            'pr_crit("Reboot didn\'t ?????\\n");',
            'pr_crit("The system did not reboot\\n");',
        ),
    ),
)

PANIC_DEVICE = Change(
    key="panic-device",
    author=DRIVERS,
    effect=Effect.INERT,
    subject="misc/pvpanic-pci: Check the result of pcim_enable_device() for zero",
    body="It returns zero or an error; the usual check reads better.",
    edits=(
        Edit(
            "drivers/misc/pvpanic/pvpanic-pci.c",
            "	ret = pcim_enable_device(pdev);\n	if (ret < 0)\n",
            "	ret = pcim_enable_device(pdev);\n	if (ret)\n",
        ),
    ),
)

TOPIC = (THREE_LEVELS, CHECKLIST)
SINGLES = (PARENTHESES, REBOOT_MESSAGE, PANIC_DEVICE)
