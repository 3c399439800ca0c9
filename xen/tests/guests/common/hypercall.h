/* SPDX-License-Identifier: GPL-2.0-only */
/* Hypercalls by direct `syscall`. Arguments are integers: tests pass rubbish as often as pointers. */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <public/xen.h>
#include <public/errno.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

static inline long hypercall6(u64 op, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	register u64 r10 __asm__("r10") = d;
	register u64 r8 __asm__("r8") = e;
	register u64 r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile ("syscall" : "=a" (ret), "+D" (a), "+S" (b), "+d" (c), "+r" (r10), "+r" (r8),
			  "+r" (r9)
			  : "0" (op) : "rcx", "r11", "memory");
	return ret;
}

#define P(x)	((u64)(uintptr_t)(x))

static inline long hypercall(u64 op, u64 a, u64 b, u64 c, u64 d)
{
	return hypercall6(op, a, b, c, d, 0, 0);
}

static inline long mmu_update(const struct mmu_update *req, u64 count, u32 *done, u32 domid)
{
	return hypercall(__HYPERVISOR_mmu_update, P(req), count, P(done), domid);
}

static inline long mmuext_op(const struct mmuext_op *op, u64 count, u32 *done, u32 domid)
{
	return hypercall(__HYPERVISOR_mmuext_op, P(op), count, P(done), domid);
}

static inline long update_va_mapping(u64 va, u64 pte, u64 flags)
{
	return hypercall(__HYPERVISOR_update_va_mapping, va, pte, flags, 0);
}

static inline long memory_op(u32 cmd, void *arg)
{
	return hypercall(__HYPERVISOR_memory_op, cmd, P(arg), 0, 0);
}

static inline long xen_version(u32 cmd, void *arg)
{
	return hypercall(__HYPERVISOR_xen_version, cmd, P(arg), 0, 0);
}

static inline long sched_op(u32 cmd, void *arg)
{
	return hypercall(__HYPERVISOR_sched_op, cmd, P(arg), 0, 0);
}

static inline long event_op(u32 cmd, void *arg)
{
	return hypercall(__HYPERVISOR_event_channel_op, cmd, P(arg), 0, 0);
}

static inline long grant_op(u32 cmd, void *arg, u64 count)
{
	return hypercall(__HYPERVISOR_grant_table_op, cmd, P(arg), count, 0);
}

static inline long vcpu_op(u32 cmd, u64 vcpu, void *arg)
{
	return hypercall(__HYPERVISOR_vcpu_op, cmd, vcpu, P(arg), 0);
}
#endif
