/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine checks: each CPU's error banks. All errors that a bank can report are switched on; one that raises the exception
 * stops the machine, after its banks are printed. Records that lie there at boot are from before a restart: printed and cleared.
 */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/smp.h>
#include <xen/traps.h>
#include <asm/processor.h>
#include <asm/setup.h>
#include <asm/trap_entry.h>

#define MCG_CTL_P	(1UL << 8)	/* in MCG_CAP: there is an MCG_CTL */
#define MCI_VALID	(1UL << 63)
#define MCI_MISC_VALID	(1UL << 59)
#define MCI_ADDR_VALID	(1UL << 58)

static unsigned int nr_banks(void)
{
	return rdmsr(MSR_MCG_CAP) & 0xff;
}

/* Returns how many banks held a record. */
static unsigned int print_banks(void)
{
	unsigned int found = 0;
	u64 status, addr, misc;

	for (unsigned int bank = 0; bank < nr_banks(); bank++) {
		if (rdmsr_safe(MSR_MC_STATUS(bank), &status) || !(status & MCI_VALID))
			continue;
		addr = misc = 0;
		if (status & MCI_ADDR_VALID)
			(void)rdmsr_safe(MSR_MC_ADDR(bank), &addr);
		if (status & MCI_MISC_VALID)
			(void)rdmsr_safe(MSR_MC_MISC(bank), &misc);
		printk(XENLOG_ERR "  CPU%u bank %u: status %#lx address %#lx misc %#lx\n", smp_processor_id(), bank, status, addr, misc);
		found++;
	}
	return found;
}

void mcheck_init(void)
{
	if (!cpu_has(X86_FEATURE_MCE) || !cpu_has(X86_FEATURE_MCA))
		return;
	if (print_banks())
		printk(XENLOG_WARNING "CPU%u: machine checks from before this boot, see above\n", smp_processor_id());
	if (rdmsr(MSR_MCG_CAP) & MCG_CTL_P)
		(void)wrmsr_safe(MSR_MCG_CTL, ~0UL);
	for (unsigned int bank = 0; bank < nr_banks(); bank++) {
		(void)wrmsr_safe(MSR_MC_CTL(bank), ~0UL);
		(void)wrmsr_safe(MSR_MC_STATUS(bank), 0);
	}
}

void do_machine_check(struct cpu_user_regs *regs)
{
	console_start_sync();
	printk("Machine check, CPU%u, MCG status %#lx\n", smp_processor_id(), rdmsr(MSR_MCG_STATUS));
	print_banks();
	show_execution_state(regs);
	panic("machine check");
}
