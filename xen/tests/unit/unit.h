/* SPDX-License-Identifier: GPL-2.0-only */
/* For host tests: each program compiles the hypervisor's own files unchanged, with host.c in place of the machine. */
#ifndef UNIT_H
#define UNIT_H

#include <xen/lib.h>

int printf(const char *fmt, ...) __printf(1, 2);
void *malloc(size_t n);
void free(void *p);
int rand(void);
void srand(unsigned int seed);
void abort(void) __noreturn;

#define CHECK(c) do {									\
	if (!(c)) {									\
		printf("%s:%d: %s\n", __FILE__, __LINE__, #c);				\
		unit_failed = true;							\
	}										\
} while (0)
extern bool unit_failed;

struct unit_test {
	const char *name;
	void (*fn)(void);
};
#define TEST(f)	{ #f, f }
/* main() runs these and prints PASS or FAIL for each. */
extern const struct unit_test unit_tests[];
extern const unsigned int unit_nr_tests;
#define UNIT_TESTS(...)									\
	const struct unit_test unit_tests[] = { __VA_ARGS__ };				\
	const unsigned int unit_nr_tests = ARRAY_SIZE(unit_tests)

/* The fake machine. */
extern s64 host_now;			/* what NOW() says */

#endif
