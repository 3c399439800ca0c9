/* SPDX-License-Identifier: GPL-2.0-only */
/* mmuext_op: pins, roots, flushes, LDT, pages cleared or copied by frame number. One row for each operation. */
#include <xen/atomic.h>
#include <xen/errno.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include "batch.h"
#include "flush_internal.h"
#include "mm_internal.h"

struct call {
	struct vcpu *v;
	struct domain *pg_owner;
};

int vcpumask_to_cpus(const struct domain *d, unsigned long bitmap, cpumask_t *out)
{
	cpumask_clear(out);
	for (unsigned int id = 0; id < d->max_vcpus; id += 8) {
		u8 bits;

		if (copy_in(&bits, bitmap + id / 8, 1))
			return -EFAULT;
		for (; bits; bits &= bits - 1) {
			unsigned int n = id + ffsl0(bits);
			const struct vcpu *v = n < d->max_vcpus ? d->vcpu[n] : NULL;
			unsigned int cpu = v ? READ_ONCE(v->dirty_cpu) : NR_CPUS;

			if (cpu < NR_CPUS)
				__cpumask_set_cpu(cpu, out);
		}
	}
	return 0;
}

/* -- pins ---------------------------------------------------------------------------------------------------------- */

static int unpin_page(struct vcpu *v, struct page_info *pg)
{
	if (!(__atomic_fetch_and(&pg->type_info, ~PGT_pinned, __ATOMIC_SEQ_CST) & PGT_pinned))
		return -EINVAL;
	put_table_later(v, pg);		/* the pin's own references */
	return 0;
}

static int pin_table(struct call *c, const struct mmuext_op *op)
{
	unsigned long type = (unsigned long)(op->cmd - MMUEXT_PIN_L1_TABLE + 1) << 61;
	struct page_info *pg = get_page_from_mfn(_mfn(op->arg1.mfn), c->pg_owner);
	int rc;

	if (unlikely(!pg))
		return -EINVAL;
	rc = get_page_type_preemptible(pg, type);
	if (unlikely(rc)) {
		if (rc != -EINTR && rc != -ERESTART)
			gprintk(XENLOG_G_WARNING, "cannot pin %016lx as L%lu table\n", (unsigned long)op->arg1.mfn, type >> 61);
		put_page(pg);
		return rc == -EINTR ? -ERESTART : rc;
	}
	if (__atomic_fetch_or(&pg->type_info, PGT_pinned, __ATOMIC_SEQ_CST) & PGT_pinned) {
		put_table_later(c->v, pg);
		return -EINVAL;
	}
	/* Against its release, which looks at each page once. */
	if (unlikely(READ_ONCE(c->pg_owner->is_dying))) {
		(void)unpin_page(c->v, pg);
		return -EINVAL;
	}
	return 0;
}

static int unpin_table(struct call *c, const struct mmuext_op *op)
{
	struct page_info *pg = get_page_from_mfn(_mfn(op->arg1.mfn), c->pg_owner);
	int rc;

	if (unlikely(!pg))
		return -EINVAL;
	rc = unpin_page(c->v, pg);
	put_page(pg);
	return rc;
}

/* -- roots ---------------------------------------------------------------------------------------------------------- */

static int new_baseptr(struct call *c, const struct mmuext_op *op)
{
	return new_guest_cr3(_mfn(op->arg1.mfn));
}

static int new_user_baseptr(struct call *c, const struct mmuext_op *op)
{
	return new_guest_user_cr3(op->arg1.mfn ? _mfn(op->arg1.mfn) : INVALID_MFN);
}

/* -- flushes --------------------------------------------------------------------------------------------------------- */

static int tlb_flush_local(struct call *c, const struct mmuext_op *op)
{
	flush_tlb_local();
	return 0;
}

static int invlpg_local(struct call *c, const struct mmuext_op *op)
{
	if (!in_hypervisor_window(op->arg1.linear_addr) && is_canonical(op->arg1.linear_addr))
		flush_va_local(op->arg1.linear_addr);
	return 0;
}

static int flush_cpus(const struct mmuext_op *op, const cpumask_t *mask)
{
	bool one = op->cmd == MMUEXT_INVLPG_MULTI || op->cmd == MMUEXT_INVLPG_ALL;

	if (!one)
		flush_tlb_mask(mask);
	else if (!in_hypervisor_window(op->arg1.linear_addr) && is_canonical(op->arg1.linear_addr))
		flush_tlb_one_mask(mask, op->arg1.linear_addr);
	return 0;
}

static int flush_multi(struct call *c, const struct mmuext_op *op)
{
	cpumask_t mask;
	int rc = vcpumask_to_cpus(c->v->domain, handle_addr(op->arg2.vcpumask), &mask);

	return rc ? rc : flush_cpus(op, &mask);
}

static int flush_all(struct call *c, const struct mmuext_op *op)
{
	cpumask_t mask = c->v->domain->dirty_cpumask;

	return flush_cpus(op, &mask);
}

