/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Old cores: those that xm has named itself, NAME-YYYYMMDD-HHMMSS.core, are bounded in number. The guest that has most
 * of them loses its oldest, so that one that crashes again and again does not drive out the others'. One that is being
 * written has six letters more in its name, and is locked.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "conf.h"
#include "dump.h"

#define STAMP_LEN	(sizeof("-20260101-120000.core") - 1)

#define PART_LEN	(sizeof(".XXXXXX") - 1)
#define YOUNG_S		60

struct core {
	char file[256];
	size_t name_len;		/* of the guest's name in it */
	unsigned int same;		/* cores of that guest */
};

/* The length of the guest's name, 0 for what is no core of ours. */
static size_t guest_name(const char *file)
{
	static const char form[] = "-dddddddd-dddddd.core";
	size_t len = strlen(file), at = len - STAMP_LEN;

	if (len <= STAMP_LEN)
		return 0;
	for (size_t i = 0; i < STAMP_LEN; i++)
		if (form[i] == 'd' && i < STAMP_LEN - 5 ? !isdigit((unsigned char)file[at + i]) :
							  file[at + i] != form[i])
			return 0;
	return at;
}

static bool same_guest(const struct core *a, const struct core *b)
{
	return a->name_len == b->name_len && !memcmp(a->file, b->file, a->name_len);
}

static struct core *list_cores(DIR *dir, size_t *nr)
{
	struct core *list = NULL, *more;
	struct dirent *e;
	size_t len;

	*nr = 0;
	while ((e = readdir(dir))) {
		len = guest_name(e->d_name);
		if (!len)
			continue;
		more = realloc(list, (*nr + 1) * sizeof(*list));
		if (!more)
			break;
		list = more;
		memset(&list[*nr], 0, sizeof(*list));
		strcpy(list[*nr].file, e->d_name);
		list[(*nr)++].name_len = len;
	}
	for (size_t i = 0; i < *nr; i++)
		for (size_t j = 0; j < *nr; j++)
			list[i].same += same_guest(&list[i], &list[j]);
	return list;
}

/* Of the guests with most cores the oldest one; never @keep. */
static size_t choose(const struct core *list, size_t nr, const char *keep)
{
	size_t best = nr;

	for (size_t i = 0; i < nr; i++) {
		if (!strcmp(list[i].file, keep))
			continue;
		if (best == nr || list[i].same > list[best].same ||
		    (list[i].same == list[best].same &&
		     strcmp(list[i].file + list[i].name_len, list[best].file + list[best].name_len) < 0))
			best = i;
	}
	return best;
}

static void forget(struct core *list, size_t *nr, size_t which)
{
	struct core gone = list[which];

	list[which] = list[--*nr];
	for (size_t i = 0; i < *nr; i++)
		list[i].same -= same_guest(&list[i], &gone);
}

void cores_trim(struct xm *xm, const char *folder, unsigned int limit, const char *newest)
{
	const char *slash = strrchr(newest, '/');
	DIR *dir = opendir(folder);
	struct core *list;
	size_t nr;

	if (!dir)
		return;
	list = list_cores(dir, &nr);
	while (nr > limit) {
		size_t which = choose(list, nr, slash ? slash + 1 : newest);

		if (which == nr)
			break;
		if (unlinkat(dirfd(dir), list[which].file, 0) && errno != ENOENT)
			xm_warn(xm, "old core %s/%s cannot be removed: %s", folder, list[which].file, strerror(errno));
		else
			xm_warn(xm, "old core %s/%s removed: %u are kept (core_limit in " XM_CONF ")", folder,
				list[which].file, limit);
		forget(list, &nr, which);
	}
	free(list);
	closedir(dir);
}

/* Its writer is gone. Who has just made one may not have locked it yet. */
static bool is_abandoned(int folder, const char *file)
{
	int fd = openat(folder, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool abandoned;

	if (fd < 0)
		return false;
	abandoned = !fstat(fd, &st) && S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > YOUNG_S &&
		    !flock(fd, LOCK_EX | LOCK_NB);
	close(fd);
	return abandoned;
}

void cores_sweep(struct xm *xm, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	char whole[256];
	size_t len;

	while (dir && (e = readdir(dir))) {
		len = strlen(e->d_name);
		if (len <= PART_LEN || e->d_name[len - PART_LEN] != '.')
			continue;
		snprintf(whole, sizeof(whole), "%.*s", (int)(len - PART_LEN), e->d_name);
		if (guest_name(whole) && is_abandoned(dirfd(dir), e->d_name) && !unlinkat(dirfd(dir), e->d_name, 0))
			xm_warn(xm, "unfinished core %s/%s removed: who wrote it was killed", folder, e->d_name);
	}
	if (dir)
		closedir(dir);
}

unsigned int cores_limit(struct xm *xm, const char *conf)
{
	struct conf c;

	conf_read(xm, conf, &c);
	return c.core_limit;
}
