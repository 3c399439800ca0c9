/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's memory and processors as an ELF core (format: docs/specs/core.md). Three layers: which frames there are
 * and at which virtual addresses (dump_map.c), the file's headers (dump_elf.c), the writing (dump.c).
 */
#ifndef XM_DUMP_H
#define XM_DUMP_H

#include "xm.h"

#define DUMP_DIR	"/var/lib/xen/dump"

/* ---- dump.c ---- */

struct dump_options {
	bool live;			/* do not pause the guest */
	bool progress;			/* a line on stderr */
};

/** Write @path; it appears whole or not at all. Interruptible (xm_catch_signals). */
int dump_core(struct xm *xm, uint16_t domid, const char *path, const struct dump_options *o);
/** DUMP_DIR/NAME-TIME.core; makes the folder. */
void dump_default_path(const char *name, char *path, size_t size);

/* ---- cores.c ---- */

/** Remove cores of xm's own naming from @folder, with a message each, until @limit are left; not @newest. */
void cores_trim(struct xm *xm, const char *folder, unsigned int limit, const char *newest);
/** Remove from @folder what a monitor or xm that was killed has written of a core of that naming. */
void cores_sweep(struct xm *xm, const char *folder);
/** core_limit of the file @conf. */
unsigned int cores_limit(struct xm *xm, const char *conf);

/* ---- dump_map.c ---- */

struct dump_frame {
	uint64_t pfn, mfn;
};

/* Frames [first, first + n) of the list, seen at @vaddr. */
struct dump_run {
	uint64_t vaddr;
	size_t first, n;
};

struct dump_map {
	struct dump_frame *frames;	/* by pfn, each once */
	size_t nr_frames;
	struct dump_run *runs;		/* by vaddr */
	size_t nr_runs;
	bool partial;			/* there are more mappings than are listed */
};

/** Which frames the domain has, from the machine-to-phys table and the hypervisor's word. */
int dump_map_frames(struct xm *xm, uint16_t domid, struct dump_map *m);
/** Which of them the kernel half of the page table @root_mfn maps; then the frames it does not, at vaddr = address. */
int dump_map_walk(struct xm *xm, uint16_t domid, uint64_t root_mfn, struct dump_map *m);
void dump_map_free(struct dump_map *m);

/* ---- dump_elf.c ---- */

struct dump_cpu {
	unsigned int id;
	struct vcpu_guest_context ctx;
};

/* All before the pages; @pages_at is where those begin in the file. */
struct dump_head {
	char *data;
	size_t size;
	uint64_t pages_at;
};

int dump_elf_head(struct xm *xm, const struct dump_map *m, const struct dump_cpu *cpus, unsigned int nr_cpus,
		  const void *shared_info, struct dump_head *h);

#endif
