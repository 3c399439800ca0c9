/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU variables. The linker gathers them in one template section; each CPU has its copy at a fixed virtual
 * place, and the distance from the template is kept at the top of the CPU's stack (asm/current.h).
 */
#ifndef XEN_PERCPU_H
#define XEN_PERCPU_H

#include <xen/types.h>
#include <asm/current.h>

#define DEFINE_PER_CPU(type, name)	__section(".bss.percpu") __typeof__(type) per_cpu__##name
#define DECLARE_PER_CPU(type, name)	extern __typeof__(type) per_cpu__##name

extern unsigned long __per_cpu_offset[];

#define __percpu_at(name, off)	(*(__typeof__(&per_cpu__##name))((char *)&per_cpu__##name + (off)))
#define per_cpu(name, cpu)	__percpu_at(name, __per_cpu_offset[cpu])
#define this_cpu(name)		__percpu_at(name, get_cpu_info()->per_cpu_offset)

/* Make (zeroed) the area of `cpu`. Boot and CPU bring-up. -ENOMEM. */
int percpu_init_area(unsigned int cpu);

#endif
