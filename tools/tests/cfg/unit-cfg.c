/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of libcfg: the grammar, the table of keys, disks and cards, and the exact text of messages.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <libcfg.h>

static unsigned int checks, failures;

static void check(bool ok, int line, const char *what)
{
	checks++;
	if (ok)
		return;
	failures++;
	printf("unit-cfg.c:%d: %s\n", line, what);
}

#define CHECK(x)	check((x), __LINE__, #x)

#define BASE	"name = 'g'\nkernel = '/k'\n"

static struct guest_config *guest(const char *text, struct cfg_error *err)
{
	struct guest_config *g = NULL;
	struct cfg_doc *doc;

	if (cfg_parse_text("t.cfg", text, strlen(text), &doc, err))
		return NULL;
	if (cfg_guest(doc, &g, NULL, NULL, err))
		g = NULL;
	cfg_doc_free(doc);
	return g;
}

static void fails(int line, const char *text, const char *want)
{
	struct cfg_error err = { "(no message)" };
	struct guest_config *g = guest(text, &err);

	check(!g, line, "a bad text was accepted");
	checks++;
	if (strcmp(err.text, want)) {
		failures++;
		printf("unit-cfg.c:%d: message \"%s\", wanted \"%s\"\n", line, err.text, want);
	}
	cfg_guest_free(g);
}

#define FAILS(text, want)	fails(__LINE__, text, want)

static void test_syntax_errors(void)
{
	FAILS("name = g\n", "t.cfg:1:8: expected a string in quotes, a number or '[', found a word");
	FAILS("name\n", "t.cfg:1:5: expected '+=' or '=', found the end of the line");
	FAILS("name = 'a' 'b'\n", "t.cfg:1:12: expected the end of the line, found a string in quotes");
	FAILS("\nname = 'a\n", "t.cfg:2:8: the string that begins here is not closed on its line");
	FAILS("name = \"a", "t.cfg:1:8: the string that begins here is not closed");
	FAILS("name = 'a\\q'", "t.cfg:1:10: unknown escape in a string; use \\\\ for a backslash");
	FAILS("disk = [ 'a'\nvif = []\n",
	      "t.cfg:2:1: expected ',' or ']', found a word (the list begins at line 1, column 8)");
	FAILS("disk = [ 'a',\n",
	      "t.cfg:2:1: expected a string in quotes, a number, '[' or ']', found the end of the file "
	      "(the list begins at line 1, column 8)");
	FAILS("memory = 512M\n", "t.cfg:1:10: '512M' is not a number; a string needs quotes");
	FAILS("memory = 99999999999999999999\n", "t.cfg:1:10: '99999999999999999999' is not a number that "
						 "fits in 64 bits; a string needs quotes");
	FAILS("a = { }\n", "t.cfg:1:5: unexpected character '{'");
	FAILS("a = \x01\n", "t.cfg:1:5: unexpected byte 0x01; is this a text file?");
	FAILS("= 3\n", "t.cfg:1:1: expected key = value, found '='");
	FAILS("a = [[[[[1]]]]]\n", "t.cfg:1:6: more than 4 lists inside each other");
	FAILS("a = 1\na += 'x'\n", "t.cfg:2:1: '+=' adds a list to a list or a string to a string");
}

