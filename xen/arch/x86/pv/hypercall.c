/* SPDX-License-Identifier: GPL-2.0-only */
/* Dispatch of hypercalls, continuations, multicall, the hypercall page. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <asm/pv.h>
#include <asm/trap_entry.h>

typedef long (*hypercall_fn)(unsigned long, unsigned long, unsigned long, unsigned long, unsigned long, unsigned long);

static long do_ni_hypercall(unsigned long a1, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5, unsigned long a6)
{
	return -ENOSYS;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-function-type"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
/* entry.S calls through it: the number is below NR_HYPERCALLS. Handlers ignore the registers beyond their arguments. */
#define ROW(nr, name, nargs)	[nr] = (hypercall_fn)do_##name,
extern const hypercall_fn hypercall_table[NR_HYPERCALLS];
const hypercall_fn hypercall_table[NR_HYPERCALLS] = {
	[0 ... NR_HYPERCALLS - 1] = do_ni_hypercall,
	HYPERCALL_TABLE(ROW)
};
#pragma GCC diagnostic pop

/* -- continuation --------------------------------------------------------------------------------------------------------- */

/* The entry that a multicall on this CPU works on. */
static DEFINE_PER_CPU(struct multicall_entry, mc_entry);

#define SYSCALL_INSN_BYTES	2

long hypercall_create_continuation(unsigned int op, unsigned int nargs, const unsigned long *args)
{
	struct vcpu *v = current;
	struct cpu_user_regs *regs = guest_cpu_user_regs();

	if (v->in_multicall) {
		struct multicall_entry *mc = &this_cpu(mc_entry);

		for (unsigned int i = 0; i < nargs && i < ARRAY_SIZE(mc->args); i++)
			mc->args[i] = args[i];
		mc->op = op;
		v->hcall_preempted = true;
		return -ERESTART;
	}
	u64 *const where[] = { &regs->rdi, &regs->rsi, &regs->rdx, &regs->r10, &regs->r8, &regs->r9 };

	for (unsigned int i = 0; i < nargs && i < ARRAY_SIZE(where); i++)
		*where[i] = args[i];
	regs->rip -= SYSCALL_INSN_BYTES;
	return op;		/* the exit path puts it into rax: the number of the call that is made again */
}

/* -- multicall ------------------------------------------------------------------------------------------------------------- */

#define MULTICALL_MAX	0x10000u

static long multicall_one(struct multicall_entry *mc)
{
	if (mc->op >= NR_HYPERCALLS || mc->op == __HYPERVISOR_iret || mc->op == __HYPERVISOR_multicall)
		return mc->op == __HYPERVISOR_multicall ? -EINVAL : -ENOSYS;
	return hypercall_table[mc->op](mc->args[0], mc->args[1], mc->args[2], mc->args[3], mc->args[4], mc->args[5]);
}

long do_multicall(unsigned long list, unsigned long nr)
{
	struct vcpu *v = current;
	struct multicall_entry *mc = &this_cpu(mc_entry);
	unsigned int calls = nr;
	long rc = 0;

	if (calls > MULTICALL_MAX)
		return -E2BIG;
	v->in_multicall = true;
	for (unsigned int i = 0; i < calls; i++) {
		unsigned long at = list + (unsigned long)i * sizeof(*mc);

		if (i && hypercall_preempt_check()) {
			v->in_multicall = false;
			return hypercall_continue(__HYPERVISOR_multicall, at, calls - i);
		}
		rc = copy_in(mc, at, sizeof(*mc));
		if (rc)
			break;
		v->hcall_preempted = false;
		mc->result = multicall_one(mc);
		if (v->hcall_preempted) {
			/* The entry as it is to be made again, and then all that follow. */
			rc = copy_out(at, mc, sizeof(*mc));
			if (rc)
				break;
			v->in_multicall = false;
			return hypercall_continue(__HYPERVISOR_multicall, at, calls - i);
		}
		rc = copy_out(at + offsetof(struct multicall_entry, result), &mc->result, sizeof(mc->result));
		if (rc)
			break;
		if (v->domain->is_shutting_down)
			break;
	}
	v->in_multicall = false;
	return rc;
}

/* -- the page for kernels that call through it ------------------------------------------------------------------------------ */

/* push rcx; push r11; mov $n, eax; syscall; pop r11; pop rcx; ret */
static void make_stub(u8 *p, u32 nr)
{
	static const u8 head[] = { 0x51, 0x41, 0x53, 0xb8 }, tail[] = { 0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3 };

	memcpy(p, head, sizeof(head));
	memcpy(p + 4, &nr, sizeof(nr));
	memcpy(p + 8, tail, sizeof(tail));
}

/* push rcx; push r11; push rax; mov $23, eax; syscall: it does not come back. */
static void make_iret_stub(u8 *p)
{
	static const u8 code[] = { 0x51, 0x41, 0x53, 0x50, 0xb8, __HYPERVISOR_iret, 0, 0, 0, 0x0f, 0x05 };

	memcpy(p, code, sizeof(code));
}

void hypercall_page_init(void *page)
{
	memset(page, 0xcc, PAGE_SIZE);
	for (unsigned int i = 0; i < PAGE_SIZE / 32; i++)
		make_stub((u8 *)page + 32 * i, i);
	make_iret_stub((u8 *)page + 32 * __HYPERVISOR_iret);
}
