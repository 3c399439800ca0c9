/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FPU and extended state of vcpus: saved and restored whole at each context switch, never lazily (CVE-2018-3665). A vcpu's
 * xsave_area holds XSAVE's standard format for all components of xfeature_mask, whatever XCR0 the guest chose, so that
 * nothing of another guest can stay in a register.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/pv.h>

#define XSTATE_FP	1UL
#define XSTATE_SSE	2UL
#define XSTATE_YMM	4UL
#define XSTATE_BNDREGS	8UL
#define XSTATE_BNDCSR	16UL
#define XSTATE_AVX512	0xe0UL
#define XSTATE_PKRU	0x200UL
#define XSTATE_OURS	(XSTATE_FP | XSTATE_SSE | XSTATE_YMM | XSTATE_AVX512)

#define FXSAVE_SIZE	512
#define XSAVE_HEADER	64
#define FCW_DEFAULT	0x37f
#define MXCSR_DEFAULT	0x1f80

u64 xfeature_mask __ro_after_init = XSTATE_FP | XSTATE_SSE;
unsigned int xsave_size __ro_after_init = FXSAVE_SIZE + XSAVE_HEADER;
static bool use_xsave __ro_after_init, use_xsaveopt __ro_after_init;

static void xsetbv(u64 v)
{
	__asm__ volatile("xsetbv" :: "c"(0), "a"((u32)v), "d"((u32)(v >> 32)));
}

void fpu_init_cpu(void)
{
	if (use_xsave)
		xsetbv(xfeature_mask);
}

void __init fpu_init_boot(void)
{
	struct cpuid_leaf l;

	if (!cpu_has(X86_FEATURE_XSAVE) || boot_cpu_data.max_leaf < 13)
		return;
	l = cpuid_count(13, 0);
	xfeature_mask = ((u64)l.d << 32 | l.a) & XSTATE_OURS;
	if ((xfeature_mask & XSTATE_AVX512) != XSTATE_AVX512)
		xfeature_mask &= ~XSTATE_AVX512;
	use_xsave = true;
	use_xsaveopt = cpu_has(X86_FEATURE_XSAVEOPT);
	fpu_init_cpu();
	xsave_size = cpuid_count(13, 0).b;
	printk(XENLOG_INFO "xsave: components %#lx, %u bytes\n", xfeature_mask, xsave_size);
}

int fpu_vcpu_init(struct vcpu *v)
{
	u8 *area = xzalloc_bytes(ROUNDUP(xsave_size, 64u));
	u16 fcw = FCW_DEFAULT;
	u32 mxcsr = MXCSR_DEFAULT;

	if (!area)
		return -ENOMEM;
	memcpy(area, &fcw, sizeof(fcw));
	memcpy(area + 24, &mxcsr, sizeof(mxcsr));
	v->arch.xsave_area = area;
	v->arch.xcr0 = v->arch.xcr0_accum = XSTATE_FP;
	return 0;
}

void fpu_vcpu_destroy(struct vcpu *v)
{
	XFREE(v->arch.xsave_area);
}

/* Interrupts off. TS must be clear: the caller sees to it. */
void fpu_save(struct vcpu *v)
{
	char *area = v->arch.xsave_area;

	if (!use_xsave)
		__asm__ volatile("fxsaveq %0" : "=m"(*(char (*)[FXSAVE_SIZE])area));
	else if (use_xsaveopt)
		__asm__ volatile("xsaveoptq %0" : "+m"(*(char (*)[4096])area)
				 : "a"((u32)xfeature_mask), "d"((u32)(xfeature_mask >> 32)));
	else
		__asm__ volatile("xsaveq %0" : "+m"(*(char (*)[4096])area)
				 : "a"((u32)xfeature_mask), "d"((u32)(xfeature_mask >> 32)));
}

void fpu_restore(struct vcpu *v)
{
	const char *area = v->arch.xsave_area;

	if (!use_xsave)
		__asm__ volatile("fxrstorq %0" :: "m"(*(const char (*)[FXSAVE_SIZE])area));
	else
		__asm__ volatile("xrstorq %0" :: "m"(*(const char (*)[4096])area),
				 "a"((u32)xfeature_mask), "d"((u32)(xfeature_mask >> 32)));
}

/* With the guest's own XCR0 live its instructions fault and its XSAVE sees what it enabled; ours need all components. */
void fpu_enter_guest(const struct vcpu *v)
{
	if (use_xsave && v->arch.xcr0 != xfeature_mask)
		xsetbv(v->arch.xcr0);
}

void fpu_leave_guest(const struct vcpu *v)
{
	if (use_xsave && v->arch.xcr0 != xfeature_mask)
		xsetbv(xfeature_mask);
}

int pv_set_xcr0(struct vcpu *v, u64 xcr0)
{
	if (!use_xsave || !(xcr0 & XSTATE_FP) || xcr0 & ~xfeature_mask)
		return -EINVAL;
	if ((xcr0 & XSTATE_YMM && !(xcr0 & XSTATE_SSE)) ||
	    (xcr0 & XSTATE_AVX512 && ((xcr0 & XSTATE_AVX512) != XSTATE_AVX512 || !(xcr0 & XSTATE_YMM))))
		return -EINVAL;
	v->arch.xcr0 = xcr0;
	v->arch.xcr0_accum |= xcr0;
	if (v == current)
		xsetbv(xcr0);
	return 0;
}

void fpu_set_legacy(struct vcpu *v, const void *fxsave_512)
{
	u8 *area = v->arch.xsave_area;
	u64 header = XSTATE_FP | XSTATE_SSE;
	u32 mxcsr;

	memcpy(area, fxsave_512, FXSAVE_SIZE);
	memcpy(&mxcsr, area + 24, sizeof(mxcsr));
	mxcsr &= 0xffff;		/* a reserved bit would fault in our restore */
	memcpy(area + 24, &mxcsr, sizeof(mxcsr));
	memset(area + FXSAVE_SIZE, 0, XSAVE_HEADER);
	memcpy(area + FXSAVE_SIZE, &header, sizeof(header));
}

void fpu_get_legacy(const struct vcpu *v, void *fxsave_512)
{
	const u8 *area = v->arch.xsave_area;
	u64 header;

	memcpy(fxsave_512, area, FXSAVE_SIZE);
	memcpy(&header, area + FXSAVE_SIZE, sizeof(header));
	if (use_xsave && !(header & XSTATE_FP)) {
		u16 fcw = FCW_DEFAULT;

		memset(fxsave_512, 0, 24);
		memcpy(fxsave_512, &fcw, sizeof(fcw));
		memset((u8 *)fxsave_512 + 32, 0, 128);
	}
	if (use_xsave && !(header & XSTATE_SSE))
		memset((u8 *)fxsave_512 + 160, 0, 256);
}
