/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupt descriptor table: one for all CPUs, read-only once booted. Interrupt gates only: interrupts are off in every entry. */
#include <xen/lib.h>
#include <xen/traps.h>
#include <asm/gdt.h>
#include <asm/setup.h>

struct gate { u64 lo, hi; };

extern char exception_entries[], irq_entries[], entry_nmi[], entry_debug[], entry_machine_check[], entry_double_fault[];

static struct gate idt[256] __aligned(4096) __section(".data.ro_after_init");

static void set_gate(unsigned int vector, const char *entry, unsigned int dpl, unsigned int ist)
{
	unsigned long a = (unsigned long)entry;

	idt[vector].lo = (a & 0xffff) | (u64)XEN_CS64 << 16 | (u64)ist << 32 |
			 (u64)(0x8e | dpl << 5) << 40 | (a >> 16 & 0xffff) << 48;
	idt[vector].hi = a >> 32;
}

void idt_load(void)
{
	struct { u16 limit; u64 base; } __packed idtr = { sizeof(idt) - 1, (unsigned long)idt };

	__asm__ volatile("lidt %0" :: "m"(idtr));
}

void __init idt_divert(unsigned int vector, const char *entry)
{
	set_gate(vector, entry, 3, 0);
}

void __init trap_init_early(void)
{
	for (unsigned int v = 0; v < 32; v++)
		set_gate(v, exception_entries + 16 * v, v == TRAP_int3 || v == TRAP_overflow ? 3 : 0, 0);
	for (unsigned int v = 32; v < 256; v++)
		set_gate(v, irq_entries + 16 * (v - 32), 0, 0);
	set_gate(TRAP_double_fault, entry_double_fault, 0, IST_DF);
	set_gate(TRAP_nmi, entry_nmi, 0, IST_NMI);
	set_gate(TRAP_machine_check, entry_machine_check, 0, IST_MCE);
	set_gate(TRAP_debug, entry_debug, 0, IST_DB);
	idt_load();
}
