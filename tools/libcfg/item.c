/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values with a syntax of their own: sets of CPUs and UUIDs.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

static void set_range(struct cfg_cpuset *set, unsigned long a, unsigned long b, bool on)
{
	for (; a <= b; a++) {
		uint64_t bit = 1ull << (a % 64);

		if (on)
			set->bits[a / 64] |= bit;
		else
			set->bits[a / 64] &= ~bit;
	}
}

static int parse_number(const char **p, unsigned long *n)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return -EINVAL;
	errno = 0;
	*n = strtoul(*p, &end, 10);
	*p = end;
	return errno || *n >= CFG_MAX_CPUS ? -ERANGE : 0;
}

/* "all", "3", "0-3", "^2" */
static int cpu_item(struct cfg_slice s, struct cfg_cpuset *set)
{
	char text[32];
	const char *p = text;
	unsigned long a, b;
	bool on = true;

	if (!s.len || s.len >= sizeof(text))
		return -EINVAL;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	if (!strcmp(text, "all")) {
		memset(set, 0xff, sizeof(*set));
		return 0;
	}
	if (*p == '^') {
		on = false;
		p++;
	}
	if (parse_number(&p, &a))
		return -EINVAL;
	b = a;
	if (*p == '-') {
		p++;
		if (parse_number(&p, &b) || b < a)
			return -EINVAL;
	}
	if (*p)
		return -EINVAL;
	set_range(set, a, b, on);
	return 0;
}

int cfg_parse_cpuset(const char *spec, struct cfg_cpuset *out, struct cfg_error *err)
{
	struct cfg_cpuset set = { .bits = { 0 } };
	const char *rest = spec;
	struct cfg_slice s;
	uint64_t any = 0;

	while (cfg_cut(&rest, ',', &s))
		if (cpu_item(s, &set))
			return cfg_fail(err, -EINVAL,
					"'%.80s' is no set of CPUs; expected all, 0-3,5 or 0-7,^2 (below %d)",
					spec, CFG_MAX_CPUS);
	for (unsigned int i = 0; i < CFG_MAX_CPUS / 64; i++)
		any |= set.bits[i];
	if (!any)
		return cfg_fail(err, -EINVAL, "'%.80s': a set of CPUs must not be empty", spec);
	*out = set;
	return 0;
}

int cfg_parse_uuid(const char *text, uint8_t out[16])
{
	uint8_t id[16];
	unsigned int n = 0;

	for (const char *p = text; *p; p++) {
		char two[3] = { p[0], p[1], '\0' };

		if (*p == '-' && n && n < 16 && p[1] != '-')
			continue;
		if (n == 16 || !isxdigit((unsigned char)p[0]) || !isxdigit((unsigned char)p[1]))
			return -EINVAL;
		id[n++] = strtoul(two, NULL, 16);
		p++;
	}
	if (n != 16)
		return -EINVAL;
	memcpy(out, id, 16);
	return 0;
}
