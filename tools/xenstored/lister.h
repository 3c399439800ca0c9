/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lister: a small process that alone holds the hypervisor's privileged calls, and answers one question
 * with them: which domains are there, and how are they? It is forked while the daemon may still open the device
 * for it, goes with the daemon through live updates, and ends when the daemon does. lister.c is the daemon's
 * side, lister_process.c the other one. Errors are negative errno.
 *
 * The daemon never depends on it: an answer that is late is waited for once, ANSWER_MS, and looked at when it
 * comes; a lister that is gone stays away, since who could start another one could do all that it can do.
 */
#ifndef XENSTORED_LISTER_H
#define XENSTORED_LISTER_H

#include <stdint.h>

#include "xenif.h"

#define LISTER_MAX	64

/* What goes over the socket (SOCK_SEQPACKET); an answer is as long as @n says. */
struct lister_question {
	uint32_t seq, first, max;
};

struct lister_answer {
	uint32_t seq;
	int32_t n;		/* how many follow, or a negative errno */
	struct lister_domain {
		uint32_t domid, state;
	} domains[LISTER_MAX];
};

#define LISTER_HEAD	offsetof(struct lister_answer, domains)

/*
 * Forks it, and waits until it has asked the hypervisor once and given up everything else. @again is called
 * whenever a question that had got no answer in time may be asked again. Needs the loop.
 */
int lister_start(void (*again)(void));
/* Goes on with a predecessor's, whose socket it takes over. */
int lister_adopt(int fd, void (*again)(void));
/* The socket; -1: there is no lister. */
int lister_fd(void);

/*
 * Domains with an id of @first or more, in order of id; returns how many of at most @max. -EAGAIN: no answer
 * yet; -ENOTCONN: there is no lister.
 */
int lister_ask(unsigned int first, struct xenif_domain *list, unsigned int max);

/* What runs in the other process, on its end of the socket. Its first answer says whether it can. */
void lister_process(int sock) __attribute__((noreturn));

#endif
