/* SPDX-License-Identifier: GPL-2.0-only */
/* From the first C instruction to the verdict; time; secondary vcpus. */
#include "guest.h"
#include <public/sched.h>
#include <public/vcpu.h>

struct start_info *start_info;
unsigned test_failures;

static char shared_page[PAGE_SIZE] __attribute__((__aligned__(4096)));
struct shared_info *shared_info = (struct shared_info *)shared_page;

void start_kernel(struct start_info *si) __attribute__((__noreturn__));

bool is_dom0(void)
{
	return start_info->flags & SIF_INITDOMAIN;
}

struct vcpu_info *this_vcpu_info(void)
{
	return &shared_info->vcpu_info[0];
}

void events_off(void)
{
	this_vcpu_info()->evtchn_upcall_mask = 1;
	barrier();
}

void events_on(void)
{
	struct vcpu_info *v = this_vcpu_info();

	barrier();
	v->evtchn_upcall_mask = 0;
	barrier();
	if (v->evtchn_upcall_pending)
		xen_version(0, NULL);	/* any hypercall: the upcall is delivered on its way back */
}

void report(int line, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (++test_failures <= 40)
		printf("Fail, line %d: %s\n", line, text);
}

void finish(const char *verdict)
{
	bool again = contains((const char *)start_info->cmd_line, "end=reboot");
	struct sched_shutdown down = { .reason = again ? SHUTDOWN_reboot : SHUTDOWN_poweroff };

	printf("Test result: %s\n", verdict);
	while (contains((const char *)start_info->cmd_line, "end=stay"))
		sched_op(SCHEDOP_yield, NULL);
	for (;;)
		sched_op(SCHEDOP_shutdown, &down);
}

void skip(const char *why)
{
	printf("Skipped: %s\n", why);
	finish("SKIP");
}

void expect_crash(const char *what)
{
	if (test_failures)
		finish("FAILURE");
	printf("Expect crash: %s\n", what);
}

u64 system_time(void)
{
	volatile struct vcpu_time_info *t = &this_vcpu_info()->time;
	u64 tsc, ns;
	u32 version, lo, hi;

	do {
		version = t->version;
		barrier();
		__asm__ volatile ("rdtsc" : "=a" (lo), "=d" (hi));
		tsc = ((u64)hi << 32 | lo) - t->tsc_timestamp;
		tsc = t->tsc_shift >= 0 ? tsc << t->tsc_shift : tsc >> -t->tsc_shift;
		ns = t->system_time + (u64)(((unsigned __int128)tsc * t->tsc_to_system_mul) >> 32);
		barrier();
	} while ((version & 1) || version != t->version);
	return ns;
}

bool wait_for(volatile u32 *word, unsigned ms)
{
	u64 end = system_time() + ms * 1000000UL;

	while (!*word) {
		if (system_time() > end)
			return false;
		sched_op(SCHEDOP_yield, NULL);
	}
	return true;
}

long start_vcpu(unsigned id, void (*fn)(void *), void *arg)
{
	static struct vcpu_guest_context ctxt;
	char *stack = alloc_page();
	long ret;

	memset(&ctxt, 0, sizeof(ctxt));
	ctxt.flags = VGCF_in_kernel;
	ctxt.user_regs.rip = P(secondary_entry);
	ctxt.user_regs.rdi = P(fn);
	ctxt.user_regs.rsi = P(arg);
	ctxt.user_regs.rsp = P(stack) + PAGE_SIZE - 64;
	ctxt.user_regs.cs = FLAT_KERNEL_CS;
	ctxt.user_regs.ss = FLAT_KERNEL_SS;
	ctxt.user_regs.rflags = 0x1000;	/* IOPL 1 */
	ctxt.kernel_ss = FLAT_KERNEL_SS;
	ctxt.kernel_sp = ctxt.user_regs.rsp;
	ctxt.ctrlreg[3] = xen_pfn_to_cr3(va_mfn(root_table()));
	ctxt.event_callback_eip = P(event_entry);
	ctxt.failsafe_callback_eip = P(failsafe_entry);
	ctxt.syscall_callback_eip = P(syscall_entry);
	fill_trap_table(ctxt.trap_ctxt);
	ret = vcpu_op(VCPUOP_initialise, id, &ctxt);
	return ret ? ret : vcpu_op(VCPUOP_up, id, NULL);
}

void start_kernel(struct start_info *si)
{
	start_info = si;
	printf("--- %s ---\n", test_title);
	if (update_va_mapping(P(shared_page), si->shared_info | PTE_RWX, UVMF_INVLPG))
		finish("ERROR");
	trap_init();
	test_main();
	if (test_failures)
		printf("%u checks failed\n", test_failures);
	finish(test_failures ? "FAILURE" : "SUCCESS");
}
