/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot, told as a list of calls: start_xen() is entered from head.S with the loader's words, in long mode, on CPU 0's stack. */
#include <xen/acpi.h>
#include <xen/boot_info.h>
#include <xen/console.h>
#include <xen/irq.h>
#include <xen/sched.h>
#include <xen/traps.h>
#include <asm/cpu-policy.h>
#include <asm/dom0_build.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/setup.h>
#include "boot/multiboot.h"

bool system_booted;

static unsigned int opt_maxcpus = NR_CPUS;
integer_param("maxcpus", opt_maxcpus);
static unsigned int opt_dom0_max_vcpus;
integer_param("dom0_max_vcpus", opt_dom0_max_vcpus);
static bool opt_nosmp;
boolean_param("nosmp", opt_nosmp);

/* -- memory that must not be handed out --------------------------------------------------------------------- */

struct range { u64 start, end; };

static unsigned int __init reserved_ranges(struct range *r)
{
	unsigned int n = 0;

	r[n++] = (struct range){ 0, MB(1) };		/* firmware's, and the APs' trampoline */
	r[n++] = (struct range){ XEN_PHYS_START, XEN_PHYS_START + (_end - _start) };
	for (unsigned int i = 0; i < boot_info.nr_modules; i++)
		r[n++] = (struct range){ boot_info.module[i].start,
					 ROUNDUP(boot_info.module[i].start + boot_info.module[i].size, PAGE_SIZE) };
	return n;
}

/* Give [start, end) minus the reserved ranges from number i on. */
static void __init give_boot_pages(u64 start, u64 end, const struct range *r, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (r[i].end <= start || r[i].start >= end)
			continue;
		if (r[i].start > start)
			give_boot_pages(start, r[i].start, r + i + 1, n - i - 1);
		start = r[i].end;
		if (start >= end)
			return;
	}
	if (start < end)
		init_boot_pages(_maddr(start), _maddr(end));
}

/* Below 4 GiB first: the boot allocator's tables must lie where the direct map reaches already. */
static void __init give_ram(u64 from, u64 to)
{
	struct range r[16];
	unsigned int n = reserved_ranges(r);

	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];
		u64 start = max(ROUNDUP(e->addr, PAGE_SIZE), from), end = min(ROUNDDOWN(e->addr + e->size, PAGE_SIZE), to);

		if (e->type == E820_RAM && start < end)
			give_boot_pages(start, end, r, n);
	}
}

/* Where the loader's tables and texts lie is not all reserved: everything was copied by boot_info_parse(). */
static void __init setup_memory(void)
{
	give_ram(0, GB(4));
	mm_init_directmap(&boot_info);
	give_ram(GB(4), ~0ULL & PAGE_MASK);
	end_boot_allocator();
	mm_init_idle_tables();
}

static void __init print_memory(void)
{
	static const char *const names[] = { "?", "RAM", "reserved", "ACPI data", "ACPI NVS", "unusable" };

	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];

		printk(XENLOG_DEBUG " %016lx-%016lx %s\n", e->addr, e->addr + e->size - 1, names[e->type < 6 ? e->type : 0]);
	}
}

/* -- CPUs --------------------------------------------------------------------------------------------------------- */

static void __init start_other_cpus(void)
{
	smp_prepare_cpus(opt_nosmp ? 1 : opt_maxcpus);
	for (unsigned int cpu = 1; cpu < nr_cpu_ids; cpu++) {
		int rc;

		if (opt_nosmp || num_online_cpus() >= opt_maxcpus)
			break;
		rc = cpu_up(cpu);
		if (rc)
			printk(XENLOG_WARNING "CPU%u did not come up: error %d\n", cpu, rc);
		process_pending_softirqs();
	}
	printk(XENLOG_INFO "%u CPUs online\n", num_online_cpus());
}

/* -- dom0 --------------------------------------------------------------------------------------------------------- */

