// SPDX-License-Identifier: Apache-2.0
/* A guest that runs guests: entering and leaving the second level. */
#include <asm/page.h>
#include <kernel/bug.h>

#include "demo.h"

#define STATE_FLAGS (DEMO_STATE_GUEST_MODE | DEMO_STATE_RUN_PENDING | DEMO_STATE_SMM)
#define L2_ENTRY 0x1000

/* From L2 to L1, whatever L2 was doing. Its entry must be complete, or taken back. */
noinline void demo_leave_nested(struct demo_vcpu *vcpu)
{
	WARN_ON_ONCE(vcpu->nested.run_pending);
	vcpu->hflags &= ~HF_GUEST_MASK;
	vcpu->rip = vcpu->nested.l1_rip;
	vcpu->nested.vmcb12_gpa = 0;
}

static void demo_enter_nested(struct demo_vcpu *vcpu, u64 vmcb12_gpa)
{
	vcpu->nested.l1_rip = vcpu->rip;
	vcpu->nested.vmcb12_gpa = vmcb12_gpa;
	vcpu->nested.run_pending = true;
	vcpu->hflags |= HF_GUEST_MASK;
	vcpu->rip = L2_ENTRY;
}

/* L1 sees its VMRUN as if it had not begun. */
void demo_cancel_nested_run(struct demo_vcpu *vcpu)
{
	vcpu->nested.run_pending = false;
	vcpu->exit_pending = false;
}

void demo_complete_nested_run(struct demo_vcpu *vcpu)
{
	vcpu->nested.run_pending = false;
}

static int check_nested_state(const struct demo_vcpu *vcpu, const struct demo_nested_state *state)
{
	if (!vcpu->nested.enabled)
		return -EINVAL;
	if (state->size != sizeof(*state) || state->flags & ~STATE_FLAGS)
		return -EINVAL;
	if (state->flags & DEMO_STATE_RUN_PENDING && !(state->flags & DEMO_STATE_GUEST_MODE))
		return -EINVAL;
	if (state->vmcb12_gpa & ~PAGE_MASK)
		return -EINVAL;
	return 0;
}

long demo_set_nested_state(struct demo_vcpu *vcpu, const struct demo_nested_state *state)
{
	int err = check_nested_state(vcpu, state);

	if (err)
		return err;
	if (is_guest_mode(vcpu)) {
		if (vcpu->nested.run_pending)
			demo_cancel_nested_run(vcpu);
		demo_leave_nested(vcpu);
	}
	if (state->flags & DEMO_STATE_GUEST_MODE) {
		demo_enter_nested(vcpu, state->vmcb12_gpa);
		vcpu->nested.run_pending = state->flags & DEMO_STATE_RUN_PENDING;
	}
	return 0;
}

void demo_get_nested_state(const struct demo_vcpu *vcpu, struct demo_nested_state *state)
{
	state->flags = (is_guest_mode(vcpu) ? DEMO_STATE_GUEST_MODE : 0) |
		       (vcpu->nested.run_pending ? DEMO_STATE_RUN_PENDING : 0) |
		       (is_smm(vcpu) ? DEMO_STATE_SMM : 0);
	state->size = sizeof(*state);
	state->vmcb12_gpa = vcpu->nested.vmcb12_gpa;
}
