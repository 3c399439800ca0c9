/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains that the toolstack has introduced: each has a ring, a connection and an end. */
#ifndef XENSTORED_DOMAIN_H
#define XENSTORED_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

struct conn;

/* Domain ids are below this. */
#define DOMAIN_IDS	0x7ff0u

/*
 * Domain 0's own kernel, through the backend device; absent where there is none (tests, a socket-only store).
 */
int domain_connect_dom0(void);

/*
 * Maps a domain's ring and listens to its port; tells @introduceDomain. For a known domain only the port is
 * bound anew.
 * -EINVAL, or what mapping and binding say.
 */
int domain_introduce(unsigned int domid, uint64_t frame, uint32_t port);
/*
 * Forgets a domain, closes its connection, removes its nodes, tells @releaseDomain. -ENOENT, -EINVAL for
 * domain 0.
 */
int domain_release(unsigned int domid);
/* A suspended domain lives on: its next shutdown is news again. -ENOENT. */
int domain_resume(unsigned int domid);
/* @domid may do what @target may. -ENOENT. */
int domain_set_target(unsigned int domid, unsigned int target);
bool domain_introduced(unsigned int domid);

/* A local port is pending. */
void domain_event(uint32_t port);
/* Asks the hypervisor who has shut down or died, and acts on it. */
void domain_check_all(void);

unsigned int domain_count(void);

/* What must be known of a domain to go on serving it in another process. */
struct domain_saved {
	unsigned int domid, target;
	bool shutdown;
	uint64_t frame;
	uint32_t remote_port;
	uint32_t port;		/* bound already; 0: to be bound */
};

void domain_save(const struct conn *c, struct domain_saved *s);
/*
 * Goes on serving a domain. @dry: nothing is mapped or bound. Where the ring cannot be had, the domain is
 * there all the same and *lost becomes true: its connection is to be killed. NULL: no memory, or the domain
 * is there twice.
 */
struct conn *domain_restore(const struct domain_saved *s, bool dry, bool *lost);
/* Frees all, telling nobody. */
void domain_forget_all(void);
/* Grows with each change of what domain_save() says of anybody. */
extern unsigned long domain_changes;

#endif
