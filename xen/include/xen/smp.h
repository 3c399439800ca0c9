/* SPDX-License-Identifier: GPL-2.0-only */
/* Other CPUs: bring-up and inter-processor calls. */
#ifndef XEN_SMP_H
#define XEN_SMP_H

#include <xen/cpumask.h>
#include <asm/current.h>

#define smp_processor_id()	(get_cpu_info()->processor_id)

void smp_prepare_cpus(unsigned int max_cpus);	/* after ACPI: which APIC ids exist */
int cpu_up(unsigned int cpu);			/* 0, -EIO when it does not answer in time */
void smp_send_event_check_cpu(unsigned int cpu);
void smp_send_event_check_mask(const cpumask_t *mask);
/* Run fn(info) with interrupts off on each online CPU of mask (this one too if in it). Waits for all when `wait`. Interrupts on. */
void on_selected_cpus(const cpumask_t *mask, void (*fn)(void *), void *info, bool wait);
void smp_call_function(void (*fn)(void *), void *info, bool wait);	/* all others */
void smp_send_stop(void);			/* the others halt for ever */

#endif
