/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Life of a guest: making it out of a configuration, watching over it, taking it apart.
 *
 * A domain's lock file (guest_lock) is held by whoever builds it, and then by its monitor for as
 * long as that lives. Who wants to take a domain apart waits for the lock first, so cleaning up
 * never happens twice at the same time, and happens although a monitor died.
 */
#ifndef XM_GUEST_H
#define XM_GUEST_H

#include <sys/types.h>
#include <jansson.h>
#include <libcfg.h>
#include "xm.h"

#define GUEST_OVERHEAD_KIB	1024	/* what the hypervisor keeps for a domain */
#define GUEST_MAX_PORTS		1023	/* its highest event channel, unless its configuration has another */

/** A guest that was built, not yet running. */
struct guest {
	uint16_t domid;
	int lock;		/* of the domain; -1: not held */
	uint8_t uuid[16];
	pid_t monitor;		/* 0: none yet */
};

/* ---- bootdir.c ---- */

#define BOOTDIR_MAX	48

/** Makes an empty folder for files of a boot loader, after what killed programs have left. Returns 0 or (said) an error. */
int bootdir_make(struct xm *xm, char path[BOOTDIR_MAX], int *lock);
/** Removes it with its files; @path becomes "". Can be repeated. */
void bootdir_remove(char *path, int lock);

/* ---- boot.c ---- */

/** What a guest starts with; the texts are malloc'd. */
struct boot_files {
	char dir[BOOTDIR_MAX];		/* where a boot loader has put the files; "": they are the configuration's */
	int lock;			/* with a dir: that it is in use */
	char *kernel, *ramdisk;		/* paths; no ramdisk: NULL */
	char *cmdline;			/* the whole of it */
	char *chosen;			/* lines of the boot loader: title, kernel, ramdisks on the disk; or NULL */
};

/**
 * With a boot loader: run it on the first disk. Then look whether this may be a kernel, without unpacking it. On failure
 * (said) nothing is left to free.
 */
int boot_open(struct xm *xm, const struct guest_config *cfg, struct boot_files *f);
/** Why there is no guest: a bad kernel (-ENOEXEC) is named, other reasons speak for themselves. */
void boot_tell_error(struct xm *xm, const struct guest_config *cfg, int rc, const char *why);
/** Removes what the boot loader made; the rest of *f stays. Can be repeated. */
void boot_remove(struct boot_files *f);
void boot_close(struct boot_files *f);

/* ---- plan.c ---- */

/**
 * As JSON: what @cfg describes and starts with @f. @kernel: what its kernel is in words, or NULL; @made: the guest that
 * was made of it, or NULL. Returns 0 or a negative errno.
 */
int guest_print_json(struct xm *xm, const struct guest_config *cfg, const struct boot_files *f, const char *kernel,
		     const struct guest *made);
/** The same of a running guest, as it has become, and the other ends of its devices; null: xm did not make it. */
json_t *guest_json(struct xm *xm, const struct xen_domctl_getdomaininfo *info);

/* ---- check.c ---- */

/** Look at everything that can be looked at without effect; before xm_open() only at what is of this machine. */
int guest_check(struct xm *xm, const struct guest_config *cfg);

/* ---- identity.c ---- */

/** Who a guest is to be. */
struct identity {
	const char *name;
	const uint8_t *uuid;	/* or NULL */
	bool again;		/* in its next life: the caller keeps the name for that (name_keep) */
};

/** No guest that lives has the name or uuid. Waits for one that is about to go. */
int identity_check(struct xm *xm, const struct identity *who);
/**
 * The same, and then @take gives it to a domain, with the lock of all names held: it is to be short. Returns an error
 * (said), or what @take does.
 */
int identity_take(struct xm *xm, const struct identity *who, int (*take)(struct xm *xm, void *arg), void *arg);

/* ---- guest.c ---- */

/** Build @cfg, paused. @uuid: of its former life, whose name the caller keeps; or NULL. On failure nothing is left behind. */
int guest_build(struct xm *xm, const struct guest_config *cfg, const struct boot_files *f, const uint8_t *uuid,
		struct guest *out);

/** The address of card @i, made up where the configuration gives none: the same each time. */
void guest_mac(const struct guest_config *cfg, unsigned int i, uint8_t mac[6]);

/** A random uuid. */
void guest_new_uuid(uint8_t uuid[16]);

/* ---- cmd_life.c ---- */

/** Ask the guest's kernel for @what ("poweroff", "reboot", "halt"). @wait: it is to be waited for, so it must be able to. */
int guest_ask(struct xm *xm, uint16_t domid, const char *what, bool wait);

/* ---- current.c ---- */

/** Keep the settings that the domain was made of, for guest_load(). */
void guest_save(struct xm *xm, const struct guest_config *cfg, const struct guest *g);
void guest_forget(uint16_t domid);
/** What the domain was made of and has become; to be freed. NULL: xm did not make it, or (said) it cannot be read. */
struct guest_config *guest_load(struct xm *xm, const struct xen_domctl_getdomaininfo *info);
/** Bring @cfg to what commands have made of the domain since: name, memory, processors, shares, devices. All or nothing. */
int guest_update(struct xm *xm, struct guest_config *cfg, uint16_t domid);

/* ---- tree.c ---- */

int guest_write_tree(struct xm *xm, const struct guest_config *cfg, const struct guest *g);
int guest_write_rings(struct xm *xm, const struct guest *g, unsigned long store_mfn, unsigned int store_port,
		      unsigned long console_mfn, unsigned int console_port);

