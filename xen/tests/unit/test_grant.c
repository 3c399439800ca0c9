/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: common/grant/table.c common/grant/maptrack.c common/grant/pin.c common/grant/map.c common/grant/copy.c common/grant/transfer.c common/grant/info.c common/grant/op.c common/grant/users.c */
/*
 * Grant tables, seen from two domains; page tables are one fake slot per address. References must come out
 * even.
 */
#include <xen/hypercall.h>
#include <xen/grant.h>
#include <xen/sched.h>
#include <asm/grant_map.h>
#include <public/grant_table.h>
#include <public/holders.h>
#include "../../common/grant/grant_internal.h"
#include "unit.h"

/* -- the neighbours ----------------------------------------------------------------------------- */

#define NR_SLOTS	512u

static struct domain *dom[2];
static u64 slots[NR_SLOTS];		/* "host address" n + 1: the frame that is mapped there */
static unsigned int flushes;
static unsigned long again[3];
static bool continued;

struct domain *domain_by_id(domid_t id) { return id < 2 ? dom[id] : NULL; }
struct domain *domain_by_any_id(domid_t id) { return id == DOMID_SELF ? current->domain : domain_by_id(id); }

struct domain *get_domain_by_id(domid_t id)
{
	struct domain *d = domain_by_id(id);

	if (d)
		atomic_inc(&d->refcnt);
	return d;
}

void domain_destroy_final(struct domain *d) { CHECK(!"a domain lost its last reference"); }

int may(const struct domain *caller, enum action action, const struct domain *target)
{
	return caller == dom[0] ? 0 : -EPERM;
}

void set_gpfn_from_mfn(mfn_t mfn, unsigned long gpfn) {}
void flush_area_mask(const void *mask, unsigned long va, unsigned int flags) { flushes++; }

void share_xen_page_with_guest(struct page_info *pg, struct domain *d, enum XENSHARE_flags flags)
{
	page_set_owner(pg, d);
	pg->count_info = PGC_xen_heap | PGC_allocated | 1;
	pg->type_info = PGT_writable_page | 1;
}

struct page_info *get_page_from_mfn(mfn_t mfn, const struct domain *d)
{
	return mfn_valid(mfn) && get_page(mfn_to_page(mfn), d) ? mfn_to_page(mfn) : NULL;
}

bool steal_page(struct domain *d, struct page_info *pg)
{
	if ((pg->count_info & PGC_count_mask) != 2 || (pg->type_info & PGT_count_mask))
		return false;
	pg->count_info = 0;
	page_set_owner(pg, NULL);
	return true;
}

int assign_pages(struct page_info *pg, unsigned int order, struct domain *d, unsigned int memflags)
{
	CHECK(memflags & MEMF_no_refcount);
	page_set_owner(pg, d);
	pg->count_info = PGC_allocated | 1;
	return 0;
}

unsigned long domain_adjust_tot_pages(struct domain *d, long pages) { return d->tot_pages += pages; }
void free_stolen_page(struct page_info *pg) { CHECK(!"a frame was freed"); }

long hypercall_create_continuation(unsigned int op, unsigned int nargs, const unsigned long *args)
{
	for (unsigned int i = 0; i < 3; i++)
		again[i] = args[i];
	continued = true;
	return -ERESTART;
}

int grant_map_install(u64 host_addr, mfn_t frame, unsigned int flags, struct domain *rd)
{
	if (!host_addr || host_addr > NR_SLOTS || slots[host_addr - 1])
		return GNTST_general_error;
	slots[host_addr - 1] = mfn_x(frame);
	return GNTST_okay;
}

int grant_map_remove(u64 host_addr, mfn_t frame, unsigned int flags)
{
	if (!host_addr || host_addr > NR_SLOTS || slots[host_addr - 1] != mfn_x(frame))
		return GNTST_general_error;
	slots[host_addr - 1] = 0;
	return GNTST_okay;
}

