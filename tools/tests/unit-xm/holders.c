/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who holds pages of a dead domain: counting what the hypervisor lists, and the words for it. The hypervisor and the
 * control domain are played by this file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "holders.h"
#include "test.h"

/* ---- the others ---- */

static struct xen_page_holder grants[8], pages[8];
static size_t nr_grants, nr_pages;
static uint64_t nr_xen;
static bool hypervisor_tells;
static struct suspect backend = { .what = "the backend b" };
static struct suspect mapper = { .what = "m (process 7)", .remedy = "kill 7", .pid = 7, .mapped = 5 };
static struct suspect granted = { .what = "g (process 8)", .remedy = "kill 8", .pid = 8, .granted = 1 };

int xc_domain_page_holders(xc_interface *xch, uint16_t domid, uint32_t what, size_t max, struct xc_holders *out)
{
	const struct xen_page_holder *from = what == XEN_HOLDERS_grants ? grants : pages;

	if (!hypervisor_tells)
		return -ENOSYS;
	*out = (struct xc_holders){ .num = what == XEN_HOLDERS_grants ? nr_grants : nr_pages, .complete = true };
	out->list = calloc(8, sizeof(*out->list));
	memcpy(out->list, from, out->num * sizeof(*from));
	out->xen_pages = nr_xen;
	return 0;
}

void xm_domain_name(struct xm *xm, uint16_t domid, char *buf, size_t size)
{
	snprintf(buf, size, "%s", domid == 5 ? "web" : domid ? "" : "Domain-0");
}

static unsigned int nr_suspects;

void suspects_find(struct xm *xm, uint16_t domid, struct holders *h)
{
	const struct suspect *all[] = { &backend, &mapper, &granted };

	for (h->nr_suspects = 0; h->nr_suspects < nr_suspects; h->nr_suspects++)
		h->suspects[h->nr_suspects] = *all[h->nr_suspects];
}

/* ---- tests ---- */

static void says(const char *want)
{
	struct xm xm = { .xc = NULL };
	struct holders h;
	char text[1200];

	holders_find(&xm, 9, &h);
	holders_text(&xm, &h, text, sizeof(text));
	check(!strcmp(text, want), want);
	if (strcmp(text, want))
		printf("unit-holders: said: %s\n", text);
}

static void grant(uint16_t domid, uint64_t frame)
{
	grants[nr_grants++] = (struct xen_page_holder){ .domid = domid, .frame = frame, .refs = 1 };
}

static void page(uint64_t frame)
{
	pages[nr_pages++] = (struct xen_page_holder){ .frame = frame, .refs = 2 };
}

int main(void)
{
	struct xm xm = { .xc = NULL };
	struct holders h;
	char shorter[40];
	json_t *json;

	/* A hypervisor that does not count. */
	says("another guest; 'xm debug-keys g' and then 'xm dmesg' show who maps what of whom");
	nr_suspects = 3;
	says("the backend b or m (process 7) ('kill 7' makes it let go) or g (process 8) ('kill 8' makes it let go)");
	hypervisor_tells = true;
	says("nobody holds its pages any more");
	/* One frame by three entries, two of them for the same domain; in no order. */
	grant(5, 0x30);
	grant(0, 0x10);
	grant(5, 0x20);
	grant(5, 0x30);
	grant(6, 0x30);
	page(0x30);
	page(0x10);
	page(0x20);
	says("1 granted to the control domain: the backend b or g (process 8) ('kill 8' makes it let go); "
	     "2 granted to guest 'web' (domain 5) ('xm destroy 5' ends it); 1 granted to domain 6 ('xm destroy 6' ends it)");
	check(holders_are_guests(&xm, 9), "guests hold pages");
	/* Pages that are not granted: only programs that map foreign memory. */
	nr_grants = 0;
	nr_xen = 2;
	says("3 mapped by the control domain: m (process 7) ('kill 7' makes it let go); "
	     "2 shared by the hypervisor with the control domain: m (process 7) ('kill 7' makes it let go)");
	check(!holders_are_guests(&xm, 9), "the control domain holds them");
	nr_suspects = 1;
	nr_xen = 0;
	says("3 mapped by the control domain: its kernel, or a program that has gone meanwhile");
	/* As JSON, and in too little room. */
	holders_find(&xm, 9, &h);
	json = holders_json(&xm, &h);
	check(json_integer_value(json_object_get(json_array_get(json, 0), "pages")) == 3, "JSON has the pages");
	json_decref(json);
	holders_text(&xm, &h, shorter, sizeof(shorter));
	check(strlen(shorter) < sizeof(shorter), "a long text is cut");
	return test_end();
}