static void test_value_errors(void)
{
	FAILS(BASE "memroy = 1\n", "t.cfg:3:1: unknown key 'memroy'; did you mean 'memory'?");
	FAILS(BASE "frobnicate = 1\n", "t.cfg:3:1: unknown key 'frobnicate'; xm.cfg(5) lists the keys");
	FAILS(BASE "memory = 0\n", "t.cfg:3:10: memory = 0: expected a number from 1 to 16777216");
	FAILS(BASE "memory = 'lots'\n", "t.cfg:3:10: memory: expected a number, found 'lots'");
	FAILS(BASE "memory = []\n", "t.cfg:3:10: memory: expected a number, found a list");
	FAILS("name = 3\nkernel = 'k'", "t.cfg:1:8: name: expected a string in quotes, found a number");
	FAILS(BASE "on_crash = 'explode'\n", "t.cfg:3:12: on_crash = \"explode\": expected destroy, restart, "
	      "rename-restart, preserve, coredump-destroy or coredump-restart");
	FAILS(BASE "type = 'hvm'\n", "t.cfg:3:8: type = \"hvm\": expected pv, linux or generic");
	FAILS("kernel = '/k'\n", "t.cfg:1:1: no name; expected name = \"...\"");
	FAILS("name = 'g'\n", "t.cfg:1:1: no kernel; expected kernel = \"/path\", or bootloader = \"guestboot\"");
	FAILS(BASE "bootloader = 'guestboot'\n",
	      "t.cfg:3:14: bootloader excludes kernel and ramdisk: they come out of the disk");
	FAILS("name = 'g'\nbootloader = 'pygrub'\n",
	      "t.cfg:2:14: bootloader needs a disk to take the kernel from");
	FAILS(BASE "bootentry = '1'\n", "t.cfg:3:13: bootentry needs bootloader = \"guestboot\"");
	FAILS("name = 'g'\nbootloader = '/x'\n",
	      "t.cfg:2:14: bootloader = \"/x\": expected none, guestboot or pygrub");
	FAILS("name = 'a/b'\nkernel='/k'", "t.cfg:1:8: name \"a/b\": expected letters, digits, '.', '_', '+' "
					   "or '-'");
	FAILS("name = '12'\nkernel='/k'",
	      "t.cfg:1:8: name \"12\": a name of digits alone would be taken for a domain's number");
	FAILS(BASE "memory = 128\nmaxmem = 64\n", "t.cfg:4:10: maxmem = 64 is less than memory = 128");
	FAILS(BASE "cmdline = 'a'\nroot = 'b'\n",
	      "t.cfg:3:11: cmdline excludes root and extra: write all in one");
	FAILS(BASE "uuid = '1234'\n",
	      "t.cfg:3:8: uuid: expected 32 hex digits, like 12345678-9abc-def0-1234-56789abcdef0");
	FAILS(BASE "cpus = '3-1'\n",
	      "t.cfg:3:8: cpus: '3-1' is no set of CPUs; expected all, 0-3,5 or 0-7,^2 (below 1024)");
	FAILS(BASE "cpus = '1,^1'\n", "t.cfg:3:8: cpus: '1,^1': a set of CPUs must not be empty");
}

static void test_device_errors(void)
{
	FAILS(BASE "disk = 'file:/a,xvda,w'\n",
	      "t.cfg:3:8: disk: expected a list like [ 'file:/path,xvda,w' ], found a string");
	FAILS(BASE "disk = [\n 'file:/a,xyz,w' ]\n",
	      "t.cfg:4:2: disk: 'xyz' is no device name for a guest; expected xvda, xvda1, sda, ...");
	FAILS(BASE "disk = ['file:/a,xvda,x']\n",
	      "t.cfg:3:9: disk: access 'x': expected r, w or w! (written by several guests)");
	FAILS(BASE "disk = ['file:/a']\n",
	      "t.cfg:3:9: disk: a disk needs the guest's device name: 'file:/path,xvda,w'");
	FAILS(BASE "disk = ['file:a,xvda,w']\n", "t.cfg:3:9: disk: 'a' is not a full path");
	FAILS(BASE "disk = ['file:/a,xvda,w', 'phy:/b,xvda,r']\n", "t.cfg:3:27: disk: xvda is used twice");
	FAILS(BASE "disk = ['/a,vmdk,xvda,w']\n",
	      "t.cfg:3:9: disk: 'vmdk' is no device name for a guest; expected xvda, xvda1, sda, ...");
	FAILS(BASE "disk = ['format=vdi,vdev=xvda,target=/a']\n",
	      "t.cfg:3:9: disk: format 'vdi' is not supported; expected raw or qcow2");
	FAILS(BASE "disk = ['devtype=floppy,vdev=xvda,target=/a']\n",
	      "t.cfg:3:9: disk: devtype 'floppy': expected disk or cdrom");
	FAILS(BASE "disk = ['vdve=xvda,target=/a']\n",
	      "t.cfg:3:9: disk: field 'vdve' of a disk is not known; did you mean 'vdev'?");
	FAILS(BASE "disk = ['/a,qcow2,xvda,w!']\n",
	      "t.cfg:3:9: disk: a qcow2 image cannot be shared for writing (w!): every writer would keep tables "
	      "of its own; use a raw image");
	FAILS(BASE "vif = ['mac=00:16:3e']\n",
	      "t.cfg:3:8: vif: mac '00:16:3e': expected six pairs of hex digits, "
	      "like 00:16:3e:01:02:03");
	FAILS(BASE "vif = ['mac=01:16:3e:00:00:01']\n",
	      "t.cfg:3:8: vif: mac '01:16:3e:00:00:01': expected six "
	      "pairs of hex digits, like 00:16:3e:01:02:03");
	FAILS(BASE "vif = ['bridge=a;b']\n",
	      "t.cfg:3:8: vif: bridge 'a;b': expected letters, digits, '.', '_' or '-', at most 15");
	FAILS(BASE "vif = ['brigde=br0']\n",
	      "t.cfg:3:8: vif: field 'brigde' of a vif is not known; did you mean 'bridge'?");
	FAILS(BASE "vif = ['xyz=br0']\n", "t.cfg:3:8: vif: field 'xyz' of a vif is not known; expected mac, "
	      "bridge, script, ip, gateway, antispoof, vifname or rate");
	FAILS(BASE "vif = ['mac=00:16:3e:0:0:1', '']\n",
	      "t.cfg:3:8: vif: mac '00:16:3e:0:0:1': expected six pairs of hex digits, like 00:16:3e:01:02:03");
	FAILS(BASE "vif = ['mac=00:16:3e:00:00:01', 'mac=00:16:3E:00:00:01']\n",
	      "t.cfg:3:33: vif: two cards have the same mac");
	FAILS(BASE "vif = ['vifname=a', 'vifname=b', 'vifname=a']\n",
	      "t.cfg:3:34: vif: two cards have the same vifname");
}