int grant_map_replace(u64 host_addr, u64 new_addr, mfn_t frame, unsigned int flags)
{
	int status = grant_map_remove(host_addr, frame, flags);

	if (!status)
		swap(slots[host_addr - 1], slots[new_addr - 1]);
	return status;
}

/* Still referenced while the flush is made. */
static u64 watched;
static unsigned long refs_at_flush;
void grant_map_flush(const struct domain *d)
{
	flushes++;
	if (watched)
		refs_at_flush = mfn_to_page(_mfn(watched))->count_info & PGC_count_mask;
}

/* -- helpers ------------------------------------------------------------------------------------ */

static long xmallocs_before;
static unsigned int maptrack_limit = -1u;	/* of new domains */

static struct domain *new_domain(domid_t id)
{
	struct domain *d = alloc_xenheap_zeroed_page();
	struct vcpu *v = alloc_xenheap_zeroed_page();

	d->domain_id = id;
	atomic_set(&d->refcnt, 1);
	d->vcpu = xzalloc_array(struct vcpu *, 1);
	d->vcpu[0] = v;
	d->max_vcpus = 1;
	d->max_pages = 100;
	d->tot_pages = 10;
	v->domain = d;
	CHECK_EQ(grant_table_create(d, 2, maptrack_limit), 0);
	return d;
}

static void setup(void)
{
	xmallocs_before = fake_xmallocs;
	dom[0] = new_domain(0);
	dom[1] = new_domain(1);
	memset(slots, 0, sizeof(slots));
	flushes = 0;
	watched = 0;
}

static void free_domain(struct domain *d)
{
	d->is_dying = DOMDYING_dying;
	CHECK_EQ(grant_table_release_mappings(d), 0);
}

static void teardown(void)
{
	free_domain(dom[0]);
	free_domain(dom[1]);
	for (unsigned int i = 0; i < 2; i++) {
		CHECK_EQ(atomic_read(&dom[i]->refcnt), 1);
		grant_table_destroy(dom[i]);
		free_xenheap_page(dom[i]->vcpu[0]);
		xfree(dom[i]->vcpu);
		free_xenheap_page(dom[i]);
	}
}

static long call(unsigned int id, unsigned int cmd, void *arg, unsigned int count)
{
	set_current(dom[id]->vcpu[0]);
	return do_grant_table_op(cmd, (unsigned long)arg, count);
}

static struct grant_entry_v1 *entry_of(unsigned int id, grant_ref_t ref)
{
	mfn_t mfn;

	CHECK_EQ(grant_table_get_frame(dom[id], ref / 512, &mfn), 0);
	return (struct grant_entry_v1 *)mfn_to_virt(mfn) + ref % 512;
}

/* dom 1 grants a frame of its own to dom 0. */
static u64 grant(grant_ref_t ref, u16 flags)
{
	u64 mfn = fake_guest_page(dom[1]);
	struct grant_entry_v1 *e = entry_of(1, ref);

	e->frame = mfn;
	e->domid = 0;
	e->flags = flags;
	return mfn;
}

static void check_refs(u64 mfn, unsigned int count, unsigned int type)
{
	const struct page_info *pg = mfn_to_page(_mfn(mfn));

	CHECK_EQ(pg->count_info & PGC_count_mask, count);
	CHECK_EQ(pg->type_info & PGT_count_mask, type);
}

static void drop_page(u64 mfn)
{
	check_refs(mfn, 1, 0);
	free_xenheap_page(mfn_to_virt(_mfn(mfn)));
}

static int map(u64 addr, grant_ref_t ref, u32 flags, u32 *handle)
{
	struct gnttab_map_grant_ref m = { .host_addr = addr, .ref = ref, .flags = flags, .dom = 1 };

	CHECK_EQ(call(0, GNTTABOP_map_grant_ref, &m, 1), 0);
	*handle = m.handle;
	return m.status;
}

static int unmap(u64 addr, u64 dev, u32 handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = addr, .dev_bus_addr = dev, .handle = handle };

	CHECK_EQ(call(0, GNTTABOP_unmap_grant_ref, &u, 1), 0);
	return u.status;
}

