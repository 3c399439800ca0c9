/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fuzz target of libcfg: any bytes parse or fail with a message; what parses survives being written
 * and parsed again, and being checked.
 */
#include <stdlib.h>
#include <string.h>
#include <libcfg.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void round_trip(const struct cfg_doc *doc)
{
	struct cfg_error err;
	struct cfg_doc *again;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	must(f && !cfg_write(doc, f));
	fclose(f);
	if (len <= CFG_MAX_BYTES) {
		must(!cfg_parse_text("again", text, len, &again, &err));
		must(again->nr_settings == doc->nr_settings);
		cfg_doc_free(again);
	}
	free(text);
}

/* The whole text as one disk, one card, one address. */
static void items(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), ip[CFG_IP_MAX], again[CFG_IP_MAX];
	struct cfg_error err = { "" };
	struct cfg_disk d;
	struct cfg_vif v;
	int family;

	must(text);
	if (!cfg_parse_disk(text, &d, &err))
		cfg_disk_clear(&d);
	if (!cfg_parse_vif(text, &v, &err)) {
		/* It goes into environments and rules. */
		must(!v.ip || strspn(v.ip, "0123456789abcdef.:/ ") == strlen(v.ip));
		cfg_vif_clear(&v);
	}
	if (!cfg_parse_ip(text, ip, &family, &err))
		must(!cfg_parse_ip(ip, again, &family, &err) && !strcmp(ip, again));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cfg_error err = { "" };
	struct guest_config *g;
	struct cfg_doc *doc;

	items(data, size);

	if (cfg_parse_text("fuzz", (const char *)data, size, &doc, &err)) {
		must(err.text[0]);
		return 0;
	}
	round_trip(doc);
	if (!cfg_guest(doc, &g, NULL, NULL, &err)) {
		must(g->name && g->kernel && g->maxmem_mb >= g->memory_mb);
		cfg_guest_free(g);
	} else {
		must(err.text[0]);
	}
	cfg_doc_free(doc);
	return 0;
}