static int flush_cache(struct call *c, const struct mmuext_op *op)
{
	int rc = may(c->v->domain, ACT_hardware, NULL);

	if (rc)
		return rc;
	if (op->cmd == MMUEXT_FLUSH_CACHE_GLOBAL)
		flush_area_mask(&cpu_online_map, 0, FLUSH_CACHE);
	else
		wbinvd();
	return 0;
}

/* -- others ----------------------------------------------------------------------------------------------------------- */

static int set_ldt(struct call *c, const struct mmuext_op *op)
{
	return pv_set_ldt(c->v, op->arg1.linear_addr, op->arg2.nr_ents);
}

static struct page_info *get_writable(const struct call *c, u64 mfn)
{
	struct page_info *pg = get_page_from_mfn(_mfn(mfn), c->pg_owner);

	if (pg && get_page_type(pg, PGT_writable_page)) {
		put_page(pg);
		pg = NULL;
	}
	return pg;
}

static int op_clear_page(struct call *c, const struct mmuext_op *op)
{
	struct page_info *pg = get_writable(c, op->arg1.mfn);

	if (!pg)
		return -EINVAL;
	clear_page(page_to_virt(pg));
	put_page_and_type(pg);
	return 0;
}

static int op_copy_page(struct call *c, const struct mmuext_op *op)
{
	struct page_info *src = get_page_from_mfn(_mfn(op->arg2.src_mfn), c->pg_owner), *dst;
	int rc = -EINVAL;

	if (!src)
		return -EINVAL;
	dst = get_writable(c, op->arg1.mfn);
	if (dst) {
		copy_page(page_to_virt(dst), page_to_virt(src));
		put_page_and_type(dst);
		rc = 0;
	}
	put_page(src);
	return rc;
}

/* -- the table --------------------------------------------------------------------------------------------------------- */

static const struct {
	int (*fn)(struct call *c, const struct mmuext_op *op);
	bool foreign;			/* may be about another domain's frames */
} rows[] = {
	[MMUEXT_PIN_L1_TABLE]		= { pin_table, true },
	[MMUEXT_PIN_L2_TABLE]		= { pin_table, true },
	[MMUEXT_PIN_L3_TABLE]		= { pin_table, true },
	[MMUEXT_PIN_L4_TABLE]		= { pin_table, true },
	[MMUEXT_UNPIN_TABLE]		= { unpin_table, true },
	[MMUEXT_NEW_BASEPTR]		= { new_baseptr, false },
	[MMUEXT_TLB_FLUSH_LOCAL]	= { tlb_flush_local, false },
	[MMUEXT_INVLPG_LOCAL]		= { invlpg_local, false },
	[MMUEXT_TLB_FLUSH_MULTI]	= { flush_multi, false },
	[MMUEXT_INVLPG_MULTI]		= { flush_multi, false },
	[MMUEXT_TLB_FLUSH_ALL]		= { flush_all, false },
	[MMUEXT_INVLPG_ALL]		= { flush_all, false },
	[MMUEXT_FLUSH_CACHE]		= { flush_cache, false },
	[MMUEXT_SET_LDT]		= { set_ldt, false },
	[MMUEXT_NEW_USER_BASEPTR]	= { new_user_baseptr, false },
	[MMUEXT_CLEAR_PAGE]		= { op_clear_page, true },
	[MMUEXT_COPY_PAGE]		= { op_copy_page, true },
	[MMUEXT_FLUSH_CACHE_GLOBAL]	= { flush_cache, false },
};

static int one_op(struct call *c, const struct mmuext_op *op)
{
	if (op->cmd >= ARRAY_SIZE(rows) || !rows[op->cmd].fn)
		return op->cmd == MMUEXT_MARK_SUPER || op->cmd == MMUEXT_UNMARK_SUPER ? -EOPNOTSUPP : -ENOSYS;
	if (!rows[op->cmd].foreign && c->pg_owner != c->v->domain)
		return -EPERM;
	return rows[op->cmd].fn(c, op);
}

static unsigned int serve(struct call *c, unsigned long ops, unsigned int count, int *rc)
{
	struct mmuext_op op;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (i && hypercall_preempt_check()) {
			*rc = -ERESTART;
			break;
		}
		*rc = copy_in_elem(&op, ops, i);
		if (unlikely(*rc))
			break;
		*rc = one_op(c, &op);
		if (unlikely(*rc))
			break;
		*rc = put_old_guest_table(c->v);
		if (unlikely(*rc)) {
			i++;
			break;
		}
	}
	return i;
}

long do_mmuext_op(unsigned long ops, unsigned long count, unsigned long pdone, unsigned long domid)
{
	struct call c = { .v = current };
	struct batch b;
	unsigned int done = 0;
	int rc = batch_begin(&b, c.v, count, pdone);

	if (likely(!rc)) {
		c.pg_owner = get_pg_owner(domid, &rc);
		if (likely(c.pg_owner)) {
			done = serve(&c, ops, b.count, &rc);
			put_pg_owner(c.pg_owner);
		}
	}
	return batch_end(&b, __HYPERVISOR_mmuext_op, ops, sizeof(struct mmuext_op), done, rc, domid);
}