static void test_net_errors(void)
{
	FAILS(BASE "vif = ['ip=10.0.0.256']\n", "t.cfg:3:8: vif: ip '10.0.0.256': expected an address like "
	      "10.0.0.2 or 2001:db8::2, or a network like 10.6.0.0/24");
	FAILS(BASE "vif = ['ip=10.0.0.2/24']\n", "t.cfg:3:8: vif: ip '10.0.0.2/24': a network has no bits "
	      "behind its prefix; write 10.0.0.2 for this one address");
	FAILS(BASE "vif = ['ip=$(reboot)']\n", "t.cfg:3:8: vif: ip '$(reboot)': expected an address like "
	      "10.0.0.2 or 2001:db8::2, or a network like 10.6.0.0/24");
	FAILS(BASE "vif = ['ip= ']\n", "t.cfg:3:8: vif: ip: expected an address");
	FAILS(BASE "disk = ['file:/srv/b\xe4r.img,xvda,w']\n", "t.cfg:3:9: the string that begins here is not UTF-8");
	FAILS(BASE "root = \"\xc3\"\n", "t.cfg:3:8: the string that begins here is not UTF-8");
	FAILS(BASE "root = '\xc0\xaf'\n", "t.cfg:3:8: the string that begins here is not UTF-8");
	FAILS(BASE "root = '\xed\xa0\x80'\n", "t.cfg:3:8: the string that begins here is not UTF-8");
	FAILS(BASE "root = '\xf4\x90\x80\x80'\n", "t.cfg:3:8: the string that begins here is not UTF-8");
	FAILS(BASE "vif = ['gateway=fe80::1']\n",
	      "t.cfg:3:8: vif: gateway 'fe80::1': expected an IPv4 address, like 10.6.0.1");
	FAILS(BASE "vif = ['antispoof=maybe']\n", "t.cfg:3:8: vif: antispoof 'maybe': expected 1 or 0");
	FAILS(BASE "vif = ['script=/bin/sh']\n",
	      "t.cfg:3:8: vif: script '/bin/sh': expected the name of a file in /etc/xen/scripts/");
	FAILS(BASE "vif = ['script=/etc/xen/scripts/../x']\n",
	      "t.cfg:3:8: vif: script '/etc/xen/scripts/../x': expected the name of a file in /etc/xen/scripts/");
	FAILS(BASE "vif = ['script=vif-route']\n",
	      "t.cfg:3:8: vif: script vif-route needs the guest's address: ip=...");
	FAILS(BASE "vif = ['script=vif-nat,ip=10.0.0.2,bridge=br0']\n",
	      "t.cfg:3:8: vif: script vif-nat and bridge=br0 exclude each other");
	FAILS(BASE "vif = ['script=/etc/xen/scripts/vif-nat,ip=2001:db8::1']\n",
	      "t.cfg:3:8: vif: script vif-nat translates IPv4 only; give IPv6 addresses with "
	      "vif-route");
	FAILS(BASE "vif = ['rate=10Mb']\n",
	      "t.cfg:3:8: vif: rate '10Mb': expected a rate like 10Mb/s, 1MB/s or 250KB/s@20ms");
}

