/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Documents: reading a file, values, settings, overrides, and writing them back.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

struct cfg_value *cfg_value_list(unsigned int line, unsigned int col)
{
	struct cfg_value *v = calloc(1, sizeof(*v));

	if (v) {
		v->kind = CFG_LIST;
		v->depth = 1;
		v->line = line;
		v->col = col;
	}
	return v;
}

/* Takes @str even on failure. */
struct cfg_value *cfg_value_string(char *str, unsigned int line, unsigned int col)
{
	struct cfg_value *v = cfg_value_list(line, col);

	if (!v) {
		free(str);
		return NULL;
	}
	v->kind = CFG_STRING;
	v->depth = 0;
	v->str = str;
	return v;
}

struct cfg_value *cfg_value_int(int64_t num, unsigned int line, unsigned int col)
{
	struct cfg_value *v = cfg_value_list(line, col);

	if (v) {
		v->kind = CFG_INT;
		v->depth = 0;
		v->num = num;
	}
	return v;
}

int cfg_list_add(struct cfg_value *list, struct cfg_value *v)
{
	struct cfg_value **p = realloc(list->item, (list->nr_items + 1) * sizeof(*p));

	if (!p) {
		cfg_value_free(v);
		return -ENOMEM;
	}
	list->item = p;
	list->item[list->nr_items++] = v;
	if (list->depth < v->depth + 1)
		list->depth = v->depth + 1;
	return 0;
}

void cfg_value_free(struct cfg_value *v)
{
	if (!v)
		return;
	for (unsigned int i = 0; i < v->nr_items; i++)
		cfg_value_free(v->item[i]);
	free(v->item);
	free(v->str);
	free(v);
}

static struct cfg_setting *find(const struct cfg_doc *doc, const char *key)
{
	for (unsigned int i = 0; i < doc->nr_settings; i++)
		if (!strcmp(doc->setting[i].key, key))
			return &doc->setting[i];
	return NULL;
}

const struct cfg_value *cfg_lookup(const struct cfg_doc *doc, const char *key)
{
	const struct cfg_setting *s = find(doc, key);

	return s ? s->value : NULL;
}

/* Append @v to @old; takes @v. */
static int append_value(struct cfg_value *old, struct cfg_value *v)
{
	int rc = 0;

	if (old->kind != v->kind || old->kind == CFG_INT) {
		rc = -EINVAL;
	} else if (old->kind == CFG_STRING) {
		size_t len = strlen(old->str), more = strlen(v->str);
		char *p = realloc(old->str, len + more + 1);

		if (p)
			memcpy(p + len, v->str, more + 1);
		else
			rc = -ENOMEM;
		old->str = p ? p : old->str;
	} else {
		for (unsigned int i = 0; !rc && i < v->nr_items; i++) {
			rc = cfg_list_add(old, v->item[i]);
			v->item[i] = NULL;
		}
	}
	cfg_value_free(v);
	return rc;
}

int cfg_doc_set(struct cfg_doc *doc, char *key, unsigned int line, unsigned int col,
		struct cfg_value *v, bool append)
{
	struct cfg_setting *s = find(doc, key), *p;

	if (s) {
		free(key);
		if (append)
			return append_value(s->value, v);
		cfg_value_free(s->value);
		s->value = v;
		s->line = line;
		s->col = col;
		return 0;
	}
	p = realloc(doc->setting, (doc->nr_settings + 1) * sizeof(*p));
	if (!p) {
		free(key);
		cfg_value_free(v);
		return -ENOMEM;
	}
	doc->setting = p;
	p[doc->nr_settings++] = (struct cfg_setting){ .key = key, .line = line, .col = col, .value = v };
	return 0;
}

void cfg_doc_free(struct cfg_doc *doc)
{
	if (!doc)
		return;
	for (unsigned int i = 0; i < doc->nr_settings; i++) {
		free(doc->setting[i].key);
		cfg_value_free(doc->setting[i].value);
	}
	free(doc->setting);
	free(doc->name);
	free(doc);
}

/* Read all of @f, at most CFG_MAX_BYTES. */
static int slurp(FILE *f, char **out, size_t *len)
{
	size_t size = 4096, got = 0;
	char *buf = malloc(size), *p;

	while (buf) {
		got += fread(buf + got, 1, size - got, f);
		if (got < size)
			break;
		if (size >= CFG_MAX_BYTES * 2)
			break;
		size *= 2;
		p = realloc(buf, size);
		if (!p) {
			free(buf);
			buf = NULL;
		} else {
			buf = p;
		}
	}
	if (!buf)
		return -ENOMEM;
	*out = buf;
	*len = got;
	if (ferror(f))
		return errno ? -errno : -EIO;
	return got > CFG_MAX_BYTES ? -EFBIG : 0;
}