/* -- tests -------------------------------------------------------------------------------------- */

UNIT(grant_map_and_unmap)
{
	u32 h, h2;
	u64 mfn;

	setup();
	mfn = grant(8, GTF_permit_access);
	CHECK_EQ(map(1, 8, GNTMAP_host_map, &h), GNTST_okay);
	CHECK_EQ(slots[0], mfn);
	CHECK_EQ(entry_of(1, 8)->flags, GTF_permit_access | GTF_reading | GTF_writing);
	check_refs(mfn, 2, 1);
	CHECK_EQ(map(2, 8, GNTMAP_host_map | GNTMAP_readonly, &h2), GNTST_okay);
	CHECK(h != h2);
	check_refs(mfn, 3, 1);
	/* The frame is what it was when it was first used. */
	entry_of(1, 8)->frame = 0;
	watched = mfn;
	CHECK_EQ(unmap(2, 0, h), GNTST_okay);	/* another address of the same frame will do */
	CHECK_EQ(refs_at_flush, 3);
	CHECK_EQ(flushes, 1);
	CHECK_EQ(entry_of(1, 8)->flags, GTF_permit_access | GTF_reading);
	check_refs(mfn, 2, 0);
	CHECK_EQ(unmap(2, 0, h), GNTST_bad_handle);
	CHECK_EQ(unmap(2, 0, h2), GNTST_general_error);	/* not there */
	CHECK_EQ(unmap(0, 0, h2), GNTST_okay);		/* nothing named: it stays */
	CHECK_EQ(unmap(1, 0, h2), GNTST_okay);
	CHECK_EQ(entry_of(1, 8)->flags, GTF_permit_access);
	drop_page(mfn);
	teardown();
	CHECK_EQ(fake_xmallocs, xmallocs_before);
}

UNIT(grant_refusals)
{
	u64 mfn, table;
	u32 h;

	setup();
	mfn = grant(8, GTF_permit_access | GTF_readonly);
	CHECK_EQ(map(1, 8, GNTMAP_host_map, &h), GNTST_general_error);
	CHECK_EQ(map(0, 8, GNTMAP_host_map | GNTMAP_readonly, &h), GNTST_general_error);
	CHECK_EQ(map(1, 9, GNTMAP_host_map, &h), GNTST_general_error);
	CHECK_EQ(map(1, 5000, GNTMAP_host_map, &h), GNTST_bad_gntref);
	CHECK_EQ(map(1, 8, GNTMAP_readonly, &h), GNTST_bad_gntref);
	entry_of(1, 8)->domid = 1;
	CHECK_EQ(map(1, 8, GNTMAP_host_map | GNTMAP_readonly, &h), GNTST_general_error);
	/* A frame of somebody else, and one that is a page table. */
	entry_of(1, 8)->domid = 0;
	page_set_owner(mfn_to_page(_mfn(mfn)), dom[0]);
	CHECK_EQ(map(1, 8, GNTMAP_host_map | GNTMAP_readonly, &h), GNTST_general_error);
	page_set_owner(mfn_to_page(_mfn(mfn)), dom[1]);
	table = grant(10, GTF_permit_access);
	mfn_to_page(_mfn(table))->type_info = PGT_l1_page_table | 1;
	CHECK_EQ(map(1, 10, GNTMAP_host_map, &h), GNTST_general_error);
	CHECK_EQ(entry_of(1, 10)->flags, GTF_permit_access);
	CHECK_EQ(entry_of(1, 8)->flags, GTF_permit_access | GTF_readonly);
	mfn_to_page(_mfn(table))->type_info = 0;
	drop_page(table);
	drop_page(mfn);
	teardown();
	CHECK_EQ(fake_xmallocs, xmallocs_before);
}

