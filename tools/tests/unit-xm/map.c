/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk over a guest's page tables for a core: a guest that scatters its mappings costs a bounded amount of memory,
 * and the long runs among them are kept.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "dump.h"
#include "test.h"

#define NR_TABLES	300		/* of the last level, of 512 entries each */
#define FIRST_PAGE	1000		/* mfn and pfn of the first page that they map */
#define LONG_TABLE	7		/* maps 512 pages that follow each other */
#define NR_PAGES	60000
#define BOUND		(2 << 20)	/* bytes of runs */

enum { ROOT = 1, L3, L2, L1 };		/* frames of the tables */

static uint64_t tables[L1 + NR_TABLES][512];

const char *xc_last_error(const xc_interface *xc)
{
	return "";
}

int xc_domain_get_page_types(xc_interface *xc, uint16_t domid, unsigned int num, xen_pfn_t *frames)
{
	return 0;
}

const uint64_t *xc_map_m2p(xc_interface *xc, unsigned long *entries)
{
	return NULL;
}

void xc_unmap_m2p(const uint64_t *m2p, unsigned long entries)
{
}

void *xc_map_foreign(xc_interface *xc, uint16_t domid, int prot, size_t num, const xen_pfn_t *frames, int *errs)
{
	return *frames < L1 + NR_TABLES ? tables[*frames] : NULL;
}

int xc_unmap_foreign(void *addr, size_t num)
{
	return 0;
}

static uint64_t entry(uint64_t mfn)
{
	return mfn << XC_PAGE_SHIFT | 1;
}

/* No two neighbours map pages that follow each other, but in one table. */
static void fill_tables(void)
{
	tables[ROOT][300] = entry(L3);
	tables[L3][0] = entry(L2);
	for (unsigned int t = 0; t < NR_TABLES; t++) {
		tables[L2][t] = entry(L1 + t);
		for (unsigned int i = 0; i < 512; i++)
			tables[L1 + t][i] = entry(FIRST_PAGE + (t == LONG_TABLE ? i : (t * 512 + i) * 2 % NR_PAGES));
	}
}

static void add_frame(struct dump_map *m, uint64_t n)
{
	m->frames[m->nr_frames++] = (struct dump_frame){ n, n };
}

int main(void)
{
	struct xm xm = { .cmd = NULL };
	struct dump_map m = { .frames = calloc(L1 + NR_TABLES + NR_PAGES, sizeof(*m.frames)) };
	const struct dump_run *longest = NULL;
	bool ordered = true;
	size_t mapped = 0;

	check(m.frames != NULL, "no memory");
	fill_tables();
	for (unsigned int n = ROOT; n < L1 + NR_TABLES; n++)
		add_frame(&m, n);
	for (unsigned int n = 0; n < NR_PAGES; n++)
		add_frame(&m, FIRST_PAGE + n);
	check(!dump_map_walk(&xm, 7, ROOT, &m), "the walk fails");
	check(m.partial, "it is not said that mappings are missing");
	check(m.nr_runs && m.nr_runs <= 32768, "more runs than the file's header can count");
	check(malloc_usable_size(m.runs) <= BOUND, "the runs take more memory than there is a bound for");
	for (; mapped < m.nr_runs && m.runs[mapped].vaddr >> 63; mapped++) {
		if (!longest || m.runs[mapped].n > longest->n)
			longest = &m.runs[mapped];
		ordered &= !mapped || m.runs[mapped].vaddr > m.runs[mapped - 1].vaddr;
	}
	check(mapped && mapped < m.nr_runs && ordered, "mappings come first, in the order of addresses");
	check(longest && longest->n >= 512 && longest->vaddr == 0xffff960000000000 + LONG_TABLE * 512 * 4096ull,
	      "the longest run is lost");
	dump_map_free(&m);
	return test_end();
}