int cfg_parse_file(const char *path, struct cfg_doc **out, struct cfg_error *err)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t len = 0;
	int rc;

	if (!f) {
		rc = -errno;
		return cfg_fail(err, rc, "%s: cannot be read: %s", path, strerror(-rc));
	}
	rc = slurp(f, &text, &len);
	fclose(f);
	if (rc == -EFBIG)
		cfg_fail(err, rc, "%s: longer than %u bytes; this is no guest configuration", path,
			 CFG_MAX_BYTES);
	else if (rc)
		cfg_fail(err, rc, "%s: cannot be read: %s", path, strerror(-rc));
	else
		rc = cfg_parse_text(path, text, len, out, err);
	free(text);
	return rc;
}

/* A value that the grammar would not take as it stands is a string on the command line. */
static bool needs_quotes(const char *value)
{
	size_t digits = strspn(value, "0123456789");

	return *value != '"' && *value != '\'' && *value != '[' && (!digits || value[digits]);
}

static char *quoted(const char *key, size_t key_len, const char *value)
{
	char *text = malloc(key_len + 2 * strlen(value) + 4), *p = text;

	if (!text)
		return NULL;
	memcpy(p, key, key_len);
	p += key_len;
	*p++ = '=';
	*p++ = '"';
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			*p++ = '\\';
		*p++ = *value;
	}
	*p++ = '"';
	*p = '\0';
	return text;
}

/* Line 0 stands for the command line. */
static void place(struct cfg_value *v, unsigned int line, unsigned int col)
{
	v->line = line;
	v->col = col;
	for (unsigned int i = 0; i < v->nr_items; i++)
		place(v->item[i], line, col);
}

int cfg_override(struct cfg_doc *doc, const char *assignment, struct cfg_error *err)
{
	const char *eq = strchr(assignment, '=');
	struct cfg_doc *extra;
	char *text;
	int rc;

	if (!eq || eq == assignment)
		return cfg_fail(err, -EINVAL, "'%.80s': expected key=value", assignment);
	text = needs_quotes(eq + 1) ? quoted(assignment, eq - assignment, eq + 1) : strdup(assignment);
	if (!text)
		return -ENOMEM;
	rc = cfg_parse_text("command line", text, strlen(text), &extra, err);
	free(text);
	if (rc)
		return rc;
	for (unsigned int i = 0; !rc && i < extra->nr_settings; i++) {
		struct cfg_setting *s = &extra->setting[i];

		place(s->value, 0, 0);
		rc = cfg_doc_set(doc, s->key, 0, 0, s->value, !i && eq[-1] == '+');
		s->key = NULL;
		s->value = NULL;
	}
	if (rc == -EINVAL)
		cfg_fail(err, rc, "command line: '%.80s': '+=' adds a list to a list or a string to a string", assignment);
	cfg_doc_free(extra);
	return rc;
}

static void write_string(FILE *f, const char *s)
{
	static const char special[] = "\n\t\r\\\"", letter[] = "ntr\\\"";

	fputc('"', f);
	for (; *s; s++) {
		const char *at = strchr(special, *s);

		if (at)
			fputc('\\', f);
		fputc(at ? letter[at - special] : *s, f);
	}
	fputc('"', f);
}

static void write_value(FILE *f, const struct cfg_value *v)
{
	switch (v->kind) {
	case CFG_STRING:
		write_string(f, v->str);
		break;
	case CFG_INT:
		fprintf(f, "%lld", (long long)v->num);
		break;
	case CFG_LIST:
		fputs("[ ", f);
		for (unsigned int i = 0; i < v->nr_items; i++) {
			write_value(f, v->item[i]);
			fputs(", ", f);
		}
		fputc(']', f);
		break;
	}
}

int cfg_write(const struct cfg_doc *doc, FILE *f)
{
	for (unsigned int i = 0; i < doc->nr_settings; i++) {
		fprintf(f, "%s = ", doc->setting[i].key);
		write_value(f, doc->setting[i].value);
		fputc('\n', f);
	}
	return fflush(f) || ferror(f) ? -EIO : 0;
}
