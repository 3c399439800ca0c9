/* SPDX-License-Identifier: GPL-2.0-only */
/* The C library's string functions, as the standard says. */
#ifndef XEN_STRING_H
#define XEN_STRING_H

#include <xen/types.h>

void *memcpy(void *d, const void *s, size_t n);
void *memmove(void *d, const void *s, size_t n);
void *memset(void *d, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *what);
/* Copy at most size-1 bytes and terminate; returns strlen(s). */
size_t strlcpy(char *d, const char *s, size_t size);

#ifndef XEN_HOST_TEST
#define memcpy(d, s, n)	__builtin_memcpy(d, s, n)
#define memset(d, c, n)	__builtin_memset(d, c, n)
#define memcmp(a, b, n)	__builtin_memcmp(a, b, n)
#endif

#endif