static void test_ip(void)
{
	static const struct {
		const char *text, *out;
	} good[] = {
		{ "10.0.0.2", "10.0.0.2" },	{ "10.0.0.2/32", "10.0.0.2" },
		{ "10.6.0.0/24", "10.6.0.0/24" }, { "2001:DB8:0:0::2", "2001:db8::2" },
		{ "2001:db8::/64", "2001:db8::/64" }, { "fe80::1/128", "fe80::1" },
	};
	static const char *const bad[] = {
		"", "10", "10.0.0", "10.0.0.02x", "10.0.0.2/", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0.2/+8",
		"::1/129", "1:2:3:4:5:6:7", "10.0.0.2;x", "[::1]",
		"2001:0db8:0000:0000:0000:0000:0000:0000:0000:0000:0000/64",
	};
	struct cfg_error err;
	char out[CFG_IP_MAX];
	int family;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check(!cfg_parse_ip(good[i].text, out, &family, &err) && !strcmp(out, good[i].out), __LINE__,
		      good[i].text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(cfg_parse_ip(bad[i], out, &family, &err) == -EINVAL, __LINE__, bad[i]);
}

static void test_new_fields(void)
{
	struct cfg_error err;
	struct guest_config *g = guest(BASE "disk = [ 'tap:qcow2:/a.qcow2,xvda,w', '/b,qcow2,xvdb,r', "
				       "'format=qcow2,vdev=xvdc:cdrom,target=/c', '/d,raw,xvdd', "
				       "'tap:aio:/e,xvde,w', 'tap2:aio:/f,xvdf,r', 'tap:/g,xvdg,w' ]\n"
				       "vif = [ 'ip=10.6.0.2 2001:DB8::2  10.7.0.0/16,antispoof=yes,gateway=10.6.0.1,"
				       "script=vif-route' ]\n", &err);

	CHECK(g && g->nr_disks == 7 && g->nr_vifs == 1);
	if (!g)
		return;
	CHECK(g->disk[0].format == FORMAT_QCOW2 && g->disk[0].kind == DISK_ANY && g->disk[0].writable);
	CHECK(g->disk[1].format == FORMAT_QCOW2 && !g->disk[1].writable);
	CHECK(g->disk[2].format == FORMAT_QCOW2 && g->disk[2].cdrom && g->disk[3].format == FORMAT_RAW);
	for (unsigned int i = 4; i < 7; i++)
		CHECK(g->disk[i].format == FORMAT_RAW && g->disk[i].kind == DISK_FILE && g->disk[i].target[0] == '/');
	CHECK(!strcmp(g->vif[0].ip, "10.6.0.2 2001:db8::2 10.7.0.0/16") && g->vif[0].antispoof);
	CHECK(!strcmp(g->vif[0].gateway, "10.6.0.1") && cfg_vif_routed(&g->vif[0]));
	cfg_guest_free(g);
}

static void test_defaults(void)
{
	struct cfg_error err;
	struct guest_config *g = guest(BASE, &err);

	CHECK(g != NULL);
	if (!g)
		return;
	CHECK(!strcmp(g->name, "g") && !strcmp(g->kernel, "/k") && !g->ramdisk);
	CHECK(g->memory_mb == 128 && g->maxmem_mb == 128 && g->vcpus == 1 && g->maxvcpus == 1);
	CHECK(g->on_poweroff == ACTION_DESTROY && g->on_reboot == ACTION_RESTART);
	CHECK(g->on_crash == ACTION_DESTROY && !g->has_uuid && !g->cpus.nr);
	cfg_guest_free(g);
}

/* Names and forms of other toolstacks. */
static void test_aliases(void)
{
	static const char *const loaders[] = { "pygrub", "/usr/bin/pygrub", "/usr/lib/xen-4.17/bin/pygrub", "/usr/sbin/guestboot" };
	struct cfg_error err = { "" };
	struct guest_config *g = guest(BASE "cap = 50\ncpus_soft = ['0', '1-2']\nevent_channels = 200\n", &err);
	char text[200];

	CHECK(g && g->cpu_cap == 50 && g->max_event_channels == 200 && !g->cpus.nr);
	CHECK(g && g->cpus_soft.nr == 2 && g->cpus_soft.set[1].bits[0] == 6);
	cfg_guest_free(g);
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		snprintf(text, sizeof(text), "name = 'g'\ndisk = ['/a,xvda']\nbootloader = '%s'\n"
			 "bootloader_args = ['-q', '--entry=1>0']\n", loaders[i]);
		g = guest(text, &err);
		check(g && g->bootloader != BOOT_NONE && !strcmp(g->bootentry, "1>0"), __LINE__, loaders[i]);
		cfg_guest_free(g);
	}
	FAILS("name = 'g'\nbootloader = '/usr/bin/pygrub2'\n",
	      "t.cfg:2:14: bootloader = \"/usr/bin/pygrub2\": expected none, guestboot or pygrub");
	FAILS(BASE "bootloader = 1\n", "t.cfg:3:14: bootloader: expected none, guestboot or pygrub, found a number");
	FAILS("name = 'g'\nbootloader_args = ['--kernel=/x']\n",
	      "t.cfg:2:20: bootloader_args: '--kernel=/x': guestboot knows --entry=ENTRY and --quiet");
	FAILS(BASE "cpus_soft = 'x'\n",
	      "t.cfg:3:13: cpus_soft: 'x' is no set of CPUs; expected all, 0-3,5 or 0-7,^2 (below 1024)");
}