static struct domain *__init create_dom0(void)
{
	struct xen_domctl_createdomain cfg = {
		.max_vcpus = opt_dom0_max_vcpus ? opt_dom0_max_vcpus : num_online_cpus(),
		.max_evtchn_port = ~0u,
		.max_grant_frames = 64,
		.max_maptrack_frames = 1024,
	};
	struct boot_module *initrd = boot_info.nr_modules > 1 ? &boot_info.module[1] : NULL;
	struct domain *d;
	int rc;

	if (!boot_info.nr_modules)
		panic("no dom0 kernel: the loader passed no module (GRUB: module2 /boot/vmlinuz…)");
	d = domain_create(0, &cfg, true);
	if (IS_ERR(d))
		panic("cannot create dom0: error %ld", PTR_ERR(d));
	hardware_domain = d;
	for (unsigned int i = 0; i < cfg.max_vcpus; i++)
		if (!vcpu_create(d, i))
			panic("no memory for dom0's vcpu %u", i);
	rc = construct_dom0(d, &boot_info.module[0], initrd, boot_info.module[0].cmdline);
	if (rc)
		panic("cannot build dom0 from the module \"%s\": error %d", boot_info.module[0].cmdline, rc);
	for (unsigned int i = 0; i < boot_info.nr_modules; i++)
		free_boot_memory(boot_info.module[i].start, boot_info.module[i].start + boot_info.module[i].size);
	return d;
}

/* -- after the last use of boot-only code and data ------------------------------------------------------------------- */

static void __init protect(char *from, char *to, u64 flags)
{
	if (from < to && map_pages_to_xen((unsigned long)from, virt_to_mfn(from), (to - from) / PAGE_SIZE, flags))
		panic("no memory to protect the image");
}

static void __init protect_image(void)
{
	protect(_stext, (char *)ROUNDUP((unsigned long)_etext, PAGE_SIZE), PAGE_HYPERVISOR_RX);
	protect(_srodata, (char *)ROUNDUP((unsigned long)_erodata, PAGE_SIZE), PAGE_HYPERVISOR_RO);
	protect(_sro_after_init, _ero_after_init, PAGE_HYPERVISOR_RO);
	protect(_ero_after_init, __init_begin, PAGE_HYPERVISOR);
	protect(__bss_start, (char *)ROUNDUP((unsigned long)_end, PAGE_SIZE), PAGE_HYPERVISOR);
	flush_area_local(0, FLUSH_TLB | FLUSH_TLB_GLOBAL);
}

static void __noreturn boot_done(void)
{
	struct domain *d = hardware_domain;

	system_booted = true;
	console_endboot();
	domain_unpause_by_systemcontroller(d);
	startup_cpu_idle_loop();
}

void __init start_xen(u32 magic, u32 info)
{
	trap_init_early();
	boot_info_parse(magic, info);
	cmdline_parse(boot_info.cmdline);
	console_init_early();
	printk("Xen-compatible hypervisor " XEN_VERSION_STRING " started by %s\n", boot_info.loader);
	printk(XENLOG_INFO "Command line: %s\n", boot_info.cmdline);
	print_memory();

	cpu_identify();
	set_bit(0, cpu_online_map.bits);
	setup_memory();
	console_init_ring();
	cpu_init();
	smap_check();
	fpu_init_boot();
	cpu_policy_init();
	acpi_init();
	irq_init();
	time_early_init();
	rcu_init();
	timer_init();
	scheduler_init();
	domain_subsys_init();
	m2p_share();
	keyhandlers_init();
	set_current(idle_vcpu_create(0));
	local_irq_enable();
	console_init_irq();
	start_other_cpus();
	time_init();

	create_dom0();
	protect_image();
	reset_stack_and_jump(boot_done);
}

/* An AP, from its trampoline: cpu_info and per-CPU area are there, the idle vcpu too. */
void start_secondary(void)
{
	unsigned int cpu = smp_processor_id();

	set_current(idle_vcpu[cpu]);
	cpu_init();
	fpu_init_cpu();
	irq_init_cpu();
	time_init_cpu();
	set_bit(cpu, cpu_online_map.bits);
	local_irq_enable();
	startup_cpu_idle_loop();
}
