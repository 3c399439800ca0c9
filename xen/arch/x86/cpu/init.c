/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the boot CPU can do, and each CPU's control registers, GDT, TSS and system call entry.
 * The GDT a CPU runs on is the running vcpu's view (per-domain area), whose reserved pages show this CPU's own page;
 * an idle CPU uses its own page directly, at the same selectors.
 */
#include <xen/boot_info.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <asm/gdt.h>
#include <asm/processor.h>
#include <asm/setup.h>

struct cpuinfo_x86 boot_cpu_data;
unsigned long mmu_cr4_features;
bool opt_smap = true;
boolean_param("smap", opt_smap);
static bool opt_smep = true;
boolean_param("smep", opt_smep);
static bool opt_umip = true;
boolean_param("umip", opt_umip);
static bool opt_pcid = true;
boolean_param("pcid", opt_pcid);

DEFINE_PER_CPU(struct tss64, cpu_tss) __aligned(128);
DEFINE_PER_CPU(u64 *, cpu_gdt);

extern char syscall_stubs[], compat_syscall_stubs[];

static void __init read_features(void)
{
	struct cpuinfo_x86 *c = &boot_cpu_data;
	struct cpuid_leaf l = cpuid_count(0, 0);

	c->max_leaf = l.a;
	memcpy(c->vendor, &l.b, 4);
	memcpy(c->vendor + 4, &l.d, 4);
	memcpy(c->vendor + 8, &l.c, 4);
	l = cpuid_count(1, 0);
	c->capability[FEAT_1D] = l.d;
	c->capability[FEAT_1C] = l.c;
	c->stepping = l.a & 15;
	c->model = (l.a >> 4 & 15) | (l.a >> 12 & 0xf0);
	c->family = (l.a >> 8 & 15) + ((l.a >> 8 & 15) == 15 ? l.a >> 20 & 0xff : 0);
	if (c->max_leaf >= 7) {
		l = cpuid_count(7, 0);
		c->capability[FEAT_7B0] = l.b;
		c->capability[FEAT_7C0] = l.c;
		c->capability[FEAT_7D0] = l.d;
	}
	if (c->max_leaf >= 13)
		c->capability[FEAT_DA1] = cpuid_count(13, 1).a;
	c->max_ext_leaf = cpuid_count(0x80000000, 0).a;
	l = cpuid_count(0x80000001, 0);
	c->capability[FEAT_E1D] = l.d;
	c->capability[FEAT_E1C] = l.c;
	if (c->max_ext_leaf >= 0x80000007)
		c->capability[FEAT_E7D] = cpuid_count(0x80000007, 0).d;
	c->phys_bits = 36;
	c->virt_bits = 48;
	if (c->max_ext_leaf >= 0x80000008) {
		l = cpuid_count(0x80000008, 0);
		c->capability[FEAT_E8B] = l.b;
		c->phys_bits = l.a;
		c->virt_bits = l.a >> 8;
	}
	for (u32 i = 0; i < 3 && c->max_ext_leaf >= 0x80000004; i++) {
		l = cpuid_count(0x80000002 + i, 0);
		memcpy(c->brand + 16 * i, &l, 16);
	}
}

static void __init require(unsigned int feature, const char *name)
{
	if (!cpu_has(feature))
		panic("this CPU has no %s, which the hypervisor needs", name);
}

/* On these INVLPG forgets global entries while PCIDs are on, unless their microcode was mended. */
static bool __init invlpg_is_broken(void)
{
	static const u8 models[] = { 0x97, 0x9a, 0xb7, 0xba, 0xbe, 0xbf };

	for (unsigned int i = 0; i < ARRAY_SIZE(models); i++)
		if (boot_cpu_data.vendor[0] == 'G' && boot_cpu_data.family == 6 && boot_cpu_data.model == models[i])
			return true;
	return false;
}

/* PCIDs without INVPCID could not be flushed by address on other CPUs. */
static bool __init pcid_works(void)
{
	return cpu_has(X86_FEATURE_PCID) && cpu_has(X86_FEATURE_INVPCID) && !invlpg_is_broken();
}

