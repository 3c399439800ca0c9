/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One buffer of text to one document.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

int cfg_parse_text(const char *name, const char *text, size_t len, struct cfg_doc **out,
		   struct cfg_error *err)
{
	struct cfg_parse ps = { .err = err, .line = 1, .col = 1 };
	int rc = -ENOMEM;

	if (err)
		err->text[0] = '\0';
	if (len > CFG_MAX_BYTES)
		return cfg_fail(err, -EFBIG, "%s: longer than %u bytes", name, CFG_MAX_BYTES);
	ps.doc = calloc(1, sizeof(*ps.doc));
	if (ps.doc) {
		ps.doc->name = strdup(name);
		if (ps.doc->name)
			rc = cfg_scan(&ps, text, len);
	}
	if (rc) {
		if (err && !err->text[0])
			cfg_fail(err, rc, "%s: %s", name, strerror(-rc));
		cfg_doc_free(ps.doc);
		return rc;
	}
	*out = ps.doc;
	return 0;
}
