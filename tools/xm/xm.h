/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm: what all commands share. One struct xm is made by main() and passed to everything.
 *
 * A function that fails returns a negative errno and has already told the person, in one line by
 * xm_fail(); callers only undo and pass the number on. A command returns the exit status.
 */
#ifndef XM_H
#define XM_H

#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <xenctrl.h>
#include <xenstore.h>
#include <public/sched.h>

#define XM_PATH_MAX	256	/* of a store path */
#define XM_XS_TRIES	50	/* of a transaction that others interfere with */
#define XM_RUN_DIR	"/run/xen"
#define XM_CACHE_DIR	"/var/cache/xen"
#define XM_LOG_DIR	"/var/log/xen"
#define XM_SCRIPT_DIR	"/etc/xen/scripts"

enum { XM_OK = 0, XM_FAILED = 1, XM_USAGE = 2 };	/* exit status */

struct command;

struct xm {
	const struct command *cmd;	/* the running command */
	xc_interface *xc;		/* NULL until xm_open_xc() */
	struct xs_handle *xs;		/* NULL until xm_open_xs() */
	bool in_monitor;		/* messages carry the time */
	bool stamps;			/* here too */
	bool verbose;			/* steps are told, and the programs that are started */
	bool dry_run;			/* only show what would be done: create alone can */
};

struct command {
	const char *name, *alias;
	int (*run)(struct xm *xm, int argc, char **argv);
	const char *args;		/* after the name, in usage lines */
	const char *what;		/* one line */
	const char *help;		/* options and an example */
};

/* One table of commands per file, ended by a row without a name. */
extern const struct command life_commands[], create_commands[], cache_commands[], list_commands[], console_commands[],
	info_commands[], name_commands[], vcpu_commands[], memory_commands[], sched_commands[],
	block_commands[], network_commands[], misc_commands[], top_commands[], metrics_commands[],
	log_commands[], dump_commands[];

/* ---- main.c ---- */

const struct command *xm_find_command(const char *name);
void xm_usage(FILE *f, const struct command *c);
/*
 * getopt_long() that knows --help (prints it and exits) and ends the program with XM_USAGE on an
 * unknown option. Call only before anything was touched.
 */
int xm_getopt(struct xm *xm, int argc, char **argv, const char *opts, const struct option *longs);
/** Check that min..max arguments remain after the options; else usage and exit. */
void xm_want_args(struct xm *xm, int argc, int min, int max);

/* ---- say.c ---- */

/** One line on stderr: "xm COMMAND: ...". Returns @rc. */
__attribute__((format(printf, 3, 4)))
int xm_fail(const struct xm *xm, int rc, const char *fmt, ...);
__attribute__((format(printf, 2, 3)))
void xm_warn(const struct xm *xm, const char *fmt, ...);
/** The same, with -v only. */
__attribute__((format(printf, 2, 3)))
void xm_tell(const struct xm *xm, const char *fmt, ...);
/** Milliseconds of a clock that never jumps. */
int64_t xm_now_ms(void);
void xm_sleep_ms(unsigned int ms);
/** Sleep for a part of the time since @since: who waits looks often at first, and rarely when it takes long. */
void xm_nap(int64_t since);
/** Columns of the terminal that stdout is; 0: it is none. COLUMNS in the environment wins. */
int xm_columns(void);
/** A number without anything behind it; tells the person otherwise. */
int xm_number(const struct xm *xm, const char *what, const char *text, long min, long max, long *out);

/** From here on an interrupt from the keyboard, a hang-up or SIGTERM only sets a flag. */
void xm_catch_signals(void);
/** Whether such a signal came, without a message. */
bool xm_signalled(void);
/** How many came. Who cleans up after one waits on, until there is another. */
unsigned int xm_signals(void);
/** 0, or -EINTR (and a message) when such a signal came. */
int xm_interrupted(const struct xm *xm);
/** Write all of it, to a reader that may be slow or stand still. -EINTR: @stop said so; or another error. Silent. */
int xm_put(int fd, const char *buf, size_t len, bool (*stop)(void));

/* ---- open.c ---- */

int xm_open_xc(struct xm *xm);
int xm_open_xs(struct xm *xm);
/* Is there a daemon behind the socket? */
bool xm_store_answers(void);
/** Both. */
int xm_open(struct xm *xm);
void xm_close(struct xm *xm);

/* ---- store.c: access to xenstored. Paths are printf formats; failures here are silent. ---- */

/** malloc'd value, or NULL; also before xm_open_xs(). */
__attribute__((format(printf, 2, 3)))
char *xm_xs_read(struct xm *xm, const char *fmt, ...);
/** The value as a number, or @none. */
__attribute__((format(printf, 3, 4)))
long xm_xs_number(struct xm *xm, long none, const char *fmt, ...);
__attribute__((format(printf, 4, 5)))
bool xm_xs_write(struct xm *xm, xs_transaction_t t, const char *value, const char *fmt, ...);
__attribute__((format(printf, 2, 3)))
bool xm_xs_exists(struct xm *xm, const char *fmt, ...);
__attribute__((format(printf, 3, 4)))
void xm_xs_remove(struct xm *xm, xs_transaction_t t, const char *fmt, ...);
/** Children of a node; free() once. None before xm_open_xs(). */
__attribute__((format(printf, 3, 4)))
char **xm_xs_list(struct xm *xm, unsigned int *num, const char *fmt, ...);
/** Make a node that belongs to @owner and that @reader may read; one of the two is domain 0. */
bool xm_xs_mkdir(struct xm *xm, xs_transaction_t t, const char *path, unsigned int owner,
		 unsigned int reader);

/* ---- domain.c ---- */

/** A name or number to a domain that exists. */
int xm_domain(struct xm *xm, const char *arg, uint16_t *domid);
/** Before a table is begun: 0 if all @n of them are there. */
int xm_domains_exist(struct xm *xm, char **names, int n);
/** A name or number to a domain that exists and is not the control domain. */
int xm_guest(struct xm *xm, const char *arg, uint16_t *domid);
/** Name of @domid in @buf; "" if it has none. */
void xm_domain_name(struct xm *xm, uint16_t domid, char *buf, size_t size);
/** All domains; *list is malloc'd. */
int xm_domain_list(struct xm *xm, struct xen_domctl_getdomaininfo **list, unsigned int *num);
/** XEN_DOMINF_* decoded. */
unsigned int xm_nr_vcpus(const struct xen_domctl_getdomaininfo *i);	/* 0: none was made yet */
bool xm_is_dying(const struct xen_domctl_getdomaininfo *i);
bool xm_is_shutdown(const struct xen_domctl_getdomaininfo *i);
unsigned int xm_shutdown_reason(const struct xen_domctl_getdomaininfo *i);
const char *xm_reason_name(unsigned int reason);
void xm_format_uuid(const uint8_t uuid[16], char out[37]);

#define XM_NR_STATES	6

/** The state's letters, a dash for each that is not true. */
void xm_state_letters(const struct xen_domctl_getdomaininfo *i, char buf[XM_NR_STATES + 1]);
/** State @s ("running", "blocked", ...): its name, and whether the domain is in it. */
const char *xm_state_name(unsigned int s);
bool xm_in_state(const struct xen_domctl_getdomaininfo *i, unsigned int s);

#endif
