/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's command line: words `name`, `no-name`, `name=value`, matched with the rows that modules registered. */
#include <xen/boot_info.h>
#include <xen/errno.h>
#include <xen/lib.h>

extern const struct kernel_param __start_params[], __stop_params[];
char saved_cmdline[1024];

static int __init parse_bool(const char *v)
{
	static const char *const yes[] = { "", "1", "yes", "on", "true", "enable" };
	static const char *const no[] = { "0", "no", "off", "false", "disable" };

	for (unsigned int i = 0; i < ARRAY_SIZE(yes); i++)
		if (!strcmp(v, yes[i]))
			return 1;
	for (unsigned int i = 0; i < ARRAY_SIZE(no); i++)
		if (!strcmp(v, no[i]))
			return 0;
	return -EINVAL;
}

static void __init store_int(const struct kernel_param *p, u64 v)
{
	memcpy(p->var, &v, min_t(unsigned int, p->len, sizeof(v)));
}

static int __init set_param(const struct kernel_param *p, const char *value, bool negated)
{
	const char *end = "";
	int b;

	switch (p->type) {
	case PARAM_str:
		strlcpy(p->var, value, p->len);
		break;
	case PARAM_int:
		store_int(p, simple_strtoul(value, &end, 0));
		break;
	case PARAM_size:
		store_int(p, parse_size(value, &end));
		break;
	case PARAM_bool:
		b = parse_bool(value);
		if (b < 0)
			return b;
		store_int(p, negated ? !b : b);
		break;
	case PARAM_custom:
		return p->fn(negated ? "no" : value);
	}
	return *end ? -EINVAL : 0;
}

static void __init one_word(char *word)
{
	char *eq = strchr(word, '='), *value = eq ? eq + 1 : word + strlen(word);
	bool negated = !strncmp(word, "no-", 3), found = false;

	if (eq)
		*eq = 0;
	for (const struct kernel_param *p = __start_params; p < __stop_params; p++) {
		bool exact = !strcmp(p->name, word);

		if (!exact && !(negated && !strcmp(p->name, word + 3)))
			continue;
		found = true;
		if (set_param(p, value, !exact))
			printk(XENLOG_WARNING "command line: bad value '%s' of '%s', ignored\n", value, word);
	}
	if (!found)
		printk(XENLOG_WARNING "command line: unknown parameter '%s'\n", word);
}

void __init cmdline_parse(const char *cmdline)
{
	static char buf[sizeof(saved_cmdline)] __initdata;
	char *p = buf;

	strlcpy(saved_cmdline, cmdline, sizeof(saved_cmdline));
	strlcpy(buf, cmdline, sizeof(buf));
	while (*p) {
		char *word;

		while (*p == ' ')
			p++;
		word = p;
		while (*p && *p != ' ')
			p++;
		if (*p)
			*p++ = 0;
		if (*word)
			one_word(word);
	}
}