static void check_full(const struct guest_config *g)
{
	char *line = cfg_guest_cmdline(g);

	CHECK(line && !strcmp(line, "root=/dev/xvda ro console=hvc0 a=\"b\" \\  quiet"));
	free(line);
	CHECK(g->has_uuid && g->uuid[0] == 0x12 && g->uuid[15] == 0xf0);
	CHECK(g->memory_mb == 256 && g->maxmem_mb == 512 && g->vcpus == 2 && g->maxvcpus == 4);
	CHECK(g->cpus.nr == 3 && g->cpus.set[0].bits[0] == 0xd && g->cpus.set[1].bits[0] == 4);
	CHECK(g->cpu_weight == 512 && g->cpu_cap == 150 && g->tsc_mode == TSC_NATIVE);
	CHECK(g->on_reboot == ACTION_RENAME_RESTART && g->on_crash == ACTION_PRESERVE);
	CHECK(g->nr_disks == 6 && g->nr_vifs == 2);
	if (g->nr_disks == 6) {
		const struct cfg_disk *d = g->disk;

		CHECK(d[0].kind == DISK_FILE && d[0].writable && d[0].devid == 0xca00);
		CHECK(d[1].kind == DISK_PHY && !d[1].writable && d[1].devid == 0xca11);
		CHECK(d[2].kind == DISK_ANY && d[2].shared && !strcmp(d[2].target, "/srv/c.img"));
		CHECK(!d[3].writable && !strcmp(d[3].target, "/srv/d, with comma.img"));
		CHECK(d[4].cdrom && !d[4].writable && d[4].devid == 0x300);
		CHECK(!strcmp(d[5].target, "/dev/sda1") && d[5].devid == 0x810);
	}
	if (g->nr_vifs == 2) {
		CHECK(g->vif[0].has_mac && g->vif[0].mac[5] == 1 && !strcmp(g->vif[0].bridge, "br0"));
		CHECK(!strcmp(g->vif[0].vifname, "demo0") && !g->vif[1].has_mac && !g->vif[1].bridge);
	}
}

static unsigned int warnings;

static void count_warning(void *arg, const char *text)
{
	warnings += !strcmp(text, "line 29: acpi has no effect here");
}

static void test_full(const char *seed)
{
	struct cfg_error err = { "" };
	struct cfg_doc *doc, *again;
	struct guest_config *g;
	char *text = NULL;
	size_t len;
	FILE *f;

	if (cfg_parse_file(seed, &doc, &err)) {
		check(false, __LINE__, err.text);
		return;
	}
	f = open_memstream(&text, &len);
	CHECK(!cfg_write(doc, f));
	fclose(f);
	CHECK(!cfg_parse_text("again", text, len, &again, &err));
	free(text);
	CHECK(!cfg_guest(doc, &g, count_warning, NULL, &err));
	CHECK(warnings == 1);
	check_full(g);
	cfg_guest_free(g);
	CHECK(!cfg_guest(again, &g, NULL, NULL, &err));
	check_full(g);
	cfg_guest_free(g);
	cfg_doc_free(doc);
	cfg_doc_free(again);
}

