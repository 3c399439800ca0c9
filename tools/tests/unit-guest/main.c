// SPDX-License-Identifier: GPL-2.0-only
/* Runs the tests; prints one PASS or FAIL line each. */
#include "test.h"

unsigned int failures;

static int arena_write(void *ctx, uint64_t pa, const uint8_t *p, size_t n, struct xg_err *err)
{
	struct arena *a = ctx;

	CHECK(n && pa <= a->target.size && n <= a->target.size - pa);
	memcpy(a->p + pa, p, n);
	return 0;
}

static int arena_zero(void *ctx, uint64_t pa, uint64_t n, struct xg_err *err)
{
	struct arena *a = ctx;

	CHECK(n && pa <= a->target.size && n <= a->target.size - pa);
	memset(a->p + pa, 0, n);
	return 0;
}

/* Small pieces, so that there are many. */
static int arena_window(void *ctx, uint64_t pa, uint64_t *n, uint8_t **p, struct xg_err *err)
{
	struct arena *a = ctx;

	*n = *n < 5000 ? *n : 5000;
	CHECK(*n && pa <= a->target.size && *n <= a->target.size - pa);
	*p = a->p + pa;
	return 0;
}

void arena_open(struct arena *a, size_t size)
{
	a->p = malloc(size);
	memset(a->p, 0xee, size);
	a->target = (struct xg_target){ arena_write, arena_zero, arena_window, a, size };
}

void arena_close(struct arena *a)
{
	free(a->p);
}

int load(const struct blob *file, struct arena *a, struct xg_kernel *k, struct xg_err *err)
{
	struct xg_input in;
	int rc = input_from_memory(&in, file->p, file->len, err);

	return rc ? rc : kernel_load(&in, &a->target, NULL, k, err);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "loading", test_loading },
	{ "bad-files", test_bad_files },
	{ "probe", test_probe },
	{ "xz-filter", test_filter },
	{ "notes", test_notes },
	{ "layout", test_layout },
	{ "cache", test_cache },
	{ "real-kernels", test_real_kernels },
};

int main(void)
{
	unsigned int total = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(tests); i++) {
		failures = 0;
		tests[i].run();
		printf("%s guest-%s\n", failures ? "FAIL" : "PASS", tests[i].name);
		fflush(stdout);
		total += failures;
	}
	return total != 0;
}