static void __init use_pcid(void)
{
	mmu_cr4_features |= X86_CR4_PCIDE;
	cr3_kernel_bits = CR3_NOFLUSH;
	cr3_user_bits = CR3_NOFLUSH | CR3_USER_PCID;
}

void __init cpu_identify(void)
{
	read_features();
	require(X86_FEATURE_NX, "NX");
	require(X86_FEATURE_SYSCALL, "SYSCALL");
	require(X86_FEATURE_TSC, "time stamp counter");
	require(X86_FEATURE_MSR, "model-specific registers");
	require(X86_FEATURE_CX8, "CMPXCHG8B");
	require(X86_FEATURE_PAT, "PAT");
	require(X86_FEATURE_FXSR, "FXSAVE");
	require(X86_FEATURE_SSE2, "SSE2");
	require(X86_FEATURE_APIC, "local APIC");

	mmu_cr4_features = X86_CR4_PAE | X86_CR4_PGE | X86_CR4_PSE | X86_CR4_DE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;
	if (cpu_has(X86_FEATURE_MCE))
		mmu_cr4_features |= X86_CR4_MCE;
	if (cpu_has(X86_FEATURE_XSAVE))
		mmu_cr4_features |= X86_CR4_OSXSAVE;
	if (cpu_has(X86_FEATURE_FSGSBASE))
		mmu_cr4_features |= X86_CR4_FSGSBASE;
	if (cpu_has(X86_FEATURE_SMEP) && opt_smep)
		mmu_cr4_features |= X86_CR4_SMEP;
	if (cpu_has(X86_FEATURE_UMIP) && opt_umip)
		mmu_cr4_features |= X86_CR4_UMIP;
	if (opt_pcid && pcid_works())
		use_pcid();
	opt_smap = opt_smap && cpu_has(X86_FEATURE_SMAP);
	if (opt_smap)
		mmu_cr4_features |= X86_CR4_SMAP;
	printk(XENLOG_INFO "CPU: %s family %u model %u stepping %u: %s\n", boot_cpu_data.vendor, boot_cpu_data.family,
	       boot_cpu_data.model, boot_cpu_data.stepping, boot_cpu_data.brand);
	printk(XENLOG_INFO "CPU protections:%s%s%s NX WP%s\n", mmu_cr4_features & X86_CR4_SMEP ? " SMEP" : "",
	       opt_smap ? " SMAP" : "", mmu_cr4_features & X86_CR4_UMIP ? " UMIP" : "",
	       cr3_user_bits ? ", PCID in use" : "");
}

/* Entry in a GDT page that starts at selector FIRST_RESERVED_GDT_BYTE. */
static u64 *gdt_slot(u64 *page, unsigned int selector)
{
	return page + ((selector & ~7u) - FIRST_RESERVED_GDT_BYTE) / 8;
}

