/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The look at qcow2 headers: what is refused, and in which words (a header is its maker's work). The rules that nft
 * gets for anti-spoofing. Which old cores are removed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "conf.h"
#include "device.h"
#include "dump.h"
#include "run.h"
#include "test.h"

/* A good header of version 3 of an image of 1 MiB, to be spoilt. */
static const struct {
	unsigned int at;
	uint8_t byte;
} good[] = {
	{ 0, 'Q' }, { 1, 'F' }, { 2, 'I' }, { 3, 0xfb }, { 7, 3 }, { 23, 16 }, { 29, 0x10 }, { 39, 1 }, { 45, 3 },
	{ 53, 1 }, { 59, 1 }, { 99, 4 }, { 103, 104 },
};

struct spoilt {
	const char *what;
	unsigned int at;
	uint8_t byte;
	int rc;
	const char *says;
};

static const struct spoilt rows[] = {
	{ "good", 103, 104, 0, "" },
	{ "version 2", 7, 2, 0, "" },
	{ "no magic", 3, 0xfa, -EINVAL, "no qcow2 image" },
	{ "version 1", 7, 1, -EINVAL, "version other than 2 and 3" },
	{ "version 2^24", 4, 1, -EINVAL, "version other than 2 and 3" },
	{ "backing file", 15, 200, -EPERM, "names another file ('/etc/sh?dow') as its backing file" },
	{ "backing file beyond the end", 8, 0x7f, -EPERM, "names another file ('') as its backing file" },
	{ "encrypted", 35, 1, -EINVAL, "encrypted" },
	{ "empty", 29, 0, -EINVAL, "size is none" },
	{ "endless", 24, 0xff, -EINVAL, "size is none" },
	{ "corrupt", 79, 2, -EINVAL, "marked as corrupt" },
	{ "data file", 79, 4, -EINVAL, "data in another file" },
	{ "dirty", 79, 1, 0, "" },
	{ "unknown feature", 79, 0x20, -EINVAL, "features that are not known" },
	{ "unknown feature, high", 72, 0x80, -EINVAL, "features that are not known" },
};

static void make_header(uint8_t h[256], const struct spoilt *row)
{
	memset(h, 0, 256);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		h[good[i].at] = good[i].byte;
	memcpy(h + 200, "/etc/sh\033dow", 11);
	h[19] = 11;
	h[row->at] = row->byte;
}

static void put(const char *path, const uint8_t *h, size_t len)
{
	FILE *f = fopen(path, "w");

	check(f && fwrite(h, 1, len, f) == len && !fclose(f), "the image cannot be written");
}

static char *rules;

bool run_find(const char *name)
{
	return true;
}

/* In place of nft: keeps what it is told. */
int run_program(struct xm *xm, struct run *r, int timeout_ms)
{
	if (r->input) {
		free(rules);
		rules = strdup(r->input);
	}
	return 0;
}

static void check_rules(const char *ip, const char *policy, const char *want)
{
	static const uint8_t mac[6] = { 0x00, 0x16, 0x3e, 0x00, 0x00, 0x50 };
	const struct device d = { "vif", 7, 1 };
	char head[400];

	snprintf(head, sizeof(head),
		 "table netdev xm {\n\tchain vif7.1 {\n"
		 "\t\ttype filter hook ingress device \"lan0\" priority 0; policy %s;\n"
		 "\t\tether saddr != 00:16:3e:00:00:50 drop\n\t\tarp saddr ether != 00:16:3e:00:00:50 drop\n", policy);
	check(!antispoof_add(NULL, &d, "lan0", mac, ip), "antispoof_add");
	snprintf(said, sizeof(said), "%s", rules ? rules : "");
	check(rules && !strncmp(rules, head, strlen(head)), "the head of the rules");
	check(rules && strlen(rules) > strlen(head) && !strcmp(rules + strlen(head), want), ip ? ip : "no address");
}

static void test_rules(void)
{
	static const char dhcp[] = "\t\tip saddr 0.0.0.0 udp sport 68 udp dport 67 accept\n";
	char want[1000];

	check_rules(NULL, "accept", "\t}\n}\n");
	snprintf(want, sizeof(want), "\t\tip saddr { 10.0.0.2, 10.6.0.0/24 } accept\n%s"
		 "\t\tarp saddr ip { 0.0.0.0, 10.0.0.2, 10.6.0.0/24 } accept\n\t}\n}\n", dhcp);
	check_rules("10.0.0.2 10.6.0.0/24", "drop", want);
	snprintf(want, sizeof(want), "%s\t\tip6 saddr != { 2001:db8::2, 2001:db8:1::/60, fe80::216:3eff:fe00:50, :: } drop\n"
		 "\t\ticmpv6 type nd-neighbor-advert @th,64,128 0xfe8000000000000002163efffe000050 accept\n"
		 "\t\ticmpv6 type nd-neighbor-advert @th,64,128 0x20010db8000000000000000000000002 accept\n"
		 "\t\ticmpv6 type nd-neighbor-advert @th,64,60 0x020010db80001000 accept\n"
		 "\t\ticmpv6 type { nd-neighbor-advert, nd-router-advert, nd-redirect } drop\n"
		 "\t\tmeta protocol ip6 accept\n\t}\n}\n", dhcp);
	check_rules("2001:db8::2 2001:db8:1::/60", "drop", want);
	snprintf(want, sizeof(want), "%s\t\tip6 saddr != { 8000::/1, 2000::/3, 2001:db8::2/127, "
		 "2001:db8:0:0:8000::/65, fe80::216:3eff:fe00:50, :: } drop\n"
		 "\t\ticmpv6 type nd-neighbor-advert @th,64,128 0xfe8000000000000002163efffe000050 accept\n"
		 "\t\ticmpv6 type nd-neighbor-advert @th,64,1 0x01 accept\n"
		 "\t\ticmpv6 type nd-neighbor-advert @th,64,3 0x01 accept\n"
		 "\t\ticmpv6 type nd-neighbor-advert @th,64,127 0x100086dc000000000000000000000001 accept\n"
		 "\t\ticmpv6 type nd-neighbor-advert @th,64,65 0x0040021b7000000001 accept\n"
		 "\t\ticmpv6 type { nd-neighbor-advert, nd-router-advert, nd-redirect } drop\n"
		 "\t\tmeta protocol ip6 accept\n\t}\n}\n", dhcp);
	check_rules("8000::/1 2000::/3 2001:db8::2/127 2001:db8:0:0:8000::/65", "drop", want);
	free(rules);
}

static const char *const cores[] = {
	"loop-20260101-000003.core", "loop-20260101-000001.core", "loop-20260101-000002.core",
	"a-20200101-000000-20250101-000000.core", "a-20260101-000000.core", "a-20250101-000000.core", "mine.core",
	"a-2025-01-01-00:00:00.core", "loop-20260101-000000.core.Xy12Zw",
};

static void put_cores(const char *folder)
{
	char path[128];

	for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, cores[i]);
		put(path, (const uint8_t *)"core", 4);
	}
}