UNIT(grant_parts_and_replace)
{
	struct gnttab_unmap_and_replace r = { .host_addr = 1, .new_addr = 3 };
	struct gnttab_unmap_grant_ref u[2] = { { .host_addr = 1 } };
	u64 mfn;
	u32 h;

	setup();
	mfn = grant(8, GTF_permit_access);
	CHECK_EQ(map(1, 8, GNTMAP_host_map | GNTMAP_device_map, &h), GNTST_okay);
	CHECK_EQ(unmap(0, 4096, h), GNTST_general_error);
	/* Both parts, in two elements of one call. */
	u[0].handle = u[1].handle = h;
	u[1].dev_bus_addr = mfn << PAGE_SHIFT;
	CHECK_EQ(call(0, GNTTABOP_unmap_grant_ref, u, 2), 0);
	CHECK_EQ(u[0].status, GNTST_okay);
	CHECK_EQ(u[1].status, GNTST_okay);
	check_refs(mfn, 1, 0);
	CHECK_EQ(entry_of(1, 8)->flags, GTF_permit_access);
	CHECK_EQ(map(1, 8, GNTMAP_host_map, &h), GNTST_okay);
	slots[2] = 77;
	r.handle = h;
	CHECK_EQ(call(0, GNTTABOP_unmap_and_replace, &r, 1), 0);
	CHECK_EQ(r.status, GNTST_okay);
	CHECK_EQ(slots[0], 77);
	CHECK_EQ(slots[2], 0);
	drop_page(mfn);
	teardown();
	CHECK_EQ(fake_xmallocs, xmallocs_before);
}

UNIT(grant_batches_and_continuation)
{
	static struct gnttab_map_grant_ref m[400];
	static struct gnttab_unmap_grant_ref u[400];
	unsigned long count = 400, at = (unsigned long)m;
	u64 mfn;

	setup();
	mfn = grant(8, GTF_permit_access);
	for (unsigned int i = 0; i < 400; i++)
		m[i] = (struct gnttab_map_grant_ref){
			.host_addr = i + 1, .ref = 8, .flags = GNTMAP_host_map, .dom = 1,
		};
	this_cpu(softirq_pending) = 1;
	while (count) {
		continued = false;
		set_current(dom[0]->vcpu[0]);
		CHECK_EQ(do_grant_table_op(GNTTABOP_map_grant_ref, at, count), count > 16 ? -ERESTART : 0);
		if (!continued)
			break;
		CHECK_EQ(again[2], count - 16);
		at = again[1];
		count = again[2];
	}
	this_cpu(softirq_pending) = 0;
	check_refs(mfn, 401, 400);
	for (unsigned int i = 0; i < 400; i++) {
		CHECK_EQ(m[i].status, GNTST_okay);
		u[i] = (struct gnttab_unmap_grant_ref){ .host_addr = i + 1, .handle = m[i].handle };
	}
	CHECK_EQ(call(0, GNTTABOP_unmap_grant_ref, u, 390), 0);
	CHECK_EQ(flushes, DIV_ROUND_UP(390, 32));
	check_refs(mfn, 11, 10);
	/* The rest goes when the domain dies. */
	teardown();
	drop_page(mfn);
	CHECK_EQ(fake_xmallocs, xmallocs_before);
}

static struct gnttab_copy copy_op(u32 ref, u64 own, bool to_grant)
{
	struct gnttab_copy c = { .len = 8, .flags = to_grant ? GNTCOPY_dest_gref : GNTCOPY_source_gref };
	struct gnttab_copy_ptr *g = to_grant ? &c.dest : &c.source, *o = to_grant ? &c.source : &c.dest;

	g->u.ref = ref;
	g->domid = 1;
	o->u.gmfn = own;
	o->domid = DOMID_SELF;
	return c;
}

