/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU's control registers, MSRs and special instructions. */
#ifndef ASM_PROCESSOR_H
#define ASM_PROCESSOR_H

#include <xen/types.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>

#define X86_CR0_PE		0x00000001UL
#define X86_CR0_MP		0x00000002UL
#define X86_CR0_EM		0x00000004UL
#define X86_CR0_TS		0x00000008UL
#define X86_CR0_ET		0x00000010UL
#define X86_CR0_NE		0x00000020UL
#define X86_CR0_WP		0x00010000UL
#define X86_CR0_AM		0x00040000UL
#define X86_CR0_PG		0x80000000UL

#define X86_CR4_VME		0x00000001UL
#define X86_CR4_PVI		0x00000002UL
#define X86_CR4_TSD		0x00000004UL
#define X86_CR4_DE		0x00000008UL
#define X86_CR4_PSE		0x00000010UL
#define X86_CR4_PAE		0x00000020UL
#define X86_CR4_MCE		0x00000040UL
#define X86_CR4_PGE		0x00000080UL
#define X86_CR4_PCE		0x00000100UL
#define X86_CR4_OSFXSR		0x00000200UL
#define X86_CR4_OSXMMEXCPT	0x00000400UL
#define X86_CR4_UMIP		0x00000800UL
#define X86_CR4_FSGSBASE	0x00010000UL
#define X86_CR4_PCIDE		0x00020000UL
#define X86_CR4_OSXSAVE		0x00040000UL
#define X86_CR4_SMEP		0x00100000UL
#define X86_CR4_SMAP		0x00200000UL

#define CR3_NOFLUSH		0x8000000000000000UL	/* with CR4.PCIDE: keep the entries of the new root's PCID */
#define CR3_USER_PCID		1UL			/* of a guest's user root; its kernel root and the hypervisor have 0 */

#define X86_EFLAGS_CF		0x00000001UL
#define X86_EFLAGS_MBS		0x00000002UL
#define X86_EFLAGS_TF		0x00000100UL
#define X86_EFLAGS_IF		0x00000200UL
#define X86_EFLAGS_DF		0x00000400UL
#define X86_EFLAGS_IOPL		0x00003000UL
#define X86_EFLAGS_NT		0x00004000UL
#define X86_EFLAGS_RF		0x00010000UL
#define X86_EFLAGS_VM		0x00020000UL
#define X86_EFLAGS_AC		0x00040000UL
#define X86_EFLAGS_ID		0x00200000UL

#define PFEC_present		0x01
#define PFEC_write		0x02
#define PFEC_user		0x04
#define PFEC_reserved		0x08
#define PFEC_insn		0x10

enum trap_nr {
	TRAP_divide_error, TRAP_debug, TRAP_nmi, TRAP_int3, TRAP_overflow, TRAP_bounds, TRAP_invalid_op, TRAP_no_device,
	TRAP_double_fault, TRAP_copro_seg, TRAP_invalid_tss, TRAP_no_segment, TRAP_stack_error, TRAP_gp_fault, TRAP_page_fault,
	TRAP_spurious_int, TRAP_copro_error, TRAP_alignment_check, TRAP_machine_check, TRAP_simd_error, TRAP_virtualisation,
	TRAP_control_protection,
	NR_EXCEPTIONS = 32
};

#define READ_CR(n)								\
	static inline unsigned long read_cr##n(void)				\
	{									\
		unsigned long v;						\
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v));		\
		return v;							\
	}									\
	static inline void write_cr##n(unsigned long v)				\
	{									\
		__asm__ volatile("mov %0, %%cr" #n :: "r"(v) : "memory");	\
	}
READ_CR(0)
READ_CR(2)
#ifndef XEN_HOST_TEST
READ_CR(3)
READ_CR(4)
#else
unsigned long read_cr3(void), read_cr4(void);
void write_cr3(unsigned long), write_cr4(unsigned long);
void invlpg(unsigned long va);
void invpcid(unsigned long type, unsigned long pcid);
#endif

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" :: "c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

/* As rdmsr and wrmsr, but a #GP makes them return -EFAULT. */
int rdmsr_safe(u32 msr, u64 *v);
int wrmsr_safe(u32 msr, u64 v);

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64)hi << 32 | lo;
}

static inline u64 rdtsc_ordered(void)
{
	u32 lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) :: "memory");
	return (u64)hi << 32 | lo;
}

struct cpuid_leaf { u32 a, b, c, d; };

static inline struct cpuid_leaf cpuid_count(u32 leaf, u32 subleaf)
{
	struct cpuid_leaf r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(subleaf));
	return r;
}

static inline u8 inb(u16 port) { u8 v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u16 inw(u16 port) { u16 v; __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u32 inl(u16 port) { u32 v; __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline void outb(u8 v, u16 port) { __asm__ volatile("outb %0, %1" :: "a"(v), "Nd"(port)); }
static inline void outw(u16 v, u16 port) { __asm__ volatile("outw %0, %1" :: "a"(v), "Nd"(port)); }
static inline void outl(u32 v, u16 port) { __asm__ volatile("outl %0, %1" :: "a"(v), "Nd"(port)); }

static inline void wbinvd(void) { __asm__ volatile("wbinvd" ::: "memory"); }
static inline void cpu_relax(void) { __asm__ volatile("pause" ::: "memory"); }
static inline void halt(void) { __asm__ volatile("hlt" ::: "memory"); }
static inline void safe_halt(void) { __asm__ volatile("sti; hlt" ::: "memory"); }
#define INVPCID_ONE	1UL	/* one PCID's entries but the global ones */
#define INVPCID_ALL	2UL	/* all entries */
#ifndef XEN_HOST_TEST
static inline void invlpg(unsigned long va) { __asm__ volatile("invlpg %0" :: "m"(*(char *)va) : "memory"); }
static inline void invpcid(unsigned long type, unsigned long pcid)
{
	const struct { u64 pcid, address; } desc = { pcid, 0 };

	__asm__ volatile("invpcid %0, %1" :: "m"(desc), "r"(type) : "memory");
}
static inline void local_irq_disable(void) { __asm__ volatile("cli" ::: "memory"); }
static inline void local_irq_enable(void) { __asm__ volatile("sti" ::: "memory"); }
static inline unsigned long local_save_flags(void)
{
	unsigned long f;

	__asm__ volatile("pushf; pop %0" : "=r"(f) :: "memory");
	return f;
}
#else
static inline void local_irq_disable(void) {}
static inline void local_irq_enable(void) {}
static inline unsigned long local_save_flags(void) { return X86_EFLAGS_IF; }
#endif
static inline bool local_irq_is_enabled(void) { return local_save_flags() & X86_EFLAGS_IF; }
#define local_irq_save(f)	do { (f) = local_save_flags(); local_irq_disable(); } while (0)
#define local_irq_restore(f)	do { if ((f) & X86_EFLAGS_IF) local_irq_enable(); } while (0)

/* Guest memory is touched between these two only (SMAP). They are patched to nothing on CPUs without SMAP: test the flag. */
extern bool opt_smap;
static always_inline void stac(void) { if (opt_smap) __asm__ volatile("stac" ::: "memory"); }
static always_inline void clac(void) { if (opt_smap) __asm__ volatile("clac" ::: "memory"); }

/* cr4 that every CPU runs with (PGE, SMEP, ... as found at boot). */
extern unsigned long mmu_cr4_features;

#endif
