/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl rows for what a saved vcpu has beside its basic context: 32-bit entry points, extended state, MSRs. */
#include <xen/domctl_if.h>
#include <xen/guest_access.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/pv.h>

/* -- entry points of 32-bit code -------------------------------------------------------------------------------------------- */

long domctl_get_ext_vcpucontext(struct xen_domctl *op, struct domain *d)
{
	struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
	const struct vcpu *v = domctl_vcpu(d, e->vcpu);

	if (!v)
		return -ESRCH;
	*e = (struct xen_domctl_ext_vcpucontext){
		.vcpu = e->vcpu,
		.size = sizeof(*e),
		.sysenter_callback_cs = v->arch.sysenter_callback_cs,
		.sysenter_callback_eip = v->arch.sysenter_callback_eip,
		.sysenter_disables_events = v->arch.sysenter_disables_events,
		.syscall32_callback_cs = v->arch.syscall32_callback_cs,
		.syscall32_callback_eip = v->arch.syscall32_callback_eip,
		.syscall32_disables_events = v->arch.syscall32_disables_events,
	};
	return 0;
}

/* A selector of ours becomes the guest's flat one. */
static u16 guest_cs(u16 sel)
{
	return sel && guest_selector_ok(sel) ? sel | 3 : sel ? FLAT_RING3_CS64 : 0;
}

long domctl_set_ext_vcpucontext(struct xen_domctl *op, struct domain *d)
{
	const struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
	struct vcpu *v = domctl_vcpu(d, e->vcpu);

	if (!v)
		return -ESRCH;
	if (d == current->domain || e->size < offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap) ||
	    !is_canonical(e->sysenter_callback_eip) || !is_canonical(e->syscall32_callback_eip))
		return -EINVAL;
	domain_pause(d);
	v->arch.sysenter_callback_cs = guest_cs(e->sysenter_callback_cs);
	v->arch.sysenter_callback_eip = e->sysenter_callback_eip;
	v->arch.sysenter_disables_events = e->sysenter_disables_events;
	v->arch.syscall32_callback_cs = guest_cs(e->syscall32_callback_cs);
	v->arch.syscall32_callback_eip = e->syscall32_callback_eip;
	v->arch.syscall32_disables_events = e->syscall32_disables_events;
	domain_unpause(d);
	return 0;
}

/* -- extended state: two words of XCR0, then the area in XSAVE's standard format ------------------------------------------------- */

#define XCR0_WORDS	16u
#define XSAVE_LEGACY	512u
#define XSAVE_HEADER	64u
#define MXCSR_OFFSET	24u
#define MXCSR_VALID	0xffffu

struct xsave_header {
	u64 xstate_bv, xcomp_bv, zero[6];
};

long domctl_getvcpuextstate(struct xen_domctl *op, struct domain *d)
{
	struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;
	struct vcpu *v = domctl_vcpu(d, e->vcpu);
	u32 size = XCR0_WORDS + xsave_size;
	unsigned long to = handle_addr(e->buffer);
	long rc = 0;

	if (!v)
		return -ESRCH;
	if (d == current->domain)	/* two of its vcpus that pause each other would wait for ever */
		return -EINVAL;
	if (!e->size && !e->xfeature_mask) {
		e->size = size;
		e->xfeature_mask = xfeature_mask;
		return 0;
	}
	if (e->size != size || e->xfeature_mask != xfeature_mask)
		return -EINVAL;
	vcpu_pause(v);
	if (copy_out(to, &v->arch.xcr0, 8) || copy_out(to + 8, &v->arch.xcr0_accum, 8) ||
	    copy_out(to + XCR0_WORDS, v->arch.xsave_area, xsave_size))
		rc = -EFAULT;
	vcpu_unpause(v);
	return rc;
}

