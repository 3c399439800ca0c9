/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Menus as grub-mkconfig writes them, what may go wrong in them, and damaged ones.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "grubcfg.h"

static unsigned int failures;

#define CHECK(cond) do { \
	if (!(cond)) { \
		failures++; \
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
	} \
} while (0)

static const char usual[] =
	"# made by grub-mkconfig\n"
	"if [ -s $prefix/grubenv ]; then\n  load_env\nfi\n"
	"if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\n   set next_entry=\n"
	"else\n   set default=\"1>disk two\"\nfi\n"
	"function load_video {\n  if [ x$a = xy ]; then\n    insmod all_video\n  fi\n"
	"  menuentry 'not this' {\n linux /wrong\n }\n}\n"
	"set kernelopts=\"root=/dev/sda1 ro\"\n"
	"menuentry 'First of \"all\"' --class debian $menuentry_id_option 'first-id' {\n"
	"\tload_video\n\tinsmod gzio\n\tif [ x$feature = xy ]; then set root='hd0,msdos1'; fi\n"
	"\techo\t'Loading ...'\n"
	"\tlinux\t/boot/vmlinuz-1 root=UUID=12-34 ro  quiet \\\n splash=\"a b\"\n"
	"\tinitrd\t/boot/early.img /boot/initrd-1\n}\n"
	"submenu \"Advanced\" --id adv {\n"
	"\tmenuentry 'one' { linuxefi /k1 ${kernelopts} $unknown x\n initrdefi /i1\n }\n"
	"\tmenuentry 'two' --id 'disk two' {\n\t\tlinux16 /k2\n\t}\n"
	"}\n"
	"menuentry 'With a hypervisor' {\n multiboot2 /boot/xen\n module2 /boot/vmlinuz placeholder\n}\n"
	"menuentry \"last\" { linux /k3 a; initrd /i3; }\n";

static void test_usual(void)
{
	struct grub_menu m;
	const struct grub_entry *e;

	CHECK(!grub_parse(usual, sizeof(usual) - 1, &m));
	CHECK(m.nr == 6);
	CHECK(!strcmp(m.chosen, "1>disk two") && !m.saved);
	e = grub_find(&m, "0");
	CHECK(e && !strcmp(e->title, "First of \"all\"") && !strcmp(e->id, "first-id"));
	CHECK(e && !strcmp(e->kernel, "/boot/vmlinuz-1"));
	CHECK(e && !strcmp(e->args, "root=UUID=12-34 ro quiet splash=a b"));
	CHECK(e && e->nr_initrds == 2 && !strcmp(e->initrd[1], "/boot/initrd-1"));
	CHECK(grub_find(&m, "first-id") == e && grub_find(&m, "First of \"all\"") == e);
	e = grub_find(&m, m.chosen);
	CHECK(e && !strcmp(e->kernel, "/k2") && !e->nr_initrds && e->number == 1);
	CHECK(e && e == grub_find(&m, "Advanced>1") && e == grub_find(&m, "adv>two"));
	e = grub_find(&m, "1>0");
	CHECK(e && !strcmp(e->args, "root=/dev/sda1 ro x") && !strcmp(e->initrd[0], "/i1"));
	CHECK(!grub_find(&m, "9") && !grub_find(&m, "1>9") && !grub_find(&m, "not this") && !grub_find(&m, ""));
	/* What boots no Linux itself is stepped over. */
	e = grub_first(&m, grub_find(&m, "2"));
	CHECK(e && !strcmp(e->title, "last") && !strcmp(e->kernel, "/k3") && !strcmp(e->initrd[0], "/i3"));
	grub_free(&m);
}

