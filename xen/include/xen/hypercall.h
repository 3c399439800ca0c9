/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls: each is one row of HYPERCALL_TABLE, from which prototypes, dispatch and names come. Multiplexed calls have a
 * table of sub-operation rows that one engine (common/hcall/subop.c) serves.
 */
#ifndef XEN_HYPERCALL_H
#define XEN_HYPERCALL_H

#include <xen/guest_access.h>
#include <xen/types.h>

/*
 * X(number, name, number of arguments). Handlers take that many unsigned longs (zero-extended registers) and return a long:
 * 0 or a result, or a negative errno.
 */
#define HYPERCALL_TABLE(X)				\
	X(0,  set_trap_table, 1)			\
	X(1,  mmu_update, 4)				\
	X(2,  set_gdt, 2)				\
	X(3,  stack_switch, 2)				\
	X(4,  set_callbacks, 3)				\
	X(5,  fpu_taskswitch, 1)			\
	X(6,  sched_op_compat, 2)			\
	X(7,  platform_op, 1)				\
	X(8,  set_debugreg, 2)				\
	X(9,  get_debugreg, 1)				\
	X(10, update_descriptor, 2)			\
	X(12, memory_op, 2)				\
	X(13, multicall, 2)				\
	X(14, update_va_mapping, 3)			\
	X(15, set_timer_op, 1)				\
	X(16, event_channel_op_compat, 1)		\
	X(17, xen_version, 2)				\
	X(18, console_io, 3)				\
	X(19, physdev_op_compat, 1)			\
	X(20, grant_table_op, 3)			\
	X(21, vm_assist, 2)				\
	X(22, update_va_mapping_otherdomain, 4)		\
	X(23, iret, 0)					\
	X(24, vcpu_op, 3)				\
	X(25, set_segment_base, 2)			\
	X(26, mmuext_op, 4)				\
	X(28, nmi_op, 2)				\
	X(29, sched_op, 2)				\
	X(30, callback_op, 2)				\
	X(32, event_channel_op, 2)			\
	X(33, physdev_op, 2)				\
	X(35, sysctl, 1)				\
	X(36, domctl, 1)				\
	X(48, mca, 1)

#define HCALL_ARGS_0	void
#define HCALL_ARGS_1	unsigned long a1
#define HCALL_ARGS_2	HCALL_ARGS_1, unsigned long a2
#define HCALL_ARGS_3	HCALL_ARGS_2, unsigned long a3
#define HCALL_ARGS_4	HCALL_ARGS_3, unsigned long a4
#define HCALL_PROTO(nr, name, nargs)	long do_##name(HCALL_ARGS_##nargs);
HYPERCALL_TABLE(HCALL_PROTO)
#define NR_HYPERCALLS	64

/*
 * The call in progress has not ended: it will be made again, with these arguments, after the guest's events and the
 * scheduler had their turn. Works inside multicalls. The caller returns the value at once.
 */
long hypercall_create_continuation(unsigned int op, unsigned int nargs, const unsigned long *args);
#define hypercall_continue(op, ...) ({								\
	const unsigned long _a[] = { __VA_ARGS__ };						\
	hypercall_create_continuation(op, sizeof(_a) / sizeof(_a[0]), _a); })

/* -- sub-operations ----------------------------------------------------------------------------------------------------- */

/* What a caller may ask for; may() in common/hcall/privilege.c decides for all of them. */
enum action {
	ACT_self,		/* on itself: anybody */
	ACT_control,		/* of another domain (domctl) */
	ACT_system,		/* of the machine (sysctl, platform_op) */
	ACT_hardware,		/* physical devices (physdev) */
	ACT_map_foreign,	/* map or pin another's pages */
	ACT_console,		/* the hypervisor's console */
	ACT_create_channel,	/* an unbound port in another domain */
};
struct domain;
/* 0 or -EPERM. target may be NULL (nobody in particular). */
int may(const struct domain *caller, enum action action, const struct domain *target);

struct subop {
	const char *name;
	int (*fn)(void *arg);	/* arg: a copy of the guest's struct; 0 or -errno; -ERESTART: make the same call again */
	u16 size;		/* bytes of the struct; 0: no argument */
	u8 copy_back;		/* 1: on success; 2: always (but not on -ERESTART unless SUBOP_COPY_RESTART) */
	u8 action;		/* asked with target NULL before fn is called */
};
/* Serve row `cmd` of table: check it exists (-ENOSYS), privilege, copy in (-EFAULT), call, copy out. Struct at most 256 bytes. */
long subop_call(unsigned int hcall_nr, const struct subop *table, unsigned int rows, unsigned long cmd, unsigned long guest_arg);

#endif
