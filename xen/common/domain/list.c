/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding domains: a list ordered by id and a hash over it.
 *
 * Readers take no lock: an entry that was unlinked keeps its own links and is freed after every CPU passed a quiescent
 * point, so a walk that stands on it still gets back to the list. Writers hold domlist_lock.
 */
#include <xen/domain_if.h>
#include <xen/sched.h>

#define HASH_SIZE	256

struct domain *domain_list;
static struct domain *domain_hash[HASH_SIZE];
static DEFINE_SPINLOCK(domlist_lock);

static struct domain **hash_slot(domid_t domid)
{
	return &domain_hash[domid % HASH_SIZE];
}

struct domain *domain_by_id(domid_t domid)
{
	struct domain *d;

	for (d = READ_ONCE(*hash_slot(domid)); d; d = READ_ONCE(d->next_in_hash))
		if (d->domain_id == domid)
			return d;
	return NULL;
}

struct domain *domain_by_any_id(domid_t domid)
{
	return domid == DOMID_SELF ? current->domain : domain_by_id(domid);
}

bool get_domain(struct domain *d)
{
	int old = atomic_read(&d->refcnt);

	while (old > 0) {
		int seen = cmpxchg(&d->refcnt.v, old, old + 1);

		if (seen == old)
			return true;
		old = seen;
	}
	return false;
}

struct domain *get_domain_by_id(domid_t domid)
{
	struct domain *d = domain_by_id(domid);

	return d && get_domain(d) ? d : NULL;
}

/* Publish d. -EEXIST: its id was taken meanwhile. */
int domlist_insert(struct domain *d)
{
	struct domain **p;
	int rc = 0;

	spin_lock(&domlist_lock);
	for (p = &domain_list; *p && (*p)->domain_id < d->domain_id; p = &(*p)->next_in_list)
		;
	if (*p && (*p)->domain_id == d->domain_id) {
		rc = -EEXIST;
	} else {
		d->next_in_list = *p;
		d->next_in_hash = *hash_slot(d->domain_id);
		smp_wmb();	/* complete before it is seen */
		WRITE_ONCE(*p, d);
		WRITE_ONCE(*hash_slot(d->domain_id), d);
	}
	spin_unlock(&domlist_lock);
	return rc;
}

/* Unlink d; its own links stay for readers that stand on it. */
void domlist_remove(struct domain *d)
{
	struct domain **p;

	spin_lock(&domlist_lock);
	for (p = &domain_list; *p && *p != d; p = &(*p)->next_in_list)
		;
	if (*p)
		WRITE_ONCE(*p, d->next_in_list);
	for (p = hash_slot(d->domain_id); *p && *p != d; p = &(*p)->next_in_hash)
		;
	if (*p)
		WRITE_ONCE(*p, d->next_in_hash);
	spin_unlock(&domlist_lock);
}
