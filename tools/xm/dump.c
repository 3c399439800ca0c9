/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing a core: the guest stands still, its frames and processors are listed, then its pages are copied. Pages of
 * zeros become holes in the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "dump.h"

#define AT_ONCE		256		/* pages mapped at a time */

struct dump {
	struct xm *xm;
	uint16_t domid;
	const struct dump_options *o;
	struct xen_domctl_getdomaininfo info;
	struct dump_map map;
	struct dump_cpu *cpus;
	unsigned int nr_cpus;
	char shared_info[XC_PAGE_SIZE];
	struct dump_head head;
	int fd;
	const char *path;
};

/* ---- what there is ---- */

static int read_cpus(struct dump *d)
{
	struct xen_domctl_getvcpuinfo info;

	d->cpus = calloc(d->info.max_vcpu_id + 1, sizeof(*d->cpus));
	if (!d->cpus)
		return xm_fail(d->xm, -ENOMEM, "out of memory");
	for (unsigned int id = 0; id <= d->info.max_vcpu_id; id++) {
		struct dump_cpu *c = &d->cpus[d->nr_cpus];

		/* One that is off has no registers. */
		if (xc_vcpu_getinfo(d->xm->xc, d->domid, id, &info) || !info.online ||
		    xc_vcpu_get_context(d->xm->xc, d->domid, id, &c->ctx))
			continue;
		c->id = id;
		d->nr_cpus++;
	}
	if (!d->nr_cpus)
		return xm_fail(d->xm, -ENODATA, "domain %u has no virtual CPU with a state yet", d->domid);
	return 0;
}

static void read_shared_info(struct dump *d)
{
	xen_pfn_t frame = d->info.shared_info_frame;
	void *p = xc_map_foreign(d->xm->xc, d->domid, PROT_READ, 1, &frame, NULL);

	if (!p)
		return;
	memcpy(d->shared_info, p, sizeof(d->shared_info));
	xc_unmap_foreign(p, 1);
}

static int check_domain(struct dump *d)
{
	unsigned int bits;
	int rc = xc_domain_getinfo(d->xm->xc, d->domid, &d->info);

	if (!rc)
		rc = xc_domain_get_address_size(d->xm->xc, d->domid, &bits);
	if (rc)
		return xm_fail(d->xm, rc, "%s", xc_last_error(d->xm->xc));
	if (xm_is_dying(&d->info) || d->info.max_vcpu_id == XEN_INVALID_MAX_VCPU_ID)
		return xm_fail(d->xm, -ESRCH, "domain %u is being made or taken apart", d->domid);
	if (bits != 64)
		return xm_fail(d->xm, -EOPNOTSUPP, "domain %u is a 32-bit guest: cores are written of 64-bit ones",
			       d->domid);
	return 0;
}

static int gather(struct dump *d)
{
	int rc = read_cpus(d);

	if (!rc)
		rc = dump_map_frames(d->xm, d->domid, &d->map);
	if (!rc && !d->map.nr_frames)
		rc = xm_fail(d->xm, -ENODATA, "domain %u has no memory", d->domid);
	if (!rc)
		rc = dump_map_walk(d->xm, d->domid, d->cpus[0].ctx.ctrlreg[3] >> XC_PAGE_SHIFT, &d->map);
	read_shared_info(d);
	if (!rc)
		rc = dump_elf_head(d->xm, &d->map, d->cpus, d->nr_cpus, d->shared_info, &d->head);
	return rc;
}

/* ---- the file ---- */

static int write_at(struct dump *d, const char *p, size_t n, uint64_t at)
{
	while (n) {
		ssize_t done = pwrite(d->fd, p, n, at);

		if (done < 0 && errno == EINTR && !xm_signalled())
			continue;
		if (done < 0 && errno == EINTR)
			return xm_interrupted(d->xm);
		if (done <= 0)
			return xm_fail(d->xm, -errno, "%s: %s", d->path, strerror(errno));
		p += done;
		n -= done;
		at += done;
	}
	return 0;
}

static bool is_zero(const char *page)
{
	return !page[0] && !memcmp(page, page + 1, XC_PAGE_SIZE - 1);
}

/* Runs of pages with content; what could not be mapped is a hole as well. */
static int write_pages(struct dump *d, const char *pages, const int *errs, size_t n, uint64_t at)
{
	size_t i = 0;
	int rc = 0;

	while (!rc && i < n) {
		size_t from = i;

		while (i < n && !errs[i] && !is_zero(pages + i * XC_PAGE_SIZE))
			i++;
		if (i > from)
			rc = write_at(d, pages + from * XC_PAGE_SIZE, (i - from) * XC_PAGE_SIZE,
				      at + from * XC_PAGE_SIZE);
		else
			i++;
	}
	return rc;
}