static void set_system_descriptor(u64 *slot, unsigned long base, u32 limit, unsigned int type)
{
	slot[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | (u64)(0x80 | type) << 40 | (u64)(limit >> 16 & 0xf) << 48 |
		  (base >> 24 & 0xff) << 56;
	slot[1] = base >> 32;
}

void load_ldt(unsigned long base, unsigned int entries)
{
	u16 selector = 0;

	if (entries) {
		set_system_descriptor(gdt_slot(this_cpu(cpu_gdt), LDT_SELECTOR), base, entries * 8 - 1, 2);
		selector = LDT_SELECTOR;
	}
	__asm__ volatile("lldt %0" :: "r"(selector));
}

void load_gdt(unsigned long base)
{
	struct { u16 limit; u64 base; } __packed gdtr = { (FIRST_RESERVED_GDT_PAGE + NR_RESERVED_GDT_PAGES) * 4096 - 1, base };

	__asm__ volatile("lgdt %0" :: "m"(gdtr));
}

void load_idle_gdt(void)
{
	load_gdt((unsigned long)this_cpu(cpu_gdt) - FIRST_RESERVED_GDT_BYTE);
}

mfn_t cpu_gdt_mfn(void)
{
	return virt_to_mfn(this_cpu(cpu_gdt));
}

static void make_gdt(u64 *g)
{
	*gdt_slot(g, XEN_CS64) = 0x00af9b000000ffffULL;
	*gdt_slot(g, XEN_DS64) = 0x00cf93000000ffffULL;
	*gdt_slot(g, 0xe018) = 0x00cfbb000000ffffULL;	/* ring 1: 32-bit guests' kernels */
	*gdt_slot(g, 0xe020) = 0x00cffb000000ffffULL;	/* FLAT_RING3_CS32 */
	*gdt_slot(g, 0xe028) = 0x00cff3000000ffffULL;	/* FLAT_RING3_SS */
	*gdt_slot(g, 0xe030) = 0x00affb000000ffffULL;	/* FLAT_RING3_CS64 */
	set_system_descriptor(gdt_slot(g, TSS_SELECTOR), (unsigned long)&this_cpu(cpu_tss), sizeof(struct tss64) - 1, 9);
}

static void make_tss(unsigned int cpu)
{
	struct tss64 *t = &this_cpu(cpu_tss);

	memset(t, 0, sizeof(*t));
	t->rsp0 = cpu_stack_top(cpu) + offsetof(struct cpu_user_regs, es);
	for (unsigned int i = 0; i < 4; i++)
		t->ist[i] = cpu_stack_base(cpu) + (i + 1) * PAGE_SIZE;
	t->iopb = 0x8000;	/* beyond the limit: no port is open */
}

void cpu_tables_init(void)
{
	if (!this_cpu(cpu_gdt)) {
		this_cpu(cpu_gdt) = alloc_xenheap_zeroed_page();
		if (!this_cpu(cpu_gdt))
			panic("no memory for a GDT");
		make_gdt(this_cpu(cpu_gdt));
	}
	make_tss(smp_processor_id());
	load_idle_gdt();
	__asm__ volatile("push %0; lea 1f(%%rip), %%rax; push %%rax; lretq; 1:"
			 :: "i"(XEN_CS64) : "rax", "memory");
	__asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %1, %%ss; mov %0, %%fs; mov %0, %%gs" :: "r"(0), "r"(XEN_DS64));
	__asm__ volatile("ltr %w0" :: "r"(TSS_SELECTOR));
	load_ldt(0, 0);
	idt_load();
}

void cpu_syscall_init(void)
{
	unsigned int cpu = smp_processor_id();

	wrmsr(MSR_STAR, (u64)0xe023 << 48 | (u64)XEN_CS64 << 32);
	wrmsr(MSR_LSTAR, (unsigned long)syscall_stubs + cpu * 32);
	wrmsr(MSR_CSTAR, (unsigned long)compat_syscall_stubs + cpu * 32);
	wrmsr(MSR_SYSCALL_MASK, X86_EFLAGS_VM | X86_EFLAGS_RF | X86_EFLAGS_NT | X86_EFLAGS_DF | X86_EFLAGS_IF | X86_EFLAGS_TF |
	      X86_EFLAGS_AC | X86_EFLAGS_IOPL);
	if (boot_cpu_data.vendor[0] == 'G')
		wrmsr_safe(MSR_SYSENTER_CS, 0);		/* SYSENTER is a #GP for everybody */
}

void cpu_init(void)
{
	write_cr0(X86_CR0_PG | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET | X86_CR0_MP | X86_CR0_PE | X86_CR0_AM);
	write_cr4(mmu_cr4_features);
	clac();
	cpu_tables_init();
	cpu_syscall_init();
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
	/* The ABI's PAT: WB WT UC- UC WC WP UC UC (fixed, guests read it). */
	wrmsr(MSR_PAT, 0x050100070406ULL);
	wrmsr(MSR_FS_BASE, 0);
	wrmsr(MSR_GS_BASE, 0);
	wrmsr(MSR_SHADOW_GS_BASE, 0);
	mcheck_init();
}
