/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptor tables of the CPUs. */
#ifndef ASM_GDT_H
#define ASM_GDT_H

#include <xen/percpu.h>
#include <asm/page.h>
#include <xen/traps.h>

struct tss64 {
	u32 reserved0;
	u64 rsp0, rsp1, rsp2, reserved1, ist[7], reserved2;
	u16 reserved3, iopb;
} __packed;

DECLARE_PER_CPU(struct tss64, cpu_tss);
DECLARE_PER_CPU(u64 *, cpu_gdt);

void load_gdt(unsigned long base);	/* of a whole view: reserved pages included */
void load_idle_gdt(void);		/* this CPU's own page at the reserved selectors */
void load_ldt(unsigned long base, unsigned int entries);	/* 0 entries: none */
mfn_t cpu_gdt_mfn(void);		/* to be shown in the view of the vcpu that runs here */
void idt_load(void);
/* Boot: until trap_init_early() is called again, `vector` leads to entry. */
void idt_divert(unsigned int vector, const char *entry);

#endif
