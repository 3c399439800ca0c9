/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a core consists of. The frames come from the machine's machine-to-phys table, and the hypervisor says which are
 * the domain's; the addresses come from a walk over the guest's page tables.
 *
 * The guest wrote both: entries of the table may name any pfn, even the same one twice; a page table may be shared so
 * often that a walk would never end. So: a pfn is taken once; only frames on the list are followed or listed; the number
 * of tables visited and of runs kept is bounded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "dump.h"

#define BATCH		1024		/* most that one call takes */
#define PFN_MAX		(1ULL << 40)	/* beyond: no pfn but a mark of the hypervisor's */
#define PFINFO_NONE	XEN_DOMCTL_PFINFO_XTAB
#define PFINFO_MASK	XEN_DOMCTL_PFINFO_LTAB_MASK
#define ALIASES		4		/* Linux maps some pages thousands of times: shared tables, espfix */
#define RUNS_MAX	32768		/* fits ELF's 16 bits for program headers */
#define RUNS_ROOM	(RUNS_MAX * 2)	/* found before the short ones among them are dropped; a power of two */

/* ---- frames ---- */

static int add_frame(struct dump_map *m, size_t *room, uint64_t pfn, uint64_t mfn)
{
	if (m->nr_frames == *room) {
		size_t more = *room ? *room * 2 : 65536;
		void *p = realloc(m->frames, more * sizeof(*m->frames));

		if (!p)
			return -ENOMEM;
		m->frames = p;
		*room = more;
	}
	m->frames[m->nr_frames++] = (struct dump_frame){ pfn, mfn };
	return 0;
}

/* Those of @n frames that are the domain's. */
static int add_owned(struct xm *xm, uint16_t domid, const uint64_t *m2p, const xen_pfn_t *mfns, unsigned int n,
		     struct dump_map *m, size_t *room)
{
	xen_pfn_t types[BATCH];
	int rc;

	memcpy(types, mfns, n * sizeof(*types));
	rc = xc_domain_get_page_types(xm->xc, domid, n, types);
	if (rc)
		return xm_fail(xm, rc, "%s", xc_last_error(xm->xc));
	for (unsigned int i = 0; !rc && i < n; i++)
		if ((types[i] & PFINFO_MASK) != PFINFO_NONE && (types[i] & PFINFO_MASK) != XEN_DOMCTL_PFINFO_BROKEN)
			rc = add_frame(m, room, m2p[mfns[i]], mfns[i]);
	return rc ? xm_fail(xm, rc, "out of memory") : 0;
}

static int by_pfn(const void *pa, const void *pb)
{
	const struct dump_frame *a = pa, *b = pb;

	if (a->pfn != b->pfn)
		return a->pfn < b->pfn ? -1 : 1;
	return a->mfn < b->mfn ? -1 : a->mfn > b->mfn;
}

static void sort_frames(struct dump_map *m)
{
	size_t n = 0;

	if (!m->nr_frames)
		return;
	qsort(m->frames, m->nr_frames, sizeof(*m->frames), by_pfn);
	for (size_t i = 1; i < m->nr_frames; i++)
		if (m->frames[i].pfn != m->frames[n].pfn)
			m->frames[++n] = m->frames[i];
	m->nr_frames = n + 1;
}

int dump_map_frames(struct xm *xm, uint16_t domid, struct dump_map *m)
{
	unsigned long entries;
	const uint64_t *m2p = xc_map_m2p(xm->xc, &entries);
	xen_pfn_t batch[BATCH];
	unsigned int n = 0;
	size_t room = 0;
	int rc = 0;

	if (!m2p)
		return xm_fail(xm, -errno, "the machine-to-phys table cannot be mapped: %s", strerror(errno));
	for (unsigned long mfn = 0; !rc && mfn < entries; mfn++) {
		if (m2p[mfn] < PFN_MAX)
			batch[n++] = mfn;
		if (n == BATCH || (n && mfn + 1 == entries)) {
			rc = add_owned(xm, domid, m2p, batch, n, m, &room);
			n = 0;
		}
		if (!rc && !(mfn & 0xfffff))
			rc = xm_interrupted(xm);
	}
	if (!rc && n)
		rc = add_owned(xm, domid, m2p, batch, n, m, &room);
	xc_unmap_m2p(m2p, entries);
	sort_frames(m);
	return rc;
}

/* ---- addresses ---- */

#define ENTRIES		512
#define PRESENT		1
#define LARGE		0x80
#define MFN_OF(e)	(((e) & 0x000ffffffffff000ULL) >> XC_PAGE_SHIFT)
#define KERNEL_FIRST	256		/* of the root's entries */
#define HYPERVISOR_END	272

struct walk {
	struct xm *xm;
	uint16_t domid;
	struct dump_map *m;
	size_t *by_mfn;			/* indices of frames, in the order of mfns */
	uint8_t *seen;			/* how often each frame was listed */
	size_t tables_left;
	size_t room;
	struct dump_run run;		/* the one that grows; n 0: none */
};

static const struct dump_frame *cmp_frames;

static int by_mfn(const void *pa, const void *pb)
{
	uint64_t a = cmp_frames[*(const size_t *)pa].mfn, b = cmp_frames[*(const size_t *)pb].mfn;

	return a < b ? -1 : a > b;
}