UNIT(grant_copy)
{
	struct gnttab_copy c[3];
	u64 mfn, own;

	setup();
	mfn = grant(8, GTF_permit_access);
	own = fake_guest_page(dom[0]);
	memcpy(mfn_to_virt(_mfn(own)), "abcdefgh", 8);
	c[0] = copy_op(8, own, true);
	c[1] = copy_op(8, own, true);
	c[1].dest.offset = 4088;
	c[2] = copy_op(8, own, true);
	c[2].dest.offset = 4089;
	CHECK_EQ(call(0, GNTTABOP_copy, c, 3), 0);
	CHECK_EQ(c[0].status, GNTST_okay);
	CHECK_EQ(c[1].status, GNTST_okay);
	CHECK_EQ(c[2].status, GNTST_bad_copy_arg);
	CHECK(!memcmp((char *)mfn_to_virt(_mfn(mfn)) + 4088, "abcdefgh", 8));
	CHECK_EQ(entry_of(1, 8)->flags, GTF_permit_access);
	check_refs(mfn, 1, 0);
	check_refs(own, 1, 0);
	/* Read-only grants cannot be written, frames of others not named. */
	entry_of(1, 8)->flags |= GTF_readonly;
	c[0] = copy_op(8, own, true);
	c[1] = copy_op(8, own, false);
	c[2] = copy_op(8, own, false);
	c[2].dest.domid = 1;
	CHECK_EQ(call(0, GNTTABOP_copy, c, 3), 0);
	CHECK_EQ(c[0].status, GNTST_general_error);
	CHECK_EQ(c[1].status, GNTST_okay);
	CHECK_EQ(c[2].status, GNTST_permission_denied);
	c[0] = copy_op(8, mfn, false);
	CHECK_EQ(call(0, GNTTABOP_copy, c, 1), 0);
	CHECK_EQ(c[0].status, GNTST_bad_page);
	drop_page(mfn);
	drop_page(own);
	teardown();
	CHECK_EQ(fake_xmallocs, xmallocs_before);
}

UNIT(grant_transfer)
{
	struct gnttab_transfer t = { .domid = 1, .ref = 20 };
	struct grant_entry_v1 *e;

	setup();
	e = entry_of(1, 20);
	t.mfn = fake_guest_page(dom[0]);
	CHECK_EQ(call(0, GNTTABOP_transfer, &t, 1), 0);
	CHECK_EQ(t.status, GNTST_bad_gntref);
	check_refs(t.mfn, 1, 0);
	CHECK(page_get_owner(mfn_to_page(_mfn(t.mfn))) == dom[0]);
	*e = (struct grant_entry_v1){ GTF_accept_transfer, 0, 5 };
	mfn_to_page(_mfn(t.mfn))->count_info++;
	CHECK_EQ(call(0, GNTTABOP_transfer, &t, 1), 0);
	CHECK_EQ(t.status, GNTST_bad_page);
	CHECK_EQ(e->flags, GTF_accept_transfer);
	mfn_to_page(_mfn(t.mfn))->count_info--;
	dom[1]->max_pages = 10;
	CHECK_EQ(call(0, GNTTABOP_transfer, &t, 1), 0);
	CHECK_EQ(t.status, GNTST_general_error);
	dom[1]->max_pages = 11;
	CHECK_EQ(call(0, GNTTABOP_transfer, &t, 1), 0);
	CHECK_EQ(t.status, GNTST_okay);
	CHECK_EQ(e->flags, GTF_accept_transfer | GTF_transfer_committed | GTF_transfer_completed);
	CHECK_EQ(e->frame, t.mfn);
	CHECK_EQ(dom[0]->tot_pages, 9);
	CHECK_EQ(dom[1]->tot_pages, 11);
	CHECK(page_get_owner(mfn_to_page(_mfn(t.mfn))) == dom[1]);
	drop_page(t.mfn);
	teardown();
	CHECK_EQ(fake_xmallocs, xmallocs_before);
}

