/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest for tests of others. "give" on its command line: grants three pages to every domain there may be, with
 * entries for each. "take=N": maps what domain N grants to it. Then it sleeps for good.
 */
#include "guest.h"
#include <public/grant_table.h>
#include <public/sched.h>

const char test_title[] = "grants between guests";

#define PAGES		3u
#define FIRST_REF	100u
#define MAX_DOMAINS	100u

static void give(void)
{
	static xen_pfn_t frame;
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1 };
	struct grant_entry_v1 *table = (void *)SCRATCH;
	void *pages[PAGES];

	set_xen_guest_handle(s.frame_list, &frame);
	EXPECT(grant_op(GNTTABOP_setup_table, &s, 1), 0);
	EXPECT(s.status, GNTST_okay);
	EXPECT(map_page(SCRATCH, frame, PTE_RWX), 0);
	for (unsigned i = 0; i < PAGES; i++)
		pages[i] = alloc_page();
	for (unsigned i = 0; i < PAGES * MAX_DOMAINS; i++) {
		struct grant_entry_v1 *e = &table[FIRST_REF + i];

		e->domid = i / PAGES;
		e->frame = (u32)va_mfn(pages[i % PAGES]);
		barrier();
		e->flags = GTF_permit_access;
	}
	printf("given\n");
}

/* Which of the entries are for this domain, it does not know: the others cannot be mapped. */
static void take(domid_t from)
{
	unsigned taken = 0;

	CHECK(make_tables(SCRATCH), "no tables");
	for (unsigned ref = FIRST_REF; ref < FIRST_REF + PAGES * MAX_DOMAINS && taken < PAGES; ref++) {
		u64 va = SCRATCH + taken * PAGE_SIZE;
		struct gnttab_map_grant_ref m = {
			.host_addr = va, .flags = GNTMAP_host_map, .ref = ref, .dom = from,
		};

		EXPECT(grant_op(GNTTABOP_map_grant_ref, &m, 1), 0);
		taken += m.status == GNTST_okay;
	}
	printf("taken: %u\n", taken);
}

static unsigned number(const char *p)
{
	unsigned n = 0;

	for (; *p >= '0' && *p <= '9'; p++)
		n = n * 10 + *p - '0';
	return n;
}

void test_main(void)
{
	const char *line = (const char *)start_info->cmd_line;

	if (contains(line, "give")) {
		give();
	} else if (contains(line, "take=")) {
		while (memcmp(line, "take=", 5))
			line++;
		take(number(line + 5));
	} else {
		skip("says what it should do: give, take=DOMAIN");
	}
	events_off();
	for (;;)
		sched_op(SCHEDOP_block, NULL);
}
