%code top {
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grammar of a guest configuration file (docs/specs/config.md): settings, one a line.
 */
}

%define api.pure full
%define api.prefix {cfg_yy}
%define parse.error custom
%define parse.lac full
%locations
%param { void *scanner }
%parse-param { struct cfg_parse *ps }

%code requires {
#include "internal.h"
}

%union {
	char *str;
	int64_t num;
	struct cfg_value *value;
}

%code {
#include <errno.h>
#include <stdlib.h>

int cfg_yylex(CFG_YYSTYPE *lval, CFG_YYLTYPE *lloc, void *scanner);
static void cfg_yyerror(CFG_YYLTYPE *loc, void *scanner, struct cfg_parse *ps, const char *msg);
static int store(struct cfg_parse *ps, char *key, CFG_YYLTYPE loc, struct cfg_value *v, bool append);
static struct cfg_value *grow(struct cfg_parse *ps, struct cfg_value *list, struct cfg_value *v);
}

%token <str> T_WORD	"a word"
%token <str> T_STRING	"a string in quotes"
%token <num> T_INT	"a number"
%token T_END		"the end of the line"
%token T_EOF		"the end of the file"
%token T_ADD		"'+='"
%token T_FAILED		"an error"
%token '='		"'='"
%token ','		"','"
%token '['		"'['"
%token ']'		"']'"

%type <value> value items list

%destructor { free($$); } <str>
%destructor { cfg_value_free($$); } <value>

%%

file:	%empty
	| file T_END
	| file setting T_END
	;

setting:
	T_WORD '=' value	{ if (store(ps, $1, @1, $3, false)) YYABORT; }
	| T_WORD T_ADD value	{ if (store(ps, $1, @1, $3, true)) YYABORT; }
	;

value:	T_STRING	{
				$$ = cfg_value_string($1, @1.first_line, @1.first_column);
				if (!$$)
					YYNOMEM;
			}
	| T_INT		{
				$$ = cfg_value_int($1, @1.first_line, @1.first_column);
				if (!$$)
					YYNOMEM;
			}
	| list
	;

list:	'[' ']'		{
				$$ = cfg_value_list(@1.first_line, @1.first_column);
				if (!$$)
					YYNOMEM;
			}
	| '[' items ']'		{ $$ = $2; $$->line = @1.first_line; $$->col = @1.first_column; }
	| '[' items ',' ']'	{ $$ = $2; $$->line = @1.first_line; $$->col = @1.first_column; }
	;

items:	value		{
				$$ = grow(ps, cfg_value_list(@1.first_line, @1.first_column), $1);
				if (!$$)
					YYABORT;
			}
	| items ',' value	{
				$$ = grow(ps, $1, $3);
				if (!$$)
					YYABORT;
			}
	;

%%

static int store(struct cfg_parse *ps, char *key, CFG_YYLTYPE loc, struct cfg_value *v, bool append)
{
	int rc = cfg_doc_set(ps->doc, key, loc.first_line, loc.first_column, v, append);

	if (rc == -EINVAL)
		cfg_fail_at(ps->err, rc, ps->doc->name, loc.first_line, loc.first_column,
			    "'+=' adds a list to a list or a string to a string");
	return ps->rc = rc;
}

/* Takes both; NULL with ps->rc set on failure. */
static struct cfg_value *grow(struct cfg_parse *ps, struct cfg_value *list, struct cfg_value *v)
{
	if (!list) {
		cfg_value_free(v);
		ps->rc = -ENOMEM;
		return NULL;
	}
	if (v->depth + 1 > CFG_MAX_DEPTH) {
		ps->rc = cfg_fail_at(ps->err, -EINVAL, ps->doc->name, v->line, v->col,
				     "more than %d lists inside each other", CFG_MAX_DEPTH);
		cfg_value_free(v);
	} else if (cfg_list_add(list, v)) {
		ps->rc = -ENOMEM;
	}
	if (ps->rc) {
		cfg_value_free(list);
		return NULL;
	}
	return list;
}

/* Only called for exhausted memory or stack: syntax errors go through yyreport_syntax_error(). */
static void cfg_yyerror(CFG_YYLTYPE *loc, void *scanner, struct cfg_parse *ps, const char *msg)
{
	if (!ps->rc)
		ps->rc = cfg_fail_at(ps->err, -ENOMEM, ps->doc->name, loc->first_line,
				     loc->first_column, "%s", msg);
}

/* The expected tokens as "a, b or c"; empty where a setting may begin. */
static void expected(const yypcontext_t *ctx, char *buf, size_t size)
{
	yysymbol_kind_t want[8];
	int n = yypcontext_expected_tokens(ctx, want, 8);
	size_t len = 0;

	buf[0] = '\0';
	for (int i = 0; i < n; i++)
		if (want[i] == YYSYMBOL_T_WORD)
			return;
	for (int i = 0; i < n && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%s", !i ? "" : i == n - 1 ? " or " : ", ",
				yysymbol_name(want[i]));
}

static int yyreport_syntax_error(const yypcontext_t *ctx, void *scanner, struct cfg_parse *ps)
{
	yysymbol_kind_t got = yypcontext_token(ctx);
	CFG_YYLTYPE *loc = yypcontext_location(ctx);
	char want[160], list[64] = "";

	if (ps->rc || got == YYSYMBOL_T_FAILED) {
		if (!ps->rc)
			ps->rc = -ENOMEM;
		return 0;
	}
	expected(ctx, want, sizeof(want));
	if (ps->brackets)
		snprintf(list, sizeof(list), " (the list begins at line %u, column %u)", ps->list_line,
			 ps->list_col);
	ps->rc = cfg_fail_at(ps->err, -EINVAL, ps->doc->name, loc->first_line, loc->first_column,
			     "expected %s, found %s%s", want[0] ? want : "key = value",
			     yysymbol_name(got), list);
	return 0;
}
