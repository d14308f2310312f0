/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _DRIVERS_DEMO_H
#define _DRIVERS_DEMO_H

#include <kernel/list.h>
#include <uapi/demo.h>

#define HF_GUEST_MASK BIT(0)
#define HF_SMM_MASK BIT(1)

/*
 * Three levels: L0 is this driver, L1 its guest, L2 the guest of the guest. A vcpu is
 * in guest mode while L2's state is loaded.
 */
struct demo_nested {
	bool enabled;
	bool run_pending; /* L1 asked for L2; the entry is not complete */
	u64 vmcb12_gpa;
	u64 l1_rip; /* where L1 goes on after L2 */
};

struct demo_vcpu {
	u64 hflags;
	u64 rip;
	bool exit_pending; /* an interrupt of the host stopped an entry */
	struct demo_nested nested;
};

struct demo_dirty_log_list {
	struct list_head entries;
	u32 count;
};

struct demo_vm {
	struct demo_vcpu vcpu;
	struct demo_dirty_log_list log;
};

static inline bool is_guest_mode(const struct demo_vcpu *vcpu)
{
	return vcpu->hflags & HF_GUEST_MASK;
}

static inline bool is_smm(const struct demo_vcpu *vcpu)
{
	return vcpu->hflags & HF_SMM_MASK;
}

/* vcpu.c */
void demo_vcpu_reset(struct demo_vcpu *vcpu);
long demo_vcpu_run(struct demo_vm *vm, struct demo_run *run);
long demo_vcpu_smi(struct demo_vcpu *vcpu);

/* nested.c */
void demo_leave_nested(struct demo_vcpu *vcpu);
void demo_cancel_nested_run(struct demo_vcpu *vcpu);
void demo_complete_nested_run(struct demo_vcpu *vcpu);
long demo_set_nested_state(struct demo_vcpu *vcpu, const struct demo_nested_state *state);
void demo_get_nested_state(const struct demo_vcpu *vcpu, struct demo_nested_state *state);

/* irq.c */
void demo_irq_init(void);
bool demo_tick_before_entry(void);
bool demo_tick_is_late(void);

/* dirty_log.c */
int demo_mark_dirty(struct demo_dirty_log_list *log, u64 gfn, bool stale);
long demo_get_dirty_log(struct demo_dirty_log_list *log, struct demo_dirty_log *request);
void demo_free_dirty_log(struct demo_dirty_log_list *log);

#endif
