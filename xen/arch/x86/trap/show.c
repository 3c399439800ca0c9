/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers, stacks and backtraces in words; BUG and panic. */
#include <xen/console.h>
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <xen/machine.h>
#include <xen/sched.h>
#include <xen/traps.h>
#include <asm/setup.h>

extern const u32 symtab_count, symtab_addrs[], symtab_offs[];
extern const char symtab_names[];

const char *symbols_lookup(unsigned long addr, unsigned long *offset, unsigned long *size)
{
	unsigned long base = XEN_VIRT_START & ~0xffffffffUL;
	unsigned int lo = 0, hi = symtab_count;

	if (addr < (unsigned long)_start || addr >= (unsigned long)_end || !hi || addr < base + symtab_addrs[0])
		return NULL;
	while (hi - lo > 1) {
		unsigned int mid = (lo + hi) / 2;

		if (base + symtab_addrs[mid] <= addr)
			lo = mid;
		else
			hi = mid;
	}
	*offset = addr - (base + symtab_addrs[lo]);
	*size = lo + 1 < symtab_count ? symtab_addrs[lo + 1] - symtab_addrs[lo] : 0;
	return symtab_names + symtab_offs[lo];
}

int format_pointer(char kind, const void *ptr, char *buf, size_t size);
int format_pointer(char kind, const void *ptr, char *buf, size_t size)
{
	const struct vcpu *v = ptr;
	const struct domain *d = ptr;
	unsigned long offset, len;
	const char *name;

	switch (kind) {
	case 'd':
		if (!d)
			snprintf(buf, size, "d?");
		else
			snprintf(buf, size, d->domain_id >= DOMID_FIRST_RESERVED ? "d[%x]" : "d%d", d->domain_id);
		return 1;
	case 'v':
		if (!v)
			snprintf(buf, size, "d?v?");
		else
			snprintf(buf, size, is_idle_vcpu(v) ? "d[%x]v%d" : "d%dv%d", v->domain->domain_id, v->vcpu_id);
		return 1;
	case 's':
		name = symbols_lookup((unsigned long)ptr, &offset, &len);
		if (name)
			snprintf(buf, size, "%s+%#lx/%#lx", name, offset, len);
		else
			snprintf(buf, size, "%016lx", (unsigned long)ptr);
		return 1;
	}
	return 0;
}

void show_registers(const struct cpu_user_regs *r)
{
	bool guest = r->cs & 3;

	if (guest)
		printk("%pv at %04x:%016lx\n", current, r->cs, r->rip);
	else
		printk("at %ps\n", (void *)r->rip);
	printk("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", r->rax, r->rbx, r->rcx, r->rdx);
	printk("rsi %016lx rdi %016lx rbp %016lx rsp %016lx\n", r->rsi, r->rdi, r->rbp, r->rsp);
	printk("r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", r->r8, r->r9, r->r10, r->r11);
	printk("r12 %016lx r13 %016lx r14 %016lx r15 %016lx\n", r->r12, r->r13, r->r14, r->r15);
	printk("rflags %08lx cs %04x ss %04x cr2 %016lx cr3 %016lx\n", r->rflags, r->cs, r->ss, read_cr2(), read_cr3());
}

/* Frames are linked by rbp; a broken link ends the walk. */
static void backtrace_from(unsigned long rbp)
{
	unsigned long sp_lo = (unsigned long)get_cpu_info() & ~(STACK_SIZE - 1), sp_hi = sp_lo + STACK_SIZE;

	printk("Call trace:\n");
	for (unsigned int i = 0; i < 24 && rbp >= sp_lo && rbp + 16 <= sp_hi && !(rbp & 7); i++) {
		const unsigned long *frame = (const void *)rbp;

		printk("   [<%016lx>] %ps\n", frame[1], (void *)frame[1]);
		if (frame[0] <= rbp)
			break;
		rbp = frame[0];
	}
}

void dump_backtrace(void)
{
	backtrace_from((unsigned long)__builtin_frame_address(0));
}

static void show_guest_stack(const struct cpu_user_regs *r)
{
	u64 words[16];

	if (copy_in(words, r->rsp, sizeof(words))) {
		printk("guest stack at %016lx is not readable\n", r->rsp);
		return;
	}
	printk("guest stack at %016lx:\n", r->rsp);
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i += 4)
		printk("   %016lx %016lx %016lx %016lx\n", words[i], words[i + 1], words[i + 2], words[i + 3]);
}

void show_execution_state(const struct cpu_user_regs *regs)
{
	show_registers(regs);
	if (regs->cs & 3)
		show_guest_stack(regs);
	else
		backtrace_from(regs->rbp);
}

void panic(const char *fmt, ...)
{
	static char buf[256];
	static bool once;
	va_list ap;

	local_irq_disable();
	console_start_sync();
	if (!once) {
		once = true;
		va_start(ap, fmt);
		vsnprintf(buf, sizeof(buf), fmt, ap);
		va_end(ap);
		printk("\n****************************************\nPanic on CPU%u: %s\n****************************************\n",
		       smp_processor_id(), buf);
		dump_backtrace();
	}
	machine_restart_or_halt();
}

void bug(const char *file, int line, const char *what)
{
	panic("BUG at %s:%d: %s", file, line, what);
}

void warn_once(const char *file, int line, const char *what)
{
	printk(XENLOG_ERR "WARNING at %s:%d: %s\n", file, line, what);
	dump_backtrace();
}
