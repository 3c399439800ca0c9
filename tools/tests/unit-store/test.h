/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of the store daemon: checks, made-up domains, and clients that talk the protocol to the
 * daemon's own loop in this process.
 */
#ifndef UNIT_STORE_TEST_H
#define UNIT_STORE_TEST_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <public/io/xs_wire.h>

#include "conn.h"
#include "store.h"

extern unsigned int checks_failed;

#define CHECK(cond) do { \
	if (!(cond)) { \
		checks_failed++; \
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
	} \
} while (0)

/* ---- made-up domains (fake_xenif.c) ---- */

#define FAKE_DOMAINS	128

struct xenstore_domain_interface *fake_page(unsigned int domid);
struct xencons_interface;
struct xencons_interface *fake_console(unsigned int domid);
/* The next introduction of this domain will find it running. */
void fake_create(unsigned int domid);
void fake_shutdown(unsigned int domid);
void fake_destroy(unsigned int domid);
/* The guest sends an event; lost while its port is masked, as with the real thing. */
void fake_kick(unsigned int domid);
/* How many events the daemon sent to the domain. */
unsigned int fake_notified(unsigned int domid);
/* How often the daemon asked which domains there are. */
unsigned int fake_lists(void);
/* Mapped rings and bound ports that are still there. */
unsigned int fake_held(void);
/* The daemon goes and its descriptors stay: ports do not close meanwhile. */
void fake_keep_ports(bool keep);
/* There is none to be reached. */
void fake_no_hypervisor(bool none);
/* Hands pending ports to the daemon. */
void fake_deliver(void);

/* ---- clients (client.c) ---- */

struct event {
	struct event *next;
	char *path, *token;
};

struct client {
	struct conn *conn;		/* socket clients, while alive */
	int fd;				/* -1: a guest */
	unsigned int domid;
	uint32_t tx;			/* for the following requests */
	char in[1 << 16];
	unsigned int in_len;
	struct event *events, **events_tail;
	/* The last reply. */
	uint32_t type;
	unsigned int len;
	char body[XENSTORE_PAYLOAD_MAX + 1];
};

/* A fresh daemon with no clients. */
void world_reset(void);
/* Lets the daemon work until it has nothing to do. */
void world_run(void);

/* A program in dom0. */
struct client *client_dom0(void);
/* A guest, created and introduced. */
struct client *client_guest(unsigned int domid);
void client_close(struct client *c);

/* Bytes as they are; as much as fits for a guest. Returns how many went out. */
unsigned int client_send(struct client *c, const void *data, unsigned int len);
/* Takes what the daemon has sent. */
void client_drain(struct client *c);

/*
 * Sends a request and waits for the reply. 0, or the negative errno of the error reply; -ETIMEDOUT when
 * there is none. Each argument is a string sent with its NUL; end with NULL.
 */
int ask(struct client *c, enum xsd_sockmsg_type type, ...) __attribute__((sentinel));
int ask_raw(struct client *c, uint32_t type, const void *data, unsigned int len);
/* Common ones. */
int put(struct client *c, const char *path, const char *value);
bool value_is(struct client *c, const char *path, const char *value);
int txn_begin(struct client *c);
int txn_finish(struct client *c, bool commit);
/* Takes the next watch event; false when there is none. An expected one is compared. */
bool next_event(struct client *c, char *path, char *token);
bool event_is(struct client *c, const char *path, const char *token);
unsigned int drop_events(struct client *c);

/* Counters agree with the tree. */
bool counts_right(void);

/* The daemon hands over to a successor (test_state.c). */
void live_update(void);

uint32_t rnd(uint32_t below);

/* ---- the tests ---- */

void test_paths(void);
void test_perms(void);
void test_tree(void);
void test_tree_random(void);
void test_ops(void);
void test_permissions(void);
void test_directory(void);
void test_arguments(void);
void test_watches(void);
void test_watch_visibility(void);
void test_watch_removal(void);
void test_watch_special(void);
void test_txn(void);
void test_txn_conflicts(void);
void test_txn_merge(void);
void test_txn_hold(void);
void test_txn_expiry(void);
void test_txn_pinned(void);
void test_serial(void);
void test_quota(void);
void test_quota_txn(void);
void test_backpressure(void);
void test_dom0_events(void);
void test_event_work(void);
void test_quota_bytes(void);
void test_domain_life(void);
void test_domain_death(void);
void test_reconnect(void);
void test_control(void);
void test_bad_rings(void);
void test_bad_messages(void);
void test_fairness(void);
void test_fuzz(void);
void test_library(void);
void test_load(void);
void test_state(void);
void test_state_output(void);
void test_state_lost_ring(void);
void test_state_cold(void);
void test_state_wrong(void);
void test_state_fuzz(void);
void test_state_rehearsal(void);
void test_console_text(void);
void test_console_flood(void);
void test_privs(void);
void test_lister(void);
void test_lister_wrong(void);
void test_state_process(void);
void test_ports(void);
void test_daemon_log(void);
void test_console_log(void);
void test_console_ring(void);
void test_console_buffer(void);

#endif