/* Bit i: cores[i] is there. */
static unsigned int left(const char *folder)
{
	unsigned int bits = 0;
	char path[128];

	for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, cores[i]);
		bits |= !access(path, F_OK) << i;
	}
	return bits;
}

/* Bit i of @old: cores[i] was written long ago. */
static void age(const char *folder, unsigned int old)
{
	const struct timespec times[2] = { { 1000000, 0 }, { 1000000, 0 } };
	char path[128];

	for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, cores[i]);
		if (old >> i & 1)
			utimensat(AT_FDCWD, path, times, 0);
	}
}

static void test_sweep(const char *folder)
{
	unsigned int was = left(folder);
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, cores[8]);
	nr_warnings = 0;
	age(folder, 0xff);
	cores_sweep(NULL, folder);
	check(left(folder) == was, "one that was just begun stays, and so do old whole ones");
	age(folder, 0x1ff);
	fd = open(path, O_RDONLY);
	check(fd >= 0 && !flock(fd, LOCK_EX), "a lock of the core");
	cores_sweep(NULL, folder);
	check(left(folder) == was && !nr_warnings, "one that is being written stays");
	close(fd);
	cores_sweep(NULL, folder);
	check(left(folder) == (was & 0xff) && nr_warnings == 1, "one whose writer is gone goes");
	cores_sweep(NULL, "/nonexistent");
}

