/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each CPU's data and stack, at fixed places near the image (asm/config.h), so that entry code reaches its own stack relative to its
 * instruction pointer. The page tables of that window are static.
 */
#include <xen/bitops.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <asm/setup.h>

extern char __per_cpu_start[], __per_cpu_end[], cpu0_stack[], cpu0_percpu[];
extern l1e_t l1_percpu[], l1_stacks[];
extern l2e_t l2_percpu[];

unsigned long __per_cpu_offset[NR_CPUS];

#define STACK_PAGES	(STACK_SIZE / PAGE_SIZE)
#define AREA_PAGES	(PERCPU_AREA_SIZE / PAGE_SIZE)

BUILD_BUG_ON(NR_CPUS * STACK_PAGES > PT_ENTRIES);
BUILD_BUG_ON(NR_CPUS * AREA_PAGES > 2 * PT_ENTRIES);

static void set_cpu_info(unsigned int cpu)
{
	struct cpu_info *ci = (struct cpu_info *)cpu_stack_top(cpu);

	__per_cpu_offset[cpu] = PERCPU_VIRT_START + cpu * PERCPU_AREA_SIZE - (unsigned long)__per_cpu_start;
	memset(ci, 0, sizeof(*ci));
	ci->processor_id = cpu;
	ci->per_cpu_offset = __per_cpu_offset[cpu];
}

/* The guard page stays out: an overflow of the main stack is a double fault with a dump, not silent damage. */
static void map_area(l1e_t *pt, unsigned int first, const char *mem, unsigned int nr, unsigned int skip)
{
	for (unsigned int i = 0; i < nr; i++)
		if (i != skip)
			pt[first + i] = l1e_make(virt_to_mfn(mem + i * PAGE_SIZE), PAGE_HYPERVISOR);
}

/* Called by head.S before anything else; returns the offset of the initial stack pointer from the start of the stacks. */
unsigned long __init boot_map_cpu0(void);
unsigned long __init boot_map_cpu0(void)
{
	l2_percpu[0] = l2e_make(virt_to_mfn(l1_percpu), HYPERVISOR_TABLE);
	l2_percpu[1] = l2e_make(virt_to_mfn(&l1_percpu[PT_ENTRIES]), HYPERVISOR_TABLE);
	l2_percpu[l2_index(STACKS_VIRT_START)] = l2e_make(virt_to_mfn(l1_stacks), HYPERVISOR_TABLE);
	map_area(l1_percpu, 0, cpu0_percpu, AREA_PAGES, ~0u);
	map_area(l1_stacks, 0, cpu0_stack, STACK_PAGES, STACK_GUARD_PAGE);
	set_cpu_info(0);
	return cpu_stack_top(0) - STACKS_VIRT_START;
}

int percpu_init_area(unsigned int cpu)
{
	char *stack, *area;

	if (l1e_present(l1_stacks[cpu * STACK_PAGES]))
		return 0;
	stack = alloc_xenheap_pages(STACK_ORDER, 0);
	area = alloc_xenheap_pages(get_order_from_pages(AREA_PAGES), 0);
	if (!stack || !area) {
		if (stack)
			free_xenheap_pages(stack, STACK_ORDER);
		return -ENOMEM;
	}
	memset(stack, 0, STACK_SIZE);
	memset(area, 0, PERCPU_AREA_SIZE);
	map_area(l1_percpu, cpu * AREA_PAGES, area, AREA_PAGES, ~0u);
	map_area(l1_stacks, cpu * STACK_PAGES, stack, STACK_PAGES, STACK_GUARD_PAGE);
	set_cpu_info(cpu);
	return 0;
}
