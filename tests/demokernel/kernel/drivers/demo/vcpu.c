// SPDX-License-Identifier: Apache-2.0
/* The vcpu: reset, run, system management mode. */
#include <kernel/kernel.h>

#include "demo.h"

#define RESET_VECTOR 0xfff0
#define SMI_HANDLER 0x38000
#define STEAL_TIME_GFN 0x7

void demo_vcpu_reset(struct demo_vcpu *vcpu)
{
	if (is_guest_mode(vcpu)) {
		if (vcpu->nested.run_pending)
			demo_cancel_nested_run(vcpu);
		demo_leave_nested(vcpu);
	}
	vcpu->hflags = 0;
	vcpu->rip = RESET_VECTOR;
	vcpu->exit_pending = false;
}

/* A tick that comes late is accounted in the guest's steal-time page. */
static int account_steal_time(struct demo_vm *vm)
{
	return demo_tick_is_late() ? demo_mark_dirty(&vm->log, STEAL_TIME_GFN, true) : 0;
}

long demo_vcpu_run(struct demo_vm *vm, struct demo_run *run)
{
	struct demo_vcpu *vcpu = &vm->vcpu;

	if (run->flags)
		return -EINVAL;
	if (demo_tick_before_entry()) {
		vcpu->exit_pending = true;
		run->exit_reason = DEMO_EXIT_INTR;
		return 0;
	}
	vcpu->exit_pending = false;
	if (vcpu->nested.run_pending)
		demo_complete_nested_run(vcpu);
	run->exit_reason = DEMO_EXIT_HLT;
	return account_steal_time(vm);
}

/* System management mode belongs to L1: L2 has to be left before. */
long demo_vcpu_smi(struct demo_vcpu *vcpu)
{
	if (is_smm(vcpu))
		return -EBUSY;
	if (is_guest_mode(vcpu)) {
		if (vcpu->nested.run_pending)
			demo_cancel_nested_run(vcpu);
		demo_leave_nested(vcpu);
	}
	vcpu->hflags |= HF_SMM_MASK;
	vcpu->rip = SMI_HANDLER;
	return 0;
}
