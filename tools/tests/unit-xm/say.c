/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What xm says is one line of text, whatever a guest or its backend wrote. Output to a reader that stands still can be
 * interrupted.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "test.h"
#include "xm.h"

static void says(const char *given, const char *expected)
{
	const struct xm xm = { .cmd = NULL };
	int keep = dup(2), fd[2];
	char got[512] = "";

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
	check(!strcmp(got, expected), expected);
	if (strcmp(got, expected))
		printf("unit-say: got '%s'\n", got);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	alarms = 1;
}

static bool stop(void)
{
	return alarms;
}

/* @flags: of the end that is written. Nobody reads until the alarm has come. */
static void check_put(int flags)
{
	static char text[200000], got[sizeof(text)];
	const struct sigaction sa = { .sa_handler = on_alarm };
	ssize_t n, len = 0;
	int fd[2];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i * 7;
	if (pipe(fd) || fcntl(fd[1], F_SETFL, flags) || sigaction(SIGALRM, &sa, NULL))
		abort();
	alarms = 0;
	check(!xm_put(fd[1], text, 5000, stop), "a pipe takes some");
	alarm(1);
	check(xm_put(fd[1], text + 5000, sizeof(text) - 5000, stop) == -EINTR, "a full pipe is left");
	close(fd[1]);
	while ((n = read(fd[0], got + len, sizeof(got) - len)) > 0)
		len += n;
	check(len >= 5000 && !memcmp(text, got, len), "what was taken is the text");
	close(fd[0]);
	alarms = 0;
	signal(SIGPIPE, SIG_IGN);
	if (pipe(fd))
		abort();
	close(fd[0]);
	check(xm_put(fd[1], text, 10, stop) == -EPIPE, "a reader that is gone");
	close(fd[1]);
}

int main(void)
{
	check_put(0);
	check_put(O_NONBLOCK);
	says("plain, gr\303\274n", "xm: plain, gr\303\274n\n");
	says("no such file\nxm: all is well", "xm: no such file?xm: all is well\n");
	says("\033]0;title\007 \302\233 31m \233 \303", "xm: ?]0;title? ?? 31m ? ?\n");
	return test_end();
}