static int copy_some(struct dump *d, size_t first, size_t n)
{
	xen_pfn_t frames[AT_ONCE];
	int errs[AT_ONCE] = { 0 }, rc;
	char *pages;

	for (size_t i = 0; i < n; i++)
		frames[i] = d->map.frames[first + i].mfn;
	pages = xc_map_foreign(d->xm->xc, d->domid, PROT_READ, n, frames, errs);
	if (!pages)
		return xm_fail(d->xm, -errno, "memory of domain %u cannot be mapped: %s", d->domid,
			       strerror(errno));
	rc = write_pages(d, pages, errs, n, d->head.pages_at + first * XC_PAGE_SIZE);
	xc_unmap_foreign(pages, n);
	return rc;
}

static void show_progress(const struct dump *d, size_t done)
{
	static int shown = -1;
	int percent = done * 100 / d->map.nr_frames;

	if (!d->o->progress || percent == shown)
		return;
	shown = percent;
	if (percent < 100)
		fprintf(stderr, "\r%d%% of %zu MiB\033[K", percent, d->map.nr_frames >> (20 - XC_PAGE_SHIFT));
	else
		fputs("\r\033[K", stderr);
}

static int write_all(struct dump *d)
{
	size_t n, total = d->map.nr_frames;
	int rc = write_at(d, d->head.data, d->head.size, 0);

	for (size_t i = 0; !rc && i < total; i += n) {
		n = total - i < AT_ONCE ? total - i : AT_ONCE;
		rc = copy_some(d, i, n);
		if (!rc)
			rc = xm_interrupted(d->xm);
		if (!rc)
			show_progress(d, i + n);
	}
	if (rc && d->o->progress)
		fputs("\r\033[K", stderr);
	if (!rc && ftruncate(d->fd, d->head.pages_at + total * XC_PAGE_SIZE))
		rc = xm_fail(d->xm, -errno, "%s: %s", d->path, strerror(errno));
	return rc;
}

/* ---- all of it ---- */

static int dump_paused(struct dump *d)
{
	int rc = 0, back;

	if (!d->o->live)
		rc = xc_domain_pause(d->xm->xc, d->domid);
	if (rc)
		return xm_fail(d->xm, rc, "%s", xc_last_error(d->xm->xc));
	rc = gather(d);
	if (!rc)
		rc = write_all(d);
	back = d->o->live ? 0 : xc_domain_unpause(d->xm->xc, d->domid);
	/* It may have been destroyed meanwhile. */
	if (back && back != -ESRCH)
		xm_warn(d->xm, "%s", xc_last_error(d->xm->xc));
	return rc;
}

/* Under another name until it is whole. */
static int dump_to(struct dump *d, const char *path)
{
	char *part;
	int rc;

	if (asprintf(&part, "%s.XXXXXX", path) < 0)
		return xm_fail(d->xm, -ENOMEM, "out of memory");
	d->fd = mkostemp(part, O_CLOEXEC);
	if (d->fd < 0) {
		rc = xm_fail(d->xm, -errno, "%s: %s", path, strerror(errno));
		free(part);
		return rc;
	}
	/* As long as it is ours, cores_sweep() leaves it alone. */
	flock(d->fd, LOCK_EX);
	d->path = path;
	rc = dump_paused(d);
	if (close(d->fd) && !rc)
		rc = xm_fail(d->xm, -errno, "%s: %s", path, strerror(errno));
	if (!rc && rename(part, path))
		rc = xm_fail(d->xm, -errno, "%s: %s", path, strerror(errno));
	if (rc)
		unlink(part);
	free(part);
	return rc;
}

int dump_core(struct xm *xm, uint16_t domid, const char *path, const struct dump_options *o)
{
	struct dump d = { .xm = xm, .domid = domid, .o = o, .fd = -1 };
	struct stat st;
	int rc = check_domain(&d);

	if (!rc && !stat(path, &st) && !S_ISREG(st.st_mode))
		rc = xm_fail(xm, -EINVAL, "%s is no regular file", path);
	if (!rc)
		rc = dump_to(&d, path);
	if (!rc && d.map.partial)
		xm_warn(xm, "the guest has more mappings than a core can list; some memory is at its physical address "
			    "only");
	dump_map_free(&d.map);
	free(d.cpus);
	free(d.head.data);
	return rc;
}

void dump_default_path(const char *name, char *path, size_t size)
{
	time_t now = time(NULL);
	char stamp[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	mkdir("/var/lib/xen", 0755);
	mkdir(DUMP_DIR, 0700);
	snprintf(path, size, DUMP_DIR "/%s-%s.core", name, stamp);
}
