/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For host tests: each program compiles the hypervisor's own files unchanged, with arch/fake in place of the machine.
 * UNIT(name) { CHECK(...); } registers itself; or list functions: UNIT_TESTS(TEST(a), TEST(b)).
 */
#ifndef UNIT_H
#define UNIT_H

#include <xen/lib.h>
#include <fake.h>

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
#define CHECK_EQ(a, b) do {								\
	long _x = (long)(a), _y = (long)(b);						\
	if (_x != _y) {									\
		printf("%s:%d: %s is %ld, not %ld\n", __FILE__, __LINE__, #a, _x, _y);	\
		unit_failed = true;							\
	}										\
} while (0)
extern bool unit_failed;
u32 unit_random(void);			/* the same numbers in each run */

struct unit_test {
	const char *name;
	void (*fn)(void);
	struct unit_test *next;
};
void unit_register(struct unit_test *t);

#define UNIT(id)									\
	static void id(void);								\
	static struct unit_test unit_##id = { #id, id, NULL };				\
	static void __attribute__((constructor)) register_##id(void)			\
	{										\
		unit_register(&unit_##id);						\
	}										\
	static void id(void)

#define TEST(f)	{ #f, f, NULL }
extern const struct unit_test unit_tests[];
extern const unsigned int unit_nr_tests;
#define UNIT_TESTS(...)									\
	const struct unit_test unit_tests[] = { __VA_ARGS__ };				\
	const unsigned int unit_nr_tests = ARRAY_SIZE(unit_tests)

#endif