static void test_antispoof(void)
{
	static const struct {
		const char *spec;
		bool want;
	} rows[] = {
		{ "ip=10.0.0.1", false }, { "ip=10.0.0.1,antispoof=1", true },
		{ "ip=10.0.0.1,script=vif-route", true }, { "script=/etc/xen/scripts/vif-nat,ip=10.0.0.1", true },
		{ "ip=2001:db8::2,script=vif-route,antispoof=0", false },
	};
	struct cfg_error err = { "" };
	struct cfg_vif v;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check(!cfg_parse_vif(rows[i].spec, &v, &err) && v.antispoof == rows[i].want, __LINE__, rows[i].spec);
		cfg_vif_clear(&v);
	}
}

static void test_many_addresses(void)
{
	char spec[1200] = "ip=10.0.0.1";
	struct cfg_error err = { "" };
	struct cfg_vif v;

	/* 16 letters each */
	for (size_t len = strlen(spec); len + 16 <= 3 + CFG_IPS_MAX - 1; len += 16)
		strcat(spec, " 172.16.100.0/24");
	CHECK(!cfg_parse_vif(spec, &v, &err) && strlen(v.ip) + 16 >= CFG_IPS_MAX);
	cfg_vif_clear(&v);
	strcat(spec, " 172.16.100.0/24");
	CHECK(cfg_parse_vif(spec, &v, &err) == -EINVAL);
	CHECK(strstr(err.text, "the addresses of one card take more than 1023 letters"));
}

static void test_override(void)
{
	static const char text[] = BASE "memory = 64\nvif = ['bridge=a']\n";
	struct cfg_error err = { "" };
	struct guest_config *g;
	struct cfg_doc *doc;

	CHECK(!cfg_parse_text("t.cfg", text, strlen(text), &doc, &err));
	CHECK(!cfg_override(doc, "memory=96", &err));
	CHECK(!cfg_override(doc, "name=other-1", &err));
	CHECK(!cfg_override(doc, "extra=a \"b\" \\c", &err));
	CHECK(!cfg_override(doc, "extra+= d", &err));
	CHECK(!cfg_override(doc, "vif=[]", &err));
	CHECK(!cfg_override(doc, "vif+=['bridge=b']", &err));
	CHECK(cfg_override(doc, "vif+=bridge=c", &err) == -EINVAL);
	CHECK(!strcmp(err.text, "command line: 'vif+=bridge=c': '+=' adds a list to a list or a string to a string"));
	CHECK(cfg_override(doc, "extra=\xff", &err) == -EINVAL);
	CHECK(!strcmp(err.text, "command line:1:7: the string that begins here is not UTF-8"));
	CHECK(cfg_override(doc, "nothing", &err) == -EINVAL);
	CHECK(!strcmp(err.text, "'nothing': expected key=value"));
	CHECK(cfg_override(doc, "x=['a", &err) == -EINVAL);
	CHECK(!cfg_guest(doc, &g, NULL, NULL, &err));
	CHECK(g->memory_mb == 96 && !strcmp(g->name, "other-1") && g->nr_vifs == 1 && !strcmp(g->vif[0].bridge, "b"));
	CHECK(!strcmp(g->extra, "a \"b\" \\c d"));
	cfg_guest_free(g);
	CHECK(!cfg_override(doc, "memory=lots", &err));
	CHECK(cfg_guest(doc, &g, NULL, NULL, &err) == -EINVAL);
	CHECK(!strcmp(err.text, "command line: memory: expected a number, found 'lots'"));
	cfg_doc_free(doc);
}

static void test_odd_texts(void)
{
	static const char zero[] = "name = 'a\0b'\n";
	struct cfg_error err = { "" };
	struct cfg_doc *doc;
	char *big = malloc(CFG_MAX_BYTES + 2);

	CHECK(!cfg_parse_text("t", "", 0, &doc, &err));
	CHECK(doc->nr_settings == 0);
	cfg_doc_free(doc);
	CHECK(!cfg_parse_text("t", "# only\r\n;;\n\\\n", 13, &doc, &err));
	cfg_doc_free(doc);
	CHECK(cfg_parse_text("t", zero, sizeof(zero) - 1, &doc, &err) == -EINVAL);
	CHECK(!strcmp(err.text, "t:1:10: a zero byte in a string; is this a text file?"));
	if (big) {
		memset(big, '[', CFG_MAX_BYTES + 1);
		CHECK(cfg_parse_text("t", big, CFG_MAX_BYTES + 1, &doc, &err) == -EFBIG);
		big[0] = 'a';
		big[1] = '=';
		CHECK(cfg_parse_text("t", big, CFG_MAX_BYTES, &doc, &err) < 0);
		free(big);
	}
	CHECK(cfg_parse_file("/nonexistent/x.cfg", &doc, &err) == -ENOENT);
	CHECK(!strcmp(err.text, "/nonexistent/x.cfg: cannot be read: No such file or directory"));
	CHECK(cfg_parse_file("/", &doc, &err) == -EISDIR);
}