UNIT(grant_table_info)
{
	xen_pfn_t frames[2];
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 3, .frame_list.p = frames };
	struct gnttab_query_size q = { .dom = 1 };
	struct gnttab_set_version v = { 2 };
	struct gnttab_swap_grant_ref w = { .ref_a = 8, .ref_b = 600 };
	u64 mfn;
	u32 h;

	setup();
	CHECK_EQ(call(1, GNTTABOP_setup_table, &s, 1), 0);
	CHECK_EQ(s.status, GNTST_general_error);
	s.nr_frames = 2;
	CHECK_EQ(call(1, GNTTABOP_setup_table, &s, 2), -EINVAL);
	CHECK_EQ(call(1, GNTTABOP_setup_table, &s, 1), 0);
	CHECK_EQ(s.status, GNTST_okay);
	CHECK(mfn_to_virt(_mfn(frames[1])) == entry_of(1, 512));
	CHECK_EQ(call(0, GNTTABOP_query_size, &q, 1), 0);
	CHECK_EQ(q.nr_frames, 2);
	CHECK_EQ(q.max_nr_frames, 2);
	q.dom = 0;
	CHECK_EQ(call(1, GNTTABOP_query_size, &q, 1), 0);
	CHECK_EQ(q.status, GNTST_permission_denied);
	CHECK_EQ(call(1, GNTTABOP_set_version, &v, 1), -ENOSYS);
	CHECK_EQ(v.version, 1);
	CHECK_EQ(call(1, GNTTABOP_set_version, &v, 1), 0);
	CHECK_EQ(call(1, GNTTABOP_cache_flush, &v, 1), -EOPNOTSUPP);
	CHECK_EQ(call(1, 99, &v, 1), -ENOSYS);
	CHECK_EQ(call(1, GNTTABOP_set_version, NULL, 1), -EFAULT);
	mfn = grant(8, GTF_permit_access);
	CHECK_EQ(map(1, 8, GNTMAP_host_map, &h), GNTST_okay);
	CHECK_EQ(call(1, GNTTABOP_swap_grant_ref, &w, 1), 0);
	CHECK_EQ(w.status, GNTST_eagain);
	CHECK_EQ(unmap(1, 0, h), GNTST_okay);
	CHECK_EQ(call(1, GNTTABOP_swap_grant_ref, &w, 1), 0);
	CHECK_EQ(w.status, GNTST_okay);
	CHECK_EQ(entry_of(1, 600)->frame, mfn);
	CHECK_EQ(entry_of(1, 8)->flags, 0);
	drop_page(mfn);
	teardown();
	CHECK_EQ(fake_xmallocs, xmallocs_before);
}

/* Who uses whose entries, in as many calls as it takes. */
UNIT(grant_users)
{
	struct xen_page_holder list[2];
	u64 mfn[3], next = 0;
	u32 h[4];

	setup();
	CHECK_EQ(grant_table_users(dom[1], &next, list, 2), 0);
	CHECK_EQ(next, XEN_HOLDERS_END);
	(void)entry_of(1, 1023);		/* a second frame */
	mfn[0] = grant(8, GTF_permit_access);
	mfn[1] = grant(9, GTF_permit_access | GTF_readonly);
	mfn[2] = grant(1023, GTF_permit_access);
	CHECK_EQ(map(1, 8, GNTMAP_host_map | GNTMAP_device_map, &h[0]), GNTST_okay);
	CHECK_EQ(map(2, 8, GNTMAP_host_map, &h[1]), GNTST_okay);
	CHECK_EQ(map(3, 9, GNTMAP_host_map | GNTMAP_readonly, &h[2]), GNTST_okay);
	CHECK_EQ(map(4, 1023, GNTMAP_host_map, &h[3]), GNTST_okay);
	next = 0;
	CHECK_EQ(grant_table_users(dom[1], &next, list, 2), 2);
	CHECK_EQ(next, 10);
	CHECK_EQ(list[0].ref, 8);
	CHECK_EQ(list[0].frame, mfn[0]);
	CHECK_EQ(list[0].refs, 3);
	CHECK_EQ(list[0].domid, 0);
	CHECK_EQ(list[1].ref, 9);
	CHECK_EQ(list[1].refs, 1);
	CHECK_EQ(grant_table_users(dom[1], &next, list, 2), 1);
	CHECK_EQ(list[0].ref, 1023);
	CHECK_EQ(list[0].frame, mfn[2]);
	CHECK_EQ(next, XEN_HOLDERS_END);
	CHECK_EQ(grant_table_users(dom[1], &next, list, 2), 0);
	next = 1UL << 40;
	CHECK_EQ(grant_table_users(dom[1], &next, list, 2), 0);
	CHECK_EQ(next, XEN_HOLDERS_END);
	next = 0;
	CHECK_EQ(grant_table_users(dom[0], &next, list, 2), 0);
	CHECK_EQ(unmap(1, mfn[0] << PAGE_SHIFT, h[0]), GNTST_okay);
	CHECK_EQ(unmap(2, 0, h[1]), GNTST_okay);
	next = 0;
	CHECK_EQ(grant_table_users(dom[1], &next, list, 2), 2);
	CHECK_EQ(list[0].ref, 9);
	CHECK_EQ(unmap(3, 0, h[2]), GNTST_okay);
	CHECK_EQ(unmap(4, 0, h[3]), GNTST_okay);
	for (unsigned int i = 0; i < 3; i++)
		drop_page(mfn[i]);
	teardown();
	CHECK_EQ(fake_xmallocs, xmallocs_before);
}

