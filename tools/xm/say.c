/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages, other output, time, and numbers from the command line.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "plain.h"
#include "xm.h"

#define NAP_MAX_MS	200
#define PUT_MAX		512u		/* what a pipe or terminal that takes anything takes at once */

/* One write, so that lines of several processes do not mix. */
static void say(const struct xm *xm, const char *kind, const char *fmt, va_list ap)
{
	char text[1024], stamp[32] = "";
	time_t now = time(NULL);
	struct tm tm;

	vsnprintf(text, sizeof(text), fmt, ap);
	/* Names, paths and the words of backends may be a guest's. */
	plain_line(text, strlen(text));
	if ((xm->in_monitor || xm->stamps) && localtime_r(&now, &tm))
		strftime(stamp, sizeof(stamp), "%F %T ", &tm);
	fprintf(stderr, "%sxm%s%s: %s%s\n", stamp, xm->cmd ? " " : "", xm->cmd ? xm->cmd->name : "", kind,
		text);
}

int xm_fail(const struct xm *xm, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(xm, "", fmt, ap);
	va_end(ap);
	return rc;
}

void xm_warn(const struct xm *xm, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(xm, "warning: ", fmt, ap);
	va_end(ap);
}

void xm_tell(const struct xm *xm, const char *fmt, ...)
{
	va_list ap;

	if (!xm->verbose)
		return;
	va_start(ap, fmt);
	say(xm, "", fmt, ap);
	va_end(ap);
}

int xm_put(int fd, const char *buf, size_t len, bool (*stop)(void))
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	ssize_t n;

	while (len) {
		if (stop())
			return -EINTR;
		/* A write that waits could miss a signal that comes just before it. */
		if (poll(&p, 1, 1000) <= 0)
			continue;
		n = write(fd, buf, len < PUT_MAX ? len : PUT_MAX);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		buf += n > 0 ? n : 0;
		len -= n > 0 ? n : 0;
	}
	return 0;
}

int64_t xm_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void xm_sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&ts, NULL);
}

void xm_nap(int64_t since)
{
	int64_t ms = (xm_now_ms() - since) / 4;

	xm_sleep_ms(ms < 1 ? 1 : ms < NAP_MAX_MS ? ms : NAP_MAX_MS);
}

int xm_columns(void)
{
	const char *text = getenv("COLUMNS");
	struct winsize size;
	int n = text ? atoi(text) : 0;

	if (!isatty(1))
		return 0;
	if (n <= 0 && !ioctl(1, TIOCGWINSZ, &size))
		n = size.ws_col;
	return n > 0 ? n : 80;
}

int xm_number(const struct xm *xm, const char *what, const char *text, long min, long max, long *out)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 0);
	if (errno || end == text || *end || n < min || n > max)
		return xm_fail(xm, -EINVAL, "%s '%s': expected a number from %ld to %ld", what, text, min,
			       max);
	*out = n;
	return 0;
}

/* Set by a signal handler: the last one, and how many. */
static volatile sig_atomic_t caught, nr_caught;

static void catch(int sig)
{
	caught = sig;
	nr_caught++;
}

void xm_catch_signals(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = catch }, was;

	/* What nohup(1) has switched off stays off. */
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		if (!sigaction(sigs[i], NULL, &was) && was.sa_handler != SIG_IGN)
			sigaction(sigs[i], &sa, NULL);
}

bool xm_signalled(void)
{
	return caught != 0;
}

unsigned int xm_signals(void)
{
	return nr_caught;
}

int xm_interrupted(const struct xm *xm)
{
	return caught ? xm_fail(xm, -EINTR, "interrupted (%s)", strsignal(caught)) : 0;
}
