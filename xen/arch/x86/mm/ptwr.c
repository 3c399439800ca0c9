/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes of a guest's kernel to its read-only L1 tables, made by plain instructions: decoded and carried out as if by mmu_update.
 * The instruction works on the value that the table holds at the moment of the exchange, as a locked one would.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/traps.h>
#include <asm/insn.h>
#include "mm_internal.h"

/* The L1 that addr shows read-only, with references; NULL: the fault has another reason. */
static u64 *get_written_slot(unsigned long addr, struct page_info **l1pg)
{
	struct domain *d = current->domain;
	struct page_info *pg;
	l1e_t l1e;

	if (!guest_get_eff_l1e(addr, &l1e) || !l1e_present(l1e) || (l1e.v & _PAGE_RW))
		return NULL;
	pg = get_page_from_mfn(l1e_mfn(l1e), d);
	if (!pg)
		return NULL;
	if (likely(get_validated_l1(pg))) {
		*l1pg = pg;
		return (u64 *)((char *)page_to_virt(pg) + (addr & ~PAGE_MASK & ~7UL));
	}
	put_page(pg);
	return NULL;
}

static u64 size_mask(unsigned int size)
{
	return size == 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
}

/* 0 when carried out (registers are updated), or what was wrong with the new entry. */
static int carry_out(u64 *pte, const struct insn_mem_write *w, struct cpu_user_regs *regs)
{
	struct domain *d = current->domain;
	unsigned int shift = (w->addr & 7) * 8;
	u64 mask = size_mask(w->size);
	int rc;

	do {
		u64 entry = READ_ONCE(*pte), old = (entry >> shift) & mask, new = old;
		bool writes = true;

		insn_mem_write_apply(w, old, &new, &writes);
		rc = 0;
		if (writes)
			rc = replace_l1_entry(pte, entry, (entry & ~(mask << shift)) | (new & mask) << shift, d, d);
		if (likely(!rc))
			insn_mem_write_complete(w, regs, old);
	} while (unlikely(rc == PTE_CHANGED));
	return rc;
}

/* The whole entry by mov or xchg: what kernels do most. */
static int carry_out_whole(u64 *pte, const struct insn_mem_write *w, struct cpu_user_regs *regs)
{
	struct domain *d = current->domain;
	u64 old;
	int rc;

	do {
		old = READ_ONCE(*pte);
		rc = replace_l1_entry(pte, old, w->src, d, d);
	} while (unlikely(rc == PTE_CHANGED));
	if (likely(!rc)) {
		if (w->op == OP_XCHG)
			*insn_reg(regs, w->src_reg) = old;
		regs->rip += w->insn.len;
	}
	return rc;
}

static bool whole_entry(const struct insn_mem_write *w)
{
	return w->size == 8 && !w->string && (w->op == OP_MOV || w->op == OP_XCHG);
}

bool pv_ro_page_fault(unsigned long addr, struct cpu_user_regs *regs)
{
	struct insn_mem_write w;
	struct page_info *l1pg;
	u64 *pte = get_written_slot(addr, &l1pg);
	bool done = false;
	int rc;

	if (!pte)
		return false;
	if (insn_decode_mem_write(regs, &w) || w.size > 8 || (w.addr & ~7UL) != (addr & ~7UL) || (w.addr & (w.size - 1)))
		goto out;
	rc = whole_entry(&w) ? carry_out_whole(pte, &w, regs) : carry_out(pte, &w, regs);
	done = rc == 0;
	if (rc)
		gprintk(XENLOG_G_WARNING, "write to the page table at %016lx refused: error %d, it is %016lx\n", addr, rc, *pte);
out:
	put_page_and_type(l1pg);
	return done;
}
