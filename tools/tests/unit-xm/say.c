/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What xm says is one line of text, whatever a guest or its backend wrote.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "xm.h"

static unsigned int checks, failures;

static void check(const char *given, const char *expected)
{
	const struct xm xm = { .cmd = NULL };
	int keep = dup(2), fd[2];
	char got[512] = "";

	checks++;
	if (keep < 0 || pipe(fd))
		abort();
	dup2(fd[1], 2);
	xm_fail(&xm, 0, "%s", given);
	dup2(keep, 2);
	if (read(fd[0], got, sizeof(got) - 1) < 0)
		abort();
	close(fd[0]);
	close(fd[1]);
	close(keep);
	if (!strcmp(got, expected))
		return;
	failures++;
	printf("unit-say: expected '%s', got '%s'\n", expected, got);
}

int main(void)
{
	check("plain, gr\303\274n", "xm: plain, gr\303\274n\n");
	check("no such file\nxm: all is well", "xm: no such file?xm: all is well\n");
	check("\033]0;title\007 \302\233 31m \233 \303", "xm: ?]0;title? ?? 31m ? ?\n");
	printf("unit-say: %u checks, %u failures\n", checks, failures);
	return failures != 0;
}
