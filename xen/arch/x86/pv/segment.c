/* SPDX-License-Identifier: GPL-2.0-only */
/* Segment bases and debug registers of the running guest. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/trap_entry.h>

long do_set_segment_base(unsigned long which, unsigned long base)
{
	switch (which) {
	case SEGBASE_FS:
		if (!is_canonical(base))
			return -EINVAL;
		wrmsr(MSR_FS_BASE, base);
		return 0;
	case SEGBASE_GS_USER:
		if (!is_canonical(base))
			return -EINVAL;
		wrmsr(MSR_SHADOW_GS_BASE, base);
		return 0;
	case SEGBASE_GS_KERNEL:
		if (!is_canonical(base))
			return -EINVAL;
		wrmsr(MSR_GS_BASE, base);
		return 0;
	case SEGBASE_GS_USER_SEL:
		if (!guest_selector_ok(base & 0xffff))
			base = 0;
		local_irq_disable();
		load_gs_user((base & 0xffff) | (base & 0xfffc ? 3 : 0));
		local_irq_enable();
		return 0;
	default:
		return -EINVAL;
	}
}

#define WRITE_DR(n, v)	__asm__ volatile("mov %0, %%db" #n :: "r"(v))

/* Breakpoints in the hypervisor's window would fire in ring 0. */
static bool breakpoint_ok(unsigned long addr)
{
	return is_canonical(addr) && !in_hypervisor_window(addr);
}

static void load_breakpoint(unsigned int n, unsigned long v)
{
	switch (n) {
	case 0: WRITE_DR(0, v); break;
	case 1: WRITE_DR(1, v); break;
	case 2: WRITE_DR(2, v); break;
	case 3: WRITE_DR(3, v); break;
	}
}

#define DR7_ENABLES	0xffUL
#define DR7_GD		(1UL << 13)
#define DR7_ALLOWED	0xffff03ffUL
#define DR7_FIXED	0x400UL

/* No I/O breakpoints (CR4.DE), no general detect. */
static bool dr7_ok(unsigned long v)
{
	for (unsigned int i = 0; i < 4; i++)
		if ((v >> (16 + 4 * i) & 3) == 2 && (v >> (2 * i) & 3))
			return false;
	return !(v & DR7_GD) && v <= 0xffffffffUL;
}

void pv_load_debugregs(const struct vcpu *v)
{
	for (unsigned int i = 0; i < 4; i++)
		load_breakpoint(i, v->arch.dr[i]);
	WRITE_DR(6, v->arch.dr[6] | 0xffff0ff0UL);
	WRITE_DR(7, v->arch.dr[7] | DR7_FIXED);
}

void pv_clear_debugregs(void)
{
	WRITE_DR(7, DR7_FIXED);
}

/* 0, -EINVAL for no such register, -EPERM for a value that is not allowed. */
int pv_set_debugreg(struct vcpu *v, unsigned int reg, unsigned long value)
{
	if (reg < 4) {
		if (!breakpoint_ok(value))
			return -EPERM;
	} else if (reg == 7 || reg == 5) {
		reg = 7;
		if (!dr7_ok(value))
			return -EPERM;
		value &= DR7_ALLOWED;
	} else if (reg == 6 || reg == 4) {
		reg = 6;
		value &= 0xe00f;
	} else {
		return -EINVAL;
	}
	v->arch.dr[reg] = value;
	if (v != current)
		return 0;
	if (reg < 4)
		load_breakpoint(reg, value);
	else if (reg == 7)
		pv_load_debugregs(v);
	return 0;
}

long do_set_debugreg(unsigned long reg, unsigned long value)
{
	return reg > 7 ? -ENODEV : pv_set_debugreg(current, reg, value);
}

long do_get_debugreg(unsigned long reg)
{
	const struct arch_vcpu *a = &current->arch;

	switch (reg) {
	case 0: case 1: case 2: case 3:
		return a->dr[reg];
	case 4: case 6:
		return a->dr[6] | 0xffff0ff0UL;
	case 5: case 7:
		return a->dr[7] | DR7_FIXED;
	default:
		return -ENODEV;
	}
}
