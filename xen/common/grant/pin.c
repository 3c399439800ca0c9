/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking an entry of a grant table into use. The granting guest can write the entry at any time, also while
 * we look: what it says is read once, and the first use is announced in it by a compare-and-swap of the
 * very word that was checked. From then on the active entry counts, not what the guest writes. Lock:
 * active_entry.lock.
 */
#include <xen/atomic.h>
#include "grant_internal.h"

#define MAX_TRIES	8	/* a guest that keeps changing the word is not worth more */
#define MAX_PINS	0xffffu

union entry_word {
	u32 word;
	struct {
		u16 flags;
		domid_t domid;
	};
};

static u32 *word_of(struct grant_entry_v1 *e)
{
	return (u32 *)(void *)e;
}

/* Check the entry, and set in it that it is in use. */
static int announce(struct grant_entry_v1 *e, domid_t who, bool readonly)
{
	union entry_word old = { .word = READ_ONCE(*word_of(e)) }, new;

	for (unsigned int i = 0; i < MAX_TRIES; i++) {
		u32 seen;

		if ((old.flags & GTF_type_mask) != GTF_permit_access || old.domid != who)
			return GNTST_general_error;
		if (!readonly && (old.flags & GTF_readonly))
			return GNTST_general_error;
		new = old;
		new.flags |= GTF_reading | (readonly ? 0 : GTF_writing);
		seen = cmpxchg(word_of(e), old.word, new.word);
		if (seen == old.word)
			return GNTST_okay;
		old.word = seen;
	}
	return GNTST_general_error;
}

static bool has_writers(const struct active_entry *act)
{
	return act->pins[PIN_host_w] | act->pins[PIN_dev_w];
}

static void withdraw(struct grant_entry_v1 *e, const struct active_entry *act)
{
	u16 clear = 0;

	if (!has_writers(act))
		clear |= GTF_writing;
	if (!is_pinned(act))
		clear |= GTF_reading;
	if (clear)
		__atomic_fetch_and(&e->flags, (u16)~clear, __ATOMIC_SEQ_CST);
}

static bool may_count(const struct active_entry *act, unsigned int parts, bool readonly)
{
	if ((parts & GNTMAP_host_map) && act->pins[PIN_host_w + readonly] == MAX_PINS)
		return false;
	return !(parts & GNTMAP_device_map) || act->pins[PIN_dev_w + readonly] < MAX_PINS;
}

static void count(struct active_entry *act, unsigned int parts, bool readonly, int n)
{
	if (parts & GNTMAP_host_map)
		act->pins[PIN_host_w + readonly] += n;
	if (parts & GNTMAP_device_map)
		act->pins[PIN_dev_w + readonly] += n;
}

static int get_frame_refs(struct domain *rd, mfn_t mfn, bool readonly)
{
	struct page_info *pg = get_page_from_mfn(mfn, rd);

	if (!pg)
		return GNTST_general_error;
	if (!readonly && get_page_type(pg, PGT_writable_page)) {
		put_page(pg);
		return GNTST_general_error;
	}
	return GNTST_okay;
}

/* act->lock is held. */
static int pin_locked(struct domain *rd, struct grant_entry_v1 *e, struct active_entry *act, domid_t who,
		      unsigned int parts, bool readonly)
{
	int status = GNTST_okay;

	if (is_pinned(act) && act->domid != who)
		return GNTST_general_error;
	if (!may_count(act, parts, readonly))
		return GNTST_general_error;
	if (!is_pinned(act) || (!readonly && !has_writers(act)))
		status = announce(e, who, readonly);
	if (status)
		return status;
	if (!is_pinned(act)) {
		act->domid = who;
		act->mfn = _mfn(READ_ONCE(e->frame));
	}
	status = get_frame_refs(rd, act->mfn, readonly);
	if (status)
		withdraw(e, act);
	else
		count(act, parts, readonly, 1);
	return status;
}

int grant_pin(struct domain *rd, grant_ref_t ref, domid_t who, unsigned int parts, bool readonly, mfn_t *mfn)
{
	struct grant_table *gt = rd->grant_table;
	struct active_entry *act;
	int status;

	if (unlikely(!gt || ref >= grant_nr_refs(gt)))
		return GNTST_bad_gntref;
	act = active_entry(gt, ref);
	spin_lock(&act->lock);
	status = pin_locked(rd, shared_entry(gt, ref), act, who, parts, readonly);
	*mfn = act->mfn;
	spin_unlock(&act->lock);
	return status;
}

void grant_unpin(struct domain *rd, grant_ref_t ref, unsigned int parts, bool readonly, bool last)
{
	struct grant_table *gt = rd->grant_table;
	struct active_entry *act = active_entry(gt, ref);
	struct page_info *pg;

	spin_lock(&act->lock);
	pg = mfn_to_page(act->mfn);
	count(act, parts, readonly, -1);
	/* First the references, then the announcement: whoever sees the entry unused may free the frame. */
	if (last) {
		if (!readonly)
			put_page_type(pg);
		put_page(pg);
	}
	withdraw(shared_entry(gt, ref), act);
	spin_unlock(&act->lock);
}