static void test_cores(void)
{
	char folder[] = "/tmp/unit-xm-cores.XXXXXX", path[128], conf[64];
	static const struct {
		const char *text, *says;
		unsigned int limit;
	} confs[] = {
		{ "# nothing\n", "", CORE_LIMIT }, { "core_limit = 3\n", "", 3 },
		{ "core_limit = 0\n", "expected a number from 1", CORE_LIMIT },
		{ "core_limit = 'x'\n", ":1:14: core_limit: expected a number", CORE_LIMIT },
		{ "corelimit = 3\n", ":1:1: unknown key 'corelimit'", CORE_LIMIT },
		{ "core_limit = \n", "", CORE_LIMIT }, { "autoballoon = \"off\"\ncore_limit = 2", "", 2 },
		{ "autoballoon = \"maybe\"", ":1:15: autoballoon: expected \"auto\", \"on\"", CORE_LIMIT },
		{ "dom0_memory_min = 0", ":1:19: dom0_memory_min: expected a number of MiB", CORE_LIMIT },
	};

	check(mkdtemp(folder) != NULL, "no folder for cores");
	put_cores(folder);
	nr_warnings = 0;
	snprintf(path, sizeof(path), "%s/%s", folder, cores[1]);
	cores_trim(NULL, folder, 6, path);
	check(left(folder) == 0x1ff && !nr_warnings, "six cores, and six may be");
	cores_trim(NULL, folder, 5, path);
	check(left(folder) == 0x1fb && nr_warnings == 1 && strstr(said, cores[2]), "who has most loses the oldest, not the newest");
	cores_trim(NULL, folder, 2, path);
	check(left(folder) == 0x1d2 && nr_warnings == 4, "those of others, and files of other names, stay");
	cores_trim(NULL, folder, 0, path);
	check(left(folder) == 0x1c2, "the newest stays");
	cores_trim(NULL, "/nonexistent", 1, path);
	test_sweep(folder);
	nr_warnings = 5;
	snprintf(conf, sizeof(conf), "%s/conf", folder);
	check(cores_limit(NULL, conf) == CORE_LIMIT && nr_warnings == 5, "no file of settings");
	for (size_t i = 0; i < sizeof(confs) / sizeof(confs[0]); i++) {
		said[0] = '\0';
		put(conf, (const uint8_t *)confs[i].text, strlen(confs[i].text));
		check(cores_limit(NULL, conf) == confs[i].limit && strstr(said, confs[i].says), confs[i].text);
	}
	check(*said, "a fault in the file of settings is told");
	unlink(conf);
	for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, cores[i]);
		unlink(path);
	}
	check(!rmdir(folder), "nothing else is there");
}

int main(void)
{
	char path[] = "/tmp/unit-xm.XXXXXX";
	const struct cfg_disk d = { .target = path, .vdev = "xvda", .format = FORMAT_QCOW2 };
	int fd = mkstemp(path);
	uint8_t h[256];

	check(fd >= 0, "no file for an image");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		said[0] = '\0';
		make_header(h, &rows[i]);
		put(path, h, sizeof(h));
		check(qcow2_check(NULL, &d) == rows[i].rc && strstr(said, rows[i].says), rows[i].what);
	}
	/* Features of version 3 mean nothing in version 2. */
	make_header(h, &rows[1]);
	h[79] = 0x24;
	put(path, h, sizeof(h));
	check(!qcow2_check(NULL, &d) && qcow2_looks_like(path), "version 2 has no features");
	for (size_t len = 0; len < 72; len += 9) {
		put(path, h, len);
		check(qcow2_check(NULL, &d) == -EINVAL && !qcow2_looks_like(path), "a header that is cut");
	}
	test_rules();
	test_cores();
	unlink(path);
	check(qcow2_check(NULL, &d) == -ENOENT, "no file");
	close(fd);
	return test_end();
}
