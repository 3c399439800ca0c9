/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of libcfg share: the state of one parse, and helpers for values and messages.
 */
#ifndef LIBCFG_INTERNAL_H
#define LIBCFG_INTERNAL_H

#include "libcfg.h"

/** State of one parse; owned by cfg_parse_text(). */
struct cfg_parse {
	struct cfg_doc *doc;
	struct cfg_error *err;
	int rc;				/* first failure */
	unsigned int line, col;		/* where the next token begins */
	unsigned int brackets;		/* open '[' */
	unsigned int list_line, list_col;
	bool sent_end;			/* the closing newline was handed out */
	char *buf;			/* string being read */
	size_t buf_len, buf_size;
	unsigned int str_line, str_col;
	char quote;
};

/** Scanner and grammar over one buffer (lex.l); the result is in ps->doc, ps->rc and ps->err. */
int cfg_scan(struct cfg_parse *ps, const char *text, size_t len);

/* Values. Constructors return NULL without memory; cfg_list_add() frees @v then. */
struct cfg_value *cfg_value_string(char *str, unsigned int line, unsigned int col);
struct cfg_value *cfg_value_int(int64_t num, unsigned int line, unsigned int col);
struct cfg_value *cfg_value_list(unsigned int line, unsigned int col);
int cfg_list_add(struct cfg_value *list, struct cfg_value *v);
void cfg_value_free(struct cfg_value *v);
/* Takes @key and @v whatever happens. */
int cfg_doc_set(struct cfg_doc *doc, char *key, unsigned int line, unsigned int col,
		struct cfg_value *v, bool append);

/** Write a message into @err (which may be NULL) and return @rc. */
__attribute__((format(printf, 3, 4)))
int cfg_fail(struct cfg_error *err, int rc, const char *fmt, ...);
/** The same with "file:line:column: " in front. */
__attribute__((format(printf, 6, 7)))
int cfg_fail_at(struct cfg_error *err, int rc, const char *file, unsigned int line, unsigned int col,
		const char *fmt, ...);

/** Every character is complete, in its shortest form, and one that Unicode has (RFC 3629). */
bool cfg_is_utf8(const char *text);

/** A piece of @text without blanks at its ends. */
struct cfg_slice {
	const char *p;
	size_t len;
};

/** Cut the text before the next @sep off *rest; false when nothing is left. */
bool cfg_cut(const char **rest, char sep, struct cfg_slice *out);
bool cfg_slice_is(struct cfg_slice s, const char *word);
char *cfg_slice_dup(struct cfg_slice s);
/** "field KEY of WHAT is not known", with the nearest of @names or all of them. Returns -EINVAL. */
int cfg_bad_field(struct cfg_error *err, const char *what, struct cfg_slice key, const char *const *names,
		  unsigned int nr);

#endif
