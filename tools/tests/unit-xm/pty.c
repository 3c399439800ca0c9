/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose pty it is: found while its master is open, by the name of who holds it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "pty.h"
#include "test.h"

int main(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY), slave;
	char tty[64];

	if (fd < 0 || grantpt(fd) || unlockpt(fd) || ptsname_r(fd, tty, sizeof(tty)) ||
	    prctl(PR_SET_NAME, "pty-holder"))
		abort();
	slave = open(tty, O_RDWR | O_NOCTTY);
	check(pty_held_by(tty, "pty-holder"), "its holder is not found");
	check(!pty_held_by(tty, "pty-hold") && !pty_held_by(tty, "xenconsoled"), "found by another name");
	check(!pty_held_by("/dev/pts/999999", "pty-holder"), "another pty found");
	check(pty_held_by("/dev/ttyS0", "pty-holder"), "what cannot be known is refused");
	close(fd);
	check(!pty_held_by(tty, "pty-holder"), "a closed master found");
	close(slave);
	return test_end();
}
