/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structures that live in guest memory and that we write at any time: vcpu_info, the runstate and the secondary time.
 *
 * The frames are found once, when the guest registers an address, and kept with a writable type reference: writing
 * cannot fault and does not depend on whose page tables are loaded, and the frame can never become a page table while we write.
 */
#include <xen/domain_if.h>
#include <xen/guest_access.h>
#include <xen/sched.h>

/* -- vcpu_info --------------------------------------------------------------------------------------------------- */

static int check_vcpu_info(const struct vcpu *v, u32 offset)
{
	if (offset > PAGE_SIZE - sizeof(struct vcpu_info) || offset % sizeof(unsigned long))
		return -EINVAL;
	if (!mfn_eq(v->vcpu_info_mfn, INVALID_MFN))
		return -EINVAL;
	/* It may not move under the feet of a CPU that uses it. */
	if (v != current && !test_bit(VPF_down, &v->pause_flags))
		return -EINVAL;
	return 0;
}

/* Move v's vcpu_info to offset in its frame mfn. Under domain_lock. -EINVAL: bad place, moved before, or not a page of the domain. */
int map_vcpu_info(struct vcpu *v, u64 mfn, u32 offset)
{
	struct vcpu_info *new;
	int rc = check_vcpu_info(v, offset);

	if (rc)
		return rc;
	if (!mfn_valid(_mfn(mfn)))
		return -EINVAL;
	rc = get_page_and_type(mfn_to_page(_mfn(mfn)), v->domain, PGT_writable_page);
	if (rc)
		return -EINVAL;
	new = mfn_to_virt(_mfn(mfn)) + offset;
	if (v->vcpu_info)
		*new = *v->vcpu_info;
	else
		memset(new, 0, sizeof(*new));
	v->vcpu_info_mfn = _mfn(mfn);
	smp_wmb();
	WRITE_ONCE(v->vcpu_info, new);
	smp_mb();
	/* What was set in the old place after the copy is found by a full scan. */
	evtchn_vcpu_info_moved(v);
	if (v == current)
		force_update_vcpu_system_time(v);
	return 0;
}

/* The domain is dying: nothing writes there any more. */
void unmap_vcpu_info(struct vcpu *v)
{
	mfn_t mfn = v->vcpu_info_mfn;

	if (mfn_eq(mfn, INVALID_MFN))
		return;
	WRITE_ONCE(v->vcpu_info, vcpu_info_default(v));
	v->vcpu_info_mfn = INVALID_MFN;
	put_page_and_type(mfn_to_page(mfn));
}

/* -- areas at virtual addresses -------------------------------------------------------------------------------- */

/* The frame that current's page tables map writably at va, with existence and type references. NULL: none of its own. */
static struct page_info *hold_writable(struct domain *d, unsigned long va)
{
	const u64 need = _PAGE_PRESENT | _PAGE_RW;
	struct page_info *pg;
	l1e_t l1e;

	if (!guest_get_eff_l1e(va, &l1e) || (l1e_flags(l1e) & need) != need || !mfn_valid(l1e_mfn(l1e)))
		return NULL;
	pg = mfn_to_page(l1e_mfn(l1e));
	return get_page_and_type(pg, d, PGT_writable_page) ? NULL : pg;
}

static void area_drop(struct guest_area *a)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(a->pg); i++)
		if (a->pg[i])
			put_page_and_type(a->pg[i]);
}

static int area_find(struct domain *d, struct guest_area *a, unsigned long va, size_t len)
{
	if (!access_ok(va, len))
		return -EFAULT;
	a->offset = va & ~PAGE_MASK;
	a->len = len;
	a->pg[0] = hold_writable(d, va);
	if (!a->pg[0])
		return -EFAULT;
	if (a->offset + len <= PAGE_SIZE)
		return 0;
	a->pg[1] = hold_writable(d, va + len - 1);
	if (a->pg[1])
		return 0;
	put_page_and_type(a->pg[0]);
	return -EFAULT;
}

int guest_area_register(struct vcpu *v, struct guest_area *area, unsigned long va, size_t len)
{
	struct guest_area fresh = {}, old;
	unsigned long flags;
	int rc = va ? area_find(v->domain, &fresh, va, len) : 0;

	if (rc)
		return rc;
	spin_lock_irqsave(&v->area_lock, flags);
	old = *area;
	*area = fresh;
	spin_unlock_irqrestore(&v->area_lock, flags);
	area_drop(&old);
	return 0;
}

void vcpu_areas_release(struct vcpu *v)
{
	guest_area_register(v, &v->runstate_area, 0, 0);
	guest_area_register(v, &v->time_area, 0, 0);
}

/* Under area_lock. */
static void area_write(const struct guest_area *a, u32 at, const void *from, size_t len)
{
	u32 pos = a->offset + at;
	size_t first = pos < PAGE_SIZE ? min_t(size_t, len, PAGE_SIZE - pos) : 0;

	if (first)
		memcpy(page_to_virt(a->pg[0]) + pos, from, first);
	if (first < len)
		memcpy(page_to_virt(a->pg[1]) + (pos + first - PAGE_SIZE), from + first, len - first);
}

static void write_runstate(const struct vcpu *v)
{
	const u32 at = offsetof(struct vcpu_runstate_info, state_entry_time);
	struct vcpu_runstate_info rs = v->runstate;

	if (!(v->domain->vm_assist & (1UL << VMASST_TYPE_runstate_update_flag))) {
		area_write(&v->runstate_area, 0, &rs, sizeof(rs));
		return;
	}
	/* Readers on other CPUs retry while the flag is up. */
	rs.state_entry_time |= XEN_RUNSTATE_UPDATE;
	area_write(&v->runstate_area, at, &rs.state_entry_time, sizeof(rs.state_entry_time));
	smp_wmb();
	area_write(&v->runstate_area, 0, &rs, sizeof(rs));
	smp_wmb();
	rs.state_entry_time &= ~XEN_RUNSTATE_UPDATE;
	area_write(&v->runstate_area, at, &rs.state_entry_time, sizeof(rs.state_entry_time));
}

void runstate_area_update(struct vcpu *v)
{
	unsigned long flags;

	if (!READ_ONCE(v->runstate_area.len))
		return;
	spin_lock_irqsave(&v->area_lock, flags);
	if (v->runstate_area.len)
		write_runstate(v);
	spin_unlock_irqrestore(&v->area_lock, flags);
}

static void write_time(const struct vcpu *v)
{
	struct vcpu_time_info t = v->vcpu_info->time;
	u32 odd = t.version | 1;

	area_write(&v->time_area, offsetof(struct vcpu_time_info, version), &odd, sizeof(odd));
	smp_wmb();
	t.version = odd;
	area_write(&v->time_area, 0, &t, sizeof(t));
	smp_wmb();
	t.version = odd + 1;
	area_write(&v->time_area, offsetof(struct vcpu_time_info, version), &t.version, sizeof(t.version));
}

void time_area_update(struct vcpu *v)
{
	unsigned long flags;

	if (!READ_ONCE(v->time_area.len) || !v->vcpu_info)
		return;
	spin_lock_irqsave(&v->area_lock, flags);
	if (v->time_area.len)
		write_time(v);
	spin_unlock_irqrestore(&v->area_lock, flags);
}
