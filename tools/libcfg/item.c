/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values with a syntax of their own: sets of CPUs, rates and UUIDs.
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

#define DEFAULT_INTERVAL_US	50000
#define MAX_RATE		(1ull << 40)	/* bytes in a second */

/* The number at *p times the factor of the unit behind it; *p moves behind both. */
static int scaled(const char **p, const char *const *units, const uint64_t *factors, size_t nr, uint64_t *out)
{
	char *end;
	unsigned long long n;

	if (!isdigit((unsigned char)**p))
		return -EINVAL;
	errno = 0;
	n = strtoull(*p, &end, 10);
	if (errno || n > MAX_RATE)
		return -ERANGE;
	for (size_t i = 0; i < nr; i++) {
		size_t len = strlen(units[i]);

		if (strncmp(end, units[i], len))
			continue;
		*p = end + len;
		*out = n * factors[i];
		return 0;
	}
	return -EINVAL;
}

int cfg_parse_rate(const char *text, uint64_t *bytes, unsigned int *interval_us)
{
	/* Bits are counted in eighths of a byte; longer units first. */
	static const char *const rates[] = { "Gb/s", "GB/s", "Mb/s", "MB/s", "Kb/s", "KB/s", "b/s", "B/s" };
	static const uint64_t eighths[] = { 1000000000, 8000000000, 1000000, 8000000, 1000, 8000, 1, 8 };
	static const char *const times[] = { "us", "ms", "s" };
	static const uint64_t micros[] = { 1, 1000, 1000000 };
	uint64_t rate, us = DEFAULT_INTERVAL_US;

	if (scaled(&text, rates, eighths, 8, &rate))
		return -EINVAL;
	if (*text == '@') {
		text++;
		if (scaled(&text, times, micros, 3, &us))
			return -EINVAL;
	}
	rate /= 8;
	if (*text || rate > MAX_RATE || !us || us > 10000000 || rate * us / 1000000 < 1)
		return -EINVAL;
	*bytes = rate * us / 1000000;
	*interval_us = us;
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
