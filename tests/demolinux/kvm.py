"""The changes to KVM on x86 that plant nothing."""

from __future__ import annotations

from tests.demolinux.change import Author, Change, Edit, Effect

SVM = Author("SVM Developer", "svm@demo.invalid")
KVM = Author("KVM Developer", "kvm@demo.invalid")

NESTED = "arch/x86/kvm/svm/nested.c"

NESTED_CR0 = Change(
    key="nested-cr0",
    author=SVM,
    subject="KVM: nSVM: Clean up the CR0 check of KVM_SET_NESTED_STATE",
    body="""
The line is indented with spaces, and compares with zero where the checks
around it do not.
""",
    edits=(
        Edit(
            NESTED,
            "        if (((cr0 & X86_CR0_CD) == 0) && (cr0 & X86_CR0_NW))\n",
            "	if (!(cr0 & X86_CR0_CD) && (cr0 & X86_CR0_NW))\n",
        ),
    ),
)

NESTED_FAULT = Change(
    key="nested-fault",
    author=SVM,
    reviewer=KVM,
    subject="KVM: nSVM: Use GENMASK_ULL() for the low half of EXITINFO1",
    body="""
Counting the digits of the mask is error-prone, and its neighbour in
nested_svm_get_tdp_pdptr() uses GENMASK() already.
""",
    edits=(
        Edit(
            NESTED,
            "	vmcb->control.exit_info_1 &= ~0xffffffffULL;\n",
            "	vmcb->control.exit_info_1 &= ~GENMASK_ULL(31, 0);\n",
        ),
    ),
)

NESTED_COMMENT = Change(
    key="nested-comment",
    author=SVM,
    effect=Effect.COMMENT,
    subject="KVM: nSVM: Fix the word order of a comment",
    body="Only the header is filled in first; what follows depends on guest mode.",
    edits=(
        Edit(
            NESTED,
            "	/* First fill in the header and copy it out.  */\n",
            "	/* Fill in the header first, and copy it out.  */\n",
        ),
    ),
)

SPEAKER = Change(
    key="speaker",
    author=KVM,
    subject="KVM: x86: Read one byte for the PC speaker port",
    body="""
The port is one byte wide and the handler looks at its two lowest bits.
Do not read the value as 32 bits, and not before the address is known to
be the speaker's.
""",
    edits=(
        Edit(
            "arch/x86/kvm/i8254.c",
            """\
	u32 val = *(u32 *) data;
	if (addr != KVM_SPEAKER_BASE_ADDRESS)
		return -EOPNOTSUPP;

""",
            """\
	u8 val;

	if (addr != KVM_SPEAKER_BASE_ADDRESS)
		return -EOPNOTSUPP;

	val = *(u8 *)data;
""",
        ),
    ),
)

MTRR_TYPES = Change(
    key="mtrr-types",
    author=KVM,
    subject="KVM: x86: Name the valid MTRR memory types",
    body="Replace the magic mask and its comment by the names of the types.",
    edits=(
        Edit(
            "arch/x86/kvm/mtrr.c",
            """\
	return t < 8 && (1 << t) & 0x73; /* 0, 1, 4, 5, 6 */
""",
            """\
	const unsigned int valid = BIT(MTRR_TYPE_UNCACHABLE) | BIT(MTRR_TYPE_WRCOMB) |
				BIT(MTRR_TYPE_WRTHROUGH) | BIT(MTRR_TYPE_WRPROT) |
				BIT(MTRR_TYPE_WRBACK);

	return t < 8 && (BIT(t) & valid);
""",
        ),
    ),
)

XEN_TIMER = Change(
    key="xen-timer",
    author=KVM,
    subject="KVM: x86: Ask for a pending Xen timer only when no other is pending",
    body="""
The callers of kvm_cpu_has_pending_timer() want to know whether there is
one, not how many there are.
""",
    edits=(
        Edit(
            "arch/x86/kvm/irq.c",
            """\
	if (kvm_xen_timer_enabled(vcpu))
		r += kvm_xen_has_pending_timer(vcpu);
""",
            """\
	if (!r && kvm_xen_timer_enabled(vcpu))
		r = kvm_xen_has_pending_timer(vcpu);
""",
        ),
    ),
)

COALESCED_RANGE = Change(
    key="coalesced-range",
    author=KVM,
    subject="KVM: Join the two overflow checks of coalesced_mmio_in_range()",
    body="Both say that the range is none; one return is enough.",
    edits=(
        Edit(
            "virt/kvm/coalesced_mmio.c",
            """\
	if (len < 0)
		return 0;
	if (addr + len < addr)
		return 0;
""",
            """\
	if (len < 0 || addr + len < addr)
		return 0;
""",
        ),
    ),
)

TOPIC = (NESTED_CR0, NESTED_FAULT, SPEAKER, MTRR_TYPES)
SINGLES = (NESTED_COMMENT, XEN_TIMER, COALESCED_RANGE)