static void test_vdev(void)
{
	static const struct {
		const char *name;
		uint32_t devid;
	} good[] = {
		{ "xvda", 51712 }, { "xvda1", 51713 }, { "xvdb", 51728 }, { "xvdp15", 51967 },
		{ "xvdq", 1u << 28 | 16 << 8 }, { "xvda16", 1u << 28 | 16 }, { "xvdaa", 1u << 28 | 26 << 8 },
		{ "sda", 2048 }, { "sdb3", 2067 }, { "hda", 768 }, { "hdb", 832 }, { "51712", 51712 },
		{ "0xca10", 51728 },
	};
	static const char *const bad[] = { "",	  "xvd", "xvda0",  "xvda256", "xvdA",	    "vda",
					   "sdq", "hdc", "xvda1x", "-1",      "0x20000000", "xvdabcd" };
	uint32_t id;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check(!cfg_vdev_number(good[i].name, &id) && id == good[i].devid, __LINE__, good[i].name);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(cfg_vdev_number(bad[i], &id) == -EINVAL, __LINE__, bad[i]);
}

static void test_rate(void)
{
	static const struct {
		const char *text;
		uint64_t bytes;
		unsigned int us;
	} good[] = {
		{ "10Mb/s", 62500, 50000 },	 { "1MB/s", 50000, 50000 },
		{ "250KB/s@20ms", 5000, 20000 }, { "1GB/s@1s", 1000000000, 1000000 },
		{ "800b/s@1s", 100, 1000000 },	 { "1000B/s@1000us", 1, 1000 },
	};
	static const char *const bad[] = {
		"", "10", "Mb/s", "10Mb", "0MB/s", "1b/s", "-1MB/s", "1MB/s@", "1MB/s@0ms", "1MB/s@20",
		"1MB/s@11s", "99999999999GB/s", "1MB/sx",
	};
	uint64_t bytes;
	unsigned int us;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check(!cfg_parse_rate(good[i].text, &bytes, &us) && bytes == good[i].bytes &&
			      us == good[i].us,
		      __LINE__, good[i].text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(cfg_parse_rate(bad[i], &bytes, &us) == -EINVAL, __LINE__, bad[i]);
}

#define ALNUM "abcdefghijklmnopqrstuvwxyz_0123456789"

/* The key stands alone in a line that the manual sets in bold. */
static bool manual_has(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, ".B", 2))
			continue;
		for (const char *p = line; *p && *p != '\n'; p += strspn(p, ALNUM)) {
			p += strcspn(p, ALNUM "\n");
			if (strspn(p, ALNUM) == len && !memcmp(p, key, len))
				return true;
		}
	}
	return false;
}

/* Every key of the table is explained in the manual page. */
static void test_manual(const char *path)
{
	struct cfg_key_info key;
	size_t len = 0;
	char *text = NULL;
	FILE *f = fopen(path, "r");

	CHECK(f != NULL);
	if (!f)
		return;
	CHECK(getdelim(&text, &len, '\0', f) > 0);
	fclose(f);
	for (unsigned int i = 0; cfg_key_info(i, &key); i++) {
		check(text && manual_has(text, key.name), __LINE__, key.name);
	}
	free(text);
}

int main(int argc, char **argv)
{
	test_syntax_errors();
	test_value_errors();
	test_device_errors();
	test_net_errors();
	test_ip();
	test_new_fields();
	test_defaults();
	test_aliases();
	test_full(argc > 1 ? argv[1] : "../tests/cfg/seeds/full.cfg");
	test_antispoof();
	test_many_addresses();
	test_override();
	test_odd_texts();
	test_vdev();
	test_rate();
	test_manual("../../docs/man/xm.cfg.5");
	printf("libcfg: %u checks, %u failed\n", checks, failures);
	return failures != 0;
}