static void test_saved(void)
{
	static const char text[] = "set default=\"${saved_entry}\"\nmenuentry a {\nlinux /k\n}\n";
	static const char env[] = "# GRUB Environment Block\nsaved_entry=abc\nother=\n######";
	struct grub_menu m;
	char value[16];

	CHECK(!grub_parse(text, sizeof(text) - 1, &m));
	CHECK(m.saved && m.nr == 1);
	grub_free(&m);
	CHECK(grub_env(env, sizeof(env) - 1, "saved_entry", value, sizeof(value)) && !strcmp(value, "abc"));
	CHECK(!grub_env(env, sizeof(env) - 1, "other", value, sizeof(value)));
	CHECK(!grub_env(env, sizeof(env) - 1, "saved", value, sizeof(value)));
	CHECK(!grub_env("saved_entry=0123456789abcdef\n", 29, "saved_entry", value, sizeof(value)));
}

/* Things that do not fit: the entry is there, and is not used. */
static void test_too_long(void)
{
	struct grub_menu m;
	char text[8192];
	int n = snprintf(text, sizeof(text), "menuentry a {\nlinux /k ");

	memset(text + n, 'x', 1500);
	strcpy(text + n + 1500, "\n}\nmenuentry b {\nlinux /k2 a\x01\x1b[2J \302\2332J\377 gr\303\274n\n}\n");
	CHECK(!grub_parse(text, strlen(text), &m));
	CHECK(m.nr == 2 && m.entry[0].too_long && !strcmp(m.entry[1].args, "a??[2J ??2J? gr\303\274n"));
	CHECK(grub_first(&m, NULL) == &m.entry[1]);
	grub_free(&m);
	n = snprintf(text, sizeof(text), "menuentry a {\nlinux /k");
	for (int i = 0; i < 600; i++)
		n += snprintf(text + n, sizeof(text) - n, " abcdef");
	strcpy(text + n, "\n}\n");
	CHECK(!grub_parse(text, strlen(text), &m) && m.nr == 1 && m.entry[0].too_long && !grub_first(&m, NULL));
	grub_free(&m);
}

static void test_many(void)
{
	struct grub_menu m;
	char *text = malloc(1 << 16);
	int n = 0;

	for (int i = 0; i < 400; i++)
		n += sprintf(text + n, "menuentry e%d {\nlinux /k\n}\n", i);
	CHECK(!grub_parse(text, n, &m) && m.nr == GRUB_MAX_ENTRIES && grub_find(&m, "e255"));
	grub_free(&m);
	n = 0;
	for (int i = 0; i < 5000; i++)
		n += sprintf(text + n, "submenu s {\n");
	CHECK(!grub_parse(text, n, &m) && m.nr < GRUB_MAX_DEPTH);
	grub_free(&m);
	n = 0;
	for (int i = 0; i < 20; i++)
		n += sprintf(text + n, "x {\n");
	for (int i = 0; i < 20; i++)
		n += sprintf(text + n, "}\n");
	n += sprintf(text + n, "}\n}\nmenuentry a {\nlinux /k\n}\n");
	CHECK(!grub_parse(text, n, &m) && m.nr == 1 && grub_first(&m, NULL));
	grub_free(&m);
	free(text);
}

/* Cut anywhere, changed anywhere: the sanitizers watch. */
static void test_damage(void)
{
	static const char odd[] = "{}'\"\\$;\n# >\0=\xff";
	uint32_t seed = 1;
	struct grub_menu m;

	for (size_t len = 0; len < sizeof(usual); len++) {
		char *text = malloc(len ? len : 1);

		memcpy(text, usual, len);
		CHECK(!grub_parse(text, len, &m));
		grub_find(&m, m.chosen);
		grub_free(&m);
		for (int i = 0; i < 8 && len; i++) {
			seed = seed * 1664525 + 1013904223;
			text[(seed >> 8) % len] = odd[(seed >> 4) % sizeof(odd)];
			CHECK(!grub_parse(text, len, &m));
			grub_first(&m, grub_find(&m, m.chosen));
			grub_free(&m);
		}
		free(text);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "usual", test_usual }, { "saved", test_saved }, { "too-long", test_too_long }, { "many", test_many },
	{ "damage", test_damage },
};

int main(void)
{
	unsigned int all = 0;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		failures = 0;
		tests[i].run();
		printf("%s guestboot/%s\n", failures ? "FAIL" : "PASS", tests[i].name);
		all += failures;
	}
	return all != 0;
}