/* A domain that may not map, and one whose handles are all taken. */
UNIT(grant_maptrack_limit)
{
	u64 mfn;
	u32 h[NR_SLOTS];
	unsigned int n;

	for (maptrack_limit = 0; maptrack_limit < 2; maptrack_limit++) {
		setup();
		mfn = grant(8, GTF_permit_access);
		fake_said = "";
		for (n = 0; n < NR_SLOTS && map(n + 1, 8, GNTMAP_host_map, &h[n]) == GNTST_okay; n++)
			;
		CHECK_EQ(n, maptrack_limit * MAPTRACK_PER_FRAME);
		CHECK(strstr(fake_said, "max_maptrack_frames"));
		CHECK_EQ(map(n + 1, 8, GNTMAP_host_map, &h[n]), GNTST_no_device_space);
		check_refs(mfn, n ? n + 1 : 1, n);
		if (n) {
			CHECK_EQ(unmap(n, 0, h[n - 1]), GNTST_okay);
			CHECK_EQ(map(n, 8, GNTMAP_host_map, &h[n - 1]), GNTST_okay);
		}
		while (n--)
			CHECK_EQ(unmap(n + 1, 0, h[n]), GNTST_okay);
		drop_page(mfn);
		teardown();
		CHECK_EQ(fake_xmallocs, xmallocs_before);
	}
	maptrack_limit = -1u;
}

UNIT(grant_sizes)
{
	static const struct {
		unsigned int grants, maptrack;
		int rc;
	} rows[] = {
		{ 0, 1, -EINVAL }, { 1025, 1, -EINVAL }, { 1, 8193, -EINVAL }, { 1024, 8192, 0 }, { 1, 0, 0 }, { -1, -1, 0 },
	};

	struct domain *d = alloc_xenheap_zeroed_page();

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		CHECK_EQ(grant_table_create(d, rows[i].grants, rows[i].maptrack), rows[i].rc);
		if (!rows[i].rc)
			grant_table_destroy(d);
	}
	free_xenheap_page(d);
}

UNIT(grant_out_of_memory)
{
	u64 mfn;
	u32 h;

	setup();
	mfn = grant(8, GTF_permit_access);
	fake_xmallocs_to_fail = 1;
	fake_said = "";
	CHECK_EQ(map(1, 8, GNTMAP_host_map, &h), GNTST_no_device_space);
	CHECK(strstr(fake_said, "max_maptrack_frames"));
	fake_xmallocs_to_fail = 0;
	for (unsigned int n = 1; n <= 6; n++) {
		struct domain d = {};
		long before = fake_xmallocs;

		fake_xmallocs_to_fail = n;
		if (!grant_table_create(&d, 1, 1))
			grant_table_destroy(&d);
		fake_xmallocs_to_fail = 0;
		CHECK_EQ(fake_xmallocs, before);
	}
	drop_page(mfn);
	teardown();
	CHECK_EQ(fake_xmallocs, xmallocs_before);
}