/* Index of the frame; -1: not the domain's. */
static ssize_t find_mfn(const struct walk *w, uint64_t mfn)
{
	size_t lo = 0, hi = w->m->nr_frames;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (w->m->frames[w->by_mfn[mid]].mfn < mfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->m->nr_frames && w->m->frames[w->by_mfn[lo]].mfn == mfn ? (ssize_t)w->by_mfn[lo] : -1;
}

static int longest_first(const void *pa, const void *pb)
{
	const struct dump_run *a = pa, *b = pb;

	return a->n > b->n ? -1 : a->n < b->n;
}

static int by_vaddr(const void *pa, const void *pb)
{
	const struct dump_run *a = pa, *b = pb;

	return a->vaddr < b->vaddr ? -1 : a->vaddr > b->vaddr;
}

static void keep_longest(struct dump_map *m)
{
	if (m->nr_runs <= RUNS_MAX / 2)
		return;
	m->partial = true;
	qsort(m->runs, m->nr_runs, sizeof(*m->runs), longest_first);
	m->nr_runs = RUNS_MAX / 2;
	qsort(m->runs, m->nr_runs, sizeof(*m->runs), by_vaddr);
}

static int end_run(struct walk *w)
{
	struct dump_map *m = w->m;

	if (!w->run.n)
		return 0;
	if (m->nr_runs == RUNS_ROOM)
		keep_longest(m);
	if (m->nr_runs == w->room) {
		size_t more = w->room ? w->room * 2 : 1024;
		void *p = realloc(m->runs, more * sizeof(*m->runs));

		if (!p)
			return xm_fail(w->xm, -ENOMEM, "out of memory");
		m->runs = p;
		w->room = more;
	}
	m->runs[m->nr_runs++] = w->run;
	w->run.n = 0;
	return 0;
}

static int add_page(struct walk *w, uint64_t vaddr, size_t index)
{
	struct dump_run *r = &w->run;
	const struct dump_frame *f = w->m->frames;
	int rc;

	if (w->seen[index] == ALIASES)
		return 0;
	w->seen[index]++;
	if (r->n && vaddr == r->vaddr + r->n * XC_PAGE_SIZE && index == r->first + r->n &&
	    f[index].pfn == f[index - 1].pfn + 1) {
		r->n++;
		return 0;
	}
	rc = end_run(w);
	*r = (struct dump_run){ vaddr, index, 1 };
	return rc;
}

static int walk_table(struct walk *w, uint64_t mfn, unsigned int level, uint64_t base);

static int walk_entry(struct walk *w, uint64_t e, unsigned int level, uint64_t vaddr)
{
	ssize_t index;

	/* A PV guest has no large pages. */
	if (!(e & PRESENT) || (level > 1 && e & LARGE))
		return 0;
	index = find_mfn(w, MFN_OF(e));
	if (index < 0)
		return 0;
	return level == 1 ? add_page(w, vaddr, index) : walk_table(w, MFN_OF(e), level - 1, vaddr);
}

static int walk_table(struct walk *w, uint64_t mfn, unsigned int level, uint64_t base)
{
	unsigned int shift = XC_PAGE_SHIFT + 9 * (level - 1);
	xen_pfn_t frame = mfn;
	uint64_t *table;
	int rc = 0;

	if (!w->tables_left) {
		w->m->partial = true;
		return 0;
	}
	w->tables_left--;
	table = xc_map_foreign(w->xm->xc, w->domid, PROT_READ, 1, &frame, NULL);
	if (!table)
		return 0;
	for (unsigned int i = level == 4 ? KERNEL_FIRST : 0; !rc && i < ENTRIES; i++) {
		uint64_t vaddr = base + ((uint64_t)i << shift);

		if (level == 4 && i < HYPERVISOR_END)
			continue;
		rc = walk_entry(w, __atomic_load_n(&table[i], __ATOMIC_RELAXED), level, vaddr);
	}
	xc_unmap_foreign(table, 1);
	return rc ? rc : xm_interrupted(w->xm);
}

/* Frames that no run holds appear at their own address, so that the core has all memory by physical address. */
static int add_unmapped(struct walk *w)
{
	struct dump_map *m = w->m;
	size_t mapped = m->nr_runs;
	int rc = 0;

	memset(w->seen, 0, m->nr_frames);
	for (size_t r = 0; r < mapped; r++)
		memset(w->seen + m->runs[r].first, 1, m->runs[r].n);
	for (size_t i = 0; !rc && i < m->nr_frames && m->nr_runs < RUNS_MAX; i++)
		if (!w->seen[i])
			rc = add_page(w, m->frames[i].pfn << XC_PAGE_SHIFT, i);
	if (rc)
		return rc;
	if (m->nr_runs < RUNS_MAX)
		return end_run(w);
	m->partial = true;
	return 0;
}

int dump_map_walk(struct xm *xm, uint16_t domid, uint64_t root_mfn, struct dump_map *m)
{
	struct walk w = { .xm = xm, .domid = domid, .m = m, .tables_left = m->nr_frames * 2 + 64 };
	int rc = 0;

	w.by_mfn = malloc((m->nr_frames + 1) * sizeof(*w.by_mfn));
	w.seen = calloc(m->nr_frames + 1, 1);
	if (!w.by_mfn || !w.seen) {
		rc = xm_fail(xm, -ENOMEM, "out of memory");
		goto out;
	}
	for (size_t i = 0; i < m->nr_frames; i++)
		w.by_mfn[i] = i;
	cmp_frames = m->frames;
	qsort(w.by_mfn, m->nr_frames, sizeof(*w.by_mfn), by_mfn);
	if (find_mfn(&w, root_mfn) >= 0)
		rc = walk_table(&w, root_mfn, 4, 0xffff000000000000ULL);
	if (!rc)
		rc = end_run(&w);
	keep_longest(m);
	if (!rc)
		rc = add_unmapped(&w);
out:
	free(w.by_mfn);
	free(w.seen);
	return rc;
}

void dump_map_free(struct dump_map *m)
{
	free(m->frames);
	free(m->runs);
	*m = (struct dump_map){ .nr_frames = 0 };
}