/* Would our own XRSTOR of it fault? */
static bool area_ok(const u8 *area, u64 accum)
{
	struct xsave_header h;
	u32 mxcsr;

	memcpy(&h, area + XSAVE_LEGACY, sizeof(h));
	memcpy(&mxcsr, area + MXCSR_OFFSET, sizeof(mxcsr));
	if (h.xstate_bv & ~(accum & xfeature_mask) || h.xcomp_bv || mxcsr & ~MXCSR_VALID)
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(h.zero); i++)
		if (h.zero[i])
			return false;
	return true;
}

static long take_area(struct vcpu *v, unsigned long from, u32 len, u8 *area)
{
	u64 xcr0, accum;

	if (copy_in(&xcr0, from, 8) || copy_in(&accum, from + 8, 8) || copy_in(area, from + XCR0_WORDS, len - XCR0_WORDS))
		return -EFAULT;
	if (accum & ~xfeature_mask || xcr0 & ~accum || !area_ok(area, accum))
		return -EINVAL;
	if (pv_set_xcr0(v, xcr0))
		return -EINVAL;
	v->arch.xcr0_accum |= accum;
	memcpy(v->arch.xsave_area, area, xsave_size);
	return 0;
}

long domctl_setvcpuextstate(struct xen_domctl *op, struct domain *d)
{
	const struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;
	struct vcpu *v = domctl_vcpu(d, e->vcpu);
	u8 *area;
	long rc;

	if (!v)
		return -ESRCH;
	if (d == current->domain || e->size > XCR0_WORDS + xsave_size)
		return -EINVAL;
	if (e->size == XCR0_WORDS)	/* saved where there was none */
		return 0;
	if (e->size < XCR0_WORDS + XSAVE_LEGACY + XSAVE_HEADER)
		return -EINVAL;
	area = xzalloc_bytes(xsave_size);
	if (!area)
		return -ENOMEM;
	domain_pause(d);
	rc = take_area(v, handle_addr(e->buffer), e->size, area);
	domain_unpause(d);
	xfree(area);
	return rc;
}

/* -- MSRs ---------------------------------------------------------------------------------------------------------------------------- */

#define NR_SAVED_MSRS	1	/* TSC_AUX */

long domctl_get_vcpu_msrs(struct xen_domctl *op, struct domain *d)
{
	struct xen_domctl_vcpu_msrs *m = &op->u.vcpu_msrs;
	struct vcpu *v = domctl_vcpu(d, m->vcpu);
	struct xen_domctl_vcpu_msr one = { .index = MSR_TSC_AUX };

	if (!v || d == current->domain)
		return -EINVAL;
	if (!handle_addr(m->msrs)) {
		m->msr_count = NR_SAVED_MSRS;
		return 0;
	}
	one.value = v->arch.tsc_aux;
	if (!one.value) {
		m->msr_count = 0;
		return 0;
	}
	if (m->msr_count < NR_SAVED_MSRS) {
		m->msr_count = NR_SAVED_MSRS;
		return -ENOBUFS;
	}
	m->msr_count = NR_SAVED_MSRS;
	return copy_out(handle_addr(m->msrs), &one, sizeof(one));
}

/* On error msr_count tells which one it was. */
long domctl_set_vcpu_msrs(struct xen_domctl *op, struct domain *d)
{
	struct xen_domctl_vcpu_msrs *m = &op->u.vcpu_msrs;
	struct vcpu *v = domctl_vcpu(d, m->vcpu);
	struct xen_domctl_vcpu_msr one;

	if (!v || d == current->domain || m->msr_count > 64)
		return -EINVAL;
	for (u32 i = 0; i < m->msr_count; i++) {
		if (copy_in_elem(&one, handle_addr(m->msrs), i))
			return -EFAULT;
		if (one.reserved || (one.index != MSR_TSC_AUX && one.value))
			return -EINVAL;
		if (one.index != MSR_TSC_AUX)
			continue;	/* what is zero here anyway */
		if (one.value >> 32)
			return -EINVAL;
		v->arch.tsc_aux = one.value;
	}
	return 0;
}