/* ---- lock.c: they return a descriptor; all but guest_lock() have said why they do not ---- */

#define LOCK_SOON_MS	1000	/* who only looks whether it is held may hold it for a moment */

/**
 * Lock of @domid; waits up to @timeout_ms, and after some seconds says that it is for @what, unless that is NULL.
 * -ETIMEDOUT, -EINTR (a signal has come meanwhile): not said; other errors are.
 */
int guest_lock(struct xm *xm, uint16_t domid, int timeout_ms, const char *what);
/** Someone holds it: the domain is being built, watched or taken apart. */
bool guest_is_locked(uint16_t domid);
/** Unlock and remove the lock file. */
void guest_unlock(uint16_t domid, int fd);
/**
 * The lock of all names: between looking for a name and being visible under it. Nobody waits for anything else with it:
 * monitors need it to start their guests again. To be closed.
 */
int names_lock(struct xm *xm);
/** One at a time looks for memory and takes it. To be closed. */
int memory_lock(struct xm *xm);
/**
 * Between looking for other users of an image or address and being visible to them. Nobody waits for another guest with it.
 * To be closed.
 */
int images_lock(struct xm *xm);
/** The name of a guest that is to live again: nobody else gets it, although its former life is gone from the store. */
int name_keep(struct xm *xm, const char *name);
void name_release(const char *name, int fd);
bool name_is_kept(const char *name);

/* ---- teardown.c ---- */

/** It is dead, or there is none. */
bool guest_is_gone(struct xm *xm, uint16_t domid);
/**
 * Kill the domain and remove all that belonged to it. Call with its lock held. Can be repeated: -EBUSY (said), the backend of
 * a disk does not close, and its entries stay; -EAGAIN (said), that of a card alone.
 */
int guest_teardown(struct xm *xm, uint16_t domid);
/** Unplug all devices of a domain that does not run. -EBUSY, -EAGAIN (said): not all of them, as above. */
int guest_remove_devices(struct xm *xm, uint16_t domid);
/**
 * Kill the domain and see to it that someone cleans up: its monitor, which is waited for, or this process. -EBUSY (said):
 * it was dead already, and is not let go. -EINTR (said): the monitor has not finished.
 */
int guest_destroy(struct xm *xm, uint16_t domid);
/**
 * Take apart what a domain that is dead or gone has left, when nobody holds its lock: its monitor was killed. True if there was
 * such a domain; the person is told.
 */
bool guest_reclaim(struct xm *xm, uint16_t domid);

/* ---- memory.c ---- */

/** The machine's memory as it concerns who needs some; all in KiB. */
struct memory {
	int64_t total, free;		/* free: and promised to nobody */
	int64_t dom0;			/* what the control domain has */
	int64_t dom0_target;		/* what it was asked to have */
	int64_t dom0_size;		/* what its balloon driver takes its size to be */
	int64_t dom0_min;		/* what it keeps */
	int64_t can_give;		/* what it may give back by itself; 0 if autoballoon is off */
	const char *off_because;	/* autoballoon is off; or NULL */
};

int memory_look(struct xm *xm, struct memory *m);
/**
 * @need_kib are free, or would be if the control domain gave some back; else says how much there is, and who has the
 * rest. @who: in need, for the message.
 */
int memory_check(struct xm *xm, const char *who, int64_t need_kib);
/**
 * The same without the control domain's help; and with it: then they are free. Under memory_lock(), and so until that
 * is let go or they are claimed.
 */
int memory_check_free(struct xm *xm, const char *who, int64_t need_kib);
int memory_get(struct xm *xm, const char *who, int64_t need_kib);
/** Put it down for @domid, which may have @total_kib then; memory_get() came before. 0 takes such a claim back. */
int memory_claim(struct xm *xm, uint16_t domid, int64_t total_kib);
/** "not enough memory", with numbers. Returns -ENOMEM. */
int memory_fail(struct xm *xm, const char *who, int64_t need_kib, const struct memory *m, const char *why);

/* ---- balloon.c ---- */

/** The control domain's part of *m; total is there. */
int balloon_look(struct xm *xm, struct memory *m);
/** Make it give back what is missing; *m says how things stand. */
int balloon_dom0(struct xm *xm, const char *who, int64_t need_kib, struct memory *m);
/** A new target for it. */
int balloon_set(struct xm *xm, int64_t kib);

/* ---- zombie.c ---- */

/** Wait for a dead domain to go; true if it is still there, *info says what of it. */
bool zombie_wait(struct xm *xm, uint16_t domid, int timeout_ms, struct xen_domctl_getdomaininfo *info);
/** It was one already when xm last looked. */
bool zombie_known(uint16_t domid);
/** Forget the names of dead domains that have gone at last. */
void zombie_forget(struct xm *xm);
/** Keep the name of a domain that is dead and still there. */
void zombie_remember(struct xm *xm, uint16_t domid, const char *name);
/** That name, or "". */
void zombie_name(struct xm *xm, uint16_t domid, char *buf, size_t size);

/* ---- monitor.c ---- */

/**
 * Start the process that waits for the guest's end and acts as configured. It takes over g->lock.
 * Returns once the monitor is ready to see the guest's end.
 */
int monitor_start(struct xm *xm, struct guest_config *cfg, struct guest *g);

#endif
