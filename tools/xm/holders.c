/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>
#include "holders.h"

#define LIST_MAX	65536	/* entries that are looked at; a guest can grant more */

/* ---- counting ---- */

static int by_user(const void *a, const void *b)
{
	const struct xen_page_holder *x = a, *y = b;

	if (x->domid != y->domid)
		return x->domid < y->domid ? -1 : 1;
	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

static int by_frame(const void *a, const void *b)
{
	const struct xen_page_holder *x = a, *y = b;

	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

static void add(struct holders *h, enum held_how how, uint16_t domid, uint64_t pages)
{
	if (!pages)
		return;
	if (h->nr_by < HELD_MAX)
		h->by[h->nr_by++] = (struct held_by){ how, domid, pages };
	else
		h->complete = false;
}

void holders_count(struct holders *h, struct xen_page_holder *grants, size_t nr_grants,
		   struct xen_page_holder *pages, size_t nr_pages, uint64_t xen_pages)
{
	uint64_t n = 0;

	/* A frame may be granted by several entries; it counts once for each domain. */
	qsort(grants, nr_grants, sizeof(*grants), by_user);
	for (size_t i = 0; i < nr_grants; i++) {
		bool last = i + 1 == nr_grants || grants[i + 1].domid != grants[i].domid;

		if (last || grants[i + 1].frame != grants[i].frame)
			n++;
		if (!last)
			continue;
		add(h, HELD_GRANT, grants[i].domid, n);
		n = 0;
	}
	qsort(grants, nr_grants, sizeof(*grants), by_frame);
	for (size_t i = 0; i < nr_pages; i++)
		n += !nr_grants || !bsearch(&pages[i], grants, nr_grants, sizeof(*grants), by_frame);
	add(h, HELD_MAPPED, 0, n);
	add(h, HELD_XEN, 0, xen_pages);
}

/* One answer may be older than the other: a page that has just gone is nobody's problem. */
static void ask(struct xm *xm, uint16_t domid, struct holders *h)
{
	struct xc_holders grants, pages;

	if (xc_domain_page_holders(xm->xc, domid, XEN_HOLDERS_grants, LIST_MAX, &grants))
		return;
	if (!xc_domain_page_holders(xm->xc, domid, XEN_HOLDERS_pages, LIST_MAX, &pages)) {
		h->known = true;
		h->complete = grants.complete && pages.complete;
		holders_count(h, grants.list, grants.num, pages.list, pages.num, pages.xen_pages);
		free(pages.list);
	}
	free(grants.list);
}

void holders_find(struct xm *xm, uint16_t domid, struct holders *h)
{
	memset(h, 0, sizeof(*h));
	ask(xm, domid, h);
	suspects_find(xm, domid, h);
}

bool holders_are_guests(struct xm *xm, uint16_t domid)
{
	struct holders h = { .known = false };
	bool guests = false;

	ask(xm, domid, &h);
	for (unsigned int i = 0; i < h.nr_by; i++)
		guests |= h.by[i].domid != 0;
	return guests;
}

/* ---- telling ---- */

/* Backends use grants; a program has pages of that kind in its address space, or is no suspect. */
static bool may_hold(const struct suspect *s, enum held_how how)
{
	if (!s->pid)
		return how == HELD_GRANT;
	return how == HELD_GRANT ? s->granted : s->mapped;
}

static void guest_text(struct xm *xm, uint16_t domid, char *buf, size_t size)
{
	char name[64];

	xm_domain_name(xm, domid, name, sizeof(name));
	if (*name)
		snprintf(buf, size, "guest '%s' (domain %u)", name, domid);
	else
		snprintf(buf, size, "domain %u", domid);
}

static const char *how_text(enum held_how how)
{
	return how == HELD_GRANT ? "granted to" : how == HELD_MAPPED ? "mapped by" : "shared by the hypervisor with";
}

/* All suspects of one kind, by "or"; returns how many. */
static unsigned int suspects_text(const struct holders *h, enum held_how how, bool known, char *buf, size_t size)
{
	size_t len = 0;
	unsigned int n = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < h->nr_suspects; i++) {
		const struct suspect *s = &h->suspects[i];

		if ((known && !may_hold(s, how)) || len >= size)
			continue;
		len += snprintf(buf + len, size - len, "%s%s%s%s%s", n ? " or " : "", s->what,
				*s->remedy ? " ('" : "", s->remedy, *s->remedy ? "' makes it let go)" : "");
		n++;
	}
	return n;
}

static void held_text(struct xm *xm, const struct holders *h, const struct held_by *by, char *buf, size_t size)
{
	char who[1024], guest[100];

	if (by->domid) {
		guest_text(xm, by->domid, guest, sizeof(guest));
		snprintf(buf, size, "%llu %s %s ('xm destroy %u' ends it)", (unsigned long long)by->pages,
			 how_text(by->how), guest, by->domid);
		return;
	}
	if (!suspects_text(h, by->how, true, who, sizeof(who)))
		snprintf(who, sizeof(who), "its kernel, or a program that has gone meanwhile");
	snprintf(buf, size, "%llu %s the control domain: %s", (unsigned long long)by->pages, how_text(by->how), who);
}

static const char no_suspect[] = "another guest; 'xm debug-keys g' and then 'xm dmesg' show who maps what of whom";

void holders_text(struct xm *xm, const struct holders *h, char *buf, size_t size)
{
	char one[1200];
	size_t len = 0;

	buf[0] = '\0';
	if (!h->known && !suspects_text(h, HELD_GRANT, false, buf, size))
		snprintf(buf, size, "%s", no_suspect);
	for (unsigned int i = 0; i < h->nr_by && len < size; i++) {
		held_text(xm, h, &h->by[i], one, sizeof(one));
		len += snprintf(buf + len, size - len, "%s%s", i ? "; " : "", one);
	}
	if (h->known && !h->nr_by)
		snprintf(buf, size, "nobody holds its pages any more");
}

void holders_print(struct xm *xm, const struct holders *h, const char *indent)
{
	char text[1200];

	if (!h->known) {
		holders_text(xm, h, text, sizeof(text));
		printf("%sheld by one of: %s\n", indent, text);
	}
	for (unsigned int i = 0; i < h->nr_by; i++) {
		held_text(xm, h, &h->by[i], text, sizeof(text));
		printf("%s%s\n", indent, text);
	}
	if (h->known && !h->complete)
		printf("%sand more\n", indent);
}

/* ---- JSON ---- */

static json_t *suspect_json(const struct suspect *s)
{
	json_t *o = json_pack("{s:s}", "what", s->what);

	if (o && s->pid)
		json_object_set_new(o, "process", json_integer(s->pid));
	if (o && s->pid && s->granted)
		json_object_set_new(o, "maps_granted_pages", json_integer(s->granted));
	if (o && s->pid && s->mapped)
		json_object_set_new(o, "maps_foreign_pages", json_integer(s->mapped));
	if (o && *s->remedy)
		json_object_set_new(o, "remedy", json_string(s->remedy));
	return o;
}

static json_t *suspects_json(const struct holders *h, enum held_how how, bool known)
{
	json_t *a = json_array();

	for (unsigned int i = 0; i < h->nr_suspects; i++)
		if (!known || may_hold(&h->suspects[i], how))
			json_array_append_new(a, suspect_json(&h->suspects[i]));
	return a;
}

static json_t *held_json(struct xm *xm, const struct holders *h, const struct held_by *by)
{
	static const char *const hows[] = { "grant", "mapping", "hypervisor's page" };
	char name[64];
	json_t *o;

	xm_domain_name(xm, by->domid, name, sizeof(name));
	o = json_pack("{s:i, s:s, s:s, s:I}", "domid", (int)by->domid, "name", name, "how", hows[by->how], "pages",
		      (json_int_t)by->pages);
	if (o && !by->domid)
		json_object_set_new(o, "one_of", suspects_json(h, by->how, true));
	return o;
}

json_t *holders_json(struct xm *xm, const struct holders *h)
{
	json_t *a = json_array();

	if (!h->known) {
		json_array_append_new(a, json_pack("{s:o}", "one_of", suspects_json(h, HELD_GRANT, false)));
		return a;
	}
	for (unsigned int i = 0; i < h->nr_by; i++)
		json_array_append_new(a, held_json(xm, h, &h->by[i]));
	return a;
}
