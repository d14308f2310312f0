"""The changes that can be the culprit: each plants a warning on a path of nested SVM."""

from __future__ import annotations

from dataclasses import dataclass

from tests.demolinux.change import Change, Edit, Effect
from tests.demolinux.kvm import KVM, NESTED, SVM

MAIN = "arch/x86/kvm/svm/svm.c"


@dataclass(frozen=True, slots=True)
class Planted:
    """A culprit to be, and what shows it."""

    change: Change
    title: str
    reproducer: str
    """File beside this one."""


# KVM_SET_NESTED_STATE calls svm_leave_nested() for a vCPU that is not in guest mode, too: it is the
# caller that the change forgets.
LEAVE_NESTED = Change(
    key="leave-nested",
    author=SVM,
    reviewer=KVM,
    effect=Effect.CULPRIT,
    subject="KVM: nSVM: Expect guest mode in svm_leave_nested()",
    body="""
svm_leave_nested() does nothing of use for a vCPU that is not in guest
mode, yet it is called from paths that do not know whether it is.  Check
at these callers, where a reader sees what happens, and let
svm_leave_nested() warn when it is called without need.

No functional change intended.
""",
    edits=(
        Edit(
            NESTED,
            """\
	if (is_guest_mode(vcpu)) {
		svm->nested.nested_run_pending = 0;
		svm->nested.vmcb12_gpa = INVALID_GPA;

		leave_guest_mode(vcpu);

		svm_switch_vmcb(svm, &svm->vmcb01);

		nested_svm_uninit_mmu_context(vcpu);
		vmcb_mark_all_dirty(svm->vmcb);

		if (kvm_apicv_activated(vcpu->kvm))
			kvm_make_request(KVM_REQ_APICV_UPDATE, vcpu);
	}

	kvm_clear_request(KVM_REQ_GET_NESTED_STATE_PAGES, vcpu);
""",
            """\
	if (WARN_ON_ONCE(!is_guest_mode(vcpu)))
		return;

	svm->nested.nested_run_pending = 0;
	svm->nested.vmcb12_gpa = INVALID_GPA;

	leave_guest_mode(vcpu);

	svm_switch_vmcb(svm, &svm->vmcb01);

	nested_svm_uninit_mmu_context(vcpu);
	vmcb_mark_all_dirty(svm->vmcb);

	if (kvm_apicv_activated(vcpu->kvm))
		kvm_make_request(KVM_REQ_APICV_UPDATE, vcpu);

	kvm_clear_request(KVM_REQ_GET_NESTED_STATE_PAGES, vcpu);
""",
        ),
        Edit(
            MAIN,
            """\
			svm_leave_nested(vcpu);
			svm_set_gif(svm, true);
""",
            """\
			if (is_guest_mode(vcpu))
				svm_leave_nested(vcpu);
			svm_set_gif(svm, true);
""",
        ),
        Edit(
            MAIN,
            """\
	svm_leave_nested(vcpu);
	svm_free_nested(svm);
""",
            """\
	if (is_guest_mode(vcpu))
		svm_leave_nested(vcpu);
	svm_free_nested(svm);
""",
        ),
    ),
)

# A VMRUN that the processor refuses stays pending, and nested_svm_vmexit() expects that none is.
RUN_PENDING = Change(
    key="run-pending",
    author=SVM,
    reviewer=KVM,
    effect=Effect.CULPRIT,
    subject="KVM: nSVM: Clear nested_run_pending where the run is counted",
    body="""
A nested run stops being pending because it was made.  Say so in one
place, instead of clearing the flag for whatever comes back.  This also
mends the indentation.

No functional change intended.
""",
    edits=(
        Edit(
            MAIN,
            " != SVM_EXIT_ERR)\n"
            "                        ++vcpu->stat.nested_run;\n"
            "\n"
            "\t\tsvm->nested.nested_run_pending = 0;\n",
            " != SVM_EXIT_ERR) {\n"
            "\t\t\t++vcpu->stat.nested_run;\n"
            "\t\t\tsvm->nested.nested_run_pending = 0;\n"
            "\t\t}\n",
        ),
    ),
)

CULPRITS = (
    Planted(LEAVE_NESTED, "WARNING in svm_leave_nested", "leave_nested.c"),
    Planted(RUN_PENDING, "WARNING in nested_svm_vmexit", "nested_vmexit.c"),
)
