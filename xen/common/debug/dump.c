/* SPDX-License-Identifier: GPL-2.0-only */
/* The debug keys that print what domains, vcpus, memory and time are like. */
#include <xen/console.h>
#include <xen/grant.h>
#include <xen/irq.h>
#include <xen/machine.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <xen/traps.h>
#include <asm/current.h>

static void dump_vcpu(struct vcpu *v)
{
	struct vcpu_runstate_info rs;

	vcpu_runstate_get(v, &rs);
	printk("  %pv: CPU%u %s%s%s%s%s pauses %d, ran %lu ms, upcall %s mask %d\n", v, v->processor,
	       v->is_running ? "running" : "-", test_bit(VPF_blocked, &v->pause_flags) ? " blocked" : "",
	       test_bit(VPF_down, &v->pause_flags) ? " down" : "", test_bit(VPF_parked, &v->pause_flags) ? " parked" : "",
	       v->poll_evtchn ? " polls" : "", atomic_read(&v->pause_count), rs.time[RUNSTATE_running] / 1000000,
	       v->vcpu_info && v->vcpu_info->evtchn_upcall_pending ? "pending" : "-",
	       v->vcpu_info ? v->vcpu_info->evtchn_upcall_mask : -1);
}

/* What keeps a dead domain from going: its last pages, and who still counts on them. */
static void dump_pages(struct domain *d)
{
	const struct page_info *pg;
	unsigned int n = 0;

	spin_lock(&d->page_alloc_lock);
	for (pg = page_list_first(&d->page_list); pg && n < 16; pg = page_list_next(pg), n++)
		printk("    page %lx: count %lx type %lx\n", mfn_x(page_to_mfn(pg)), pg->count_info, pg->type_info);
	spin_unlock(&d->page_alloc_lock);
}

static void dump_domain(struct domain *d)
{
	struct vcpu *v;

	printk("%pd: refs %d, dying %d, pauses %d%s, pages %lu of %lu, xen pages %lu, shared_info %p, assist %#lx\n", d,
	       atomic_read(&d->refcnt), d->is_dying, atomic_read(&d->pause_count), d->is_shut_down ? ", shut down" : "",
	       d->tot_pages, d->max_pages, d->xenheap_pages, d->shared_info, d->vm_assist);
	if (d->is_dying)
		dump_pages(d);
	for_each_vcpu(d, v)
		dump_vcpu(v);
}

static void dump_domains(unsigned char key)
{
	struct domain *d;

	for_each_domain(d) {
		dump_domain(d);
		evtchn_dump(d);
		process_pending_softirqs();
	}
}

static void dump_events(unsigned char key)
{
	struct domain *d;

	for_each_domain(d)
		evtchn_dump(d);
}

static void dump_cpu(void *unused)
{
	struct vcpu *v = current;

	printk("CPU%u runs %pv\n", smp_processor_id(), v);
	if (!is_idle_vcpu(v))
		show_registers(guest_cpu_user_regs());
}

static void dump_registers(unsigned char key)
{
	unsigned int cpu;

	/* One after the other: their lines must not mix. */
	for_each_online_cpu(cpu) {
		cpumask_t one = {};

		__cpumask_set_cpu(cpu, &one);
		on_selected_cpus(&one, dump_cpu, NULL, true);
	}
}

static void dump_dom0(unsigned char key)
{
	struct vcpu *v;

	if (!hardware_domain)
		return;
	for_each_vcpu(hardware_domain, v) {
		if (v->is_running)
			printk("%pv is running on CPU%u\n", v, v->processor);
		else
			vcpu_show_registers(v);
	}
}

static void dump_memory(unsigned char key)
{
	struct domain *d;

	printk("%lu of %lu pages free, %lu below 4 GiB\n", avail_domheap_pages(), total_pages, avail_heap_pages_below(32));
	for_each_domain(d) {
		printk("  %pd: %lu pages of %lu, %lu of the hypervisor's, claims %lu\n", d, d->tot_pages, d->max_pages,
		       d->xenheap_pages, d->outstanding_pages);
		if (d->is_dying)
			domain_show_pages(d);
	}
}

static void dump_time(unsigned char key)
{
	u64 wall = get_wallclock_ns();

	printk("System time %ld ns, wall clock %lu s, TSC %lu kHz\n", NOW(), wall / 1000000000, cpu_khz);
}

static void restart(unsigned char key)
{
	machine_restart();
}

void keyhandlers_register_dumps(void)
{
	register_keyhandler('d', dump_registers, "registers of the guests that run");
	register_keyhandler('0', dump_dom0, "registers of dom0's vcpus");
	register_keyhandler('q', dump_domains, "domains, their vcpus and event channels");
	register_keyhandler('e', dump_events, "event channels");
	register_keyhandler('m', dump_memory, "memory");
	register_keyhandler('t', dump_time, "time");
	register_keyhandler('g', grant_table_show, "grant tables");
	register_keyhandler('i', irq_dump, "interrupts");
	register_keyhandler('R', restart, "restart the machine");
}
