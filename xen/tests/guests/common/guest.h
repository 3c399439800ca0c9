/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test can use. It provides test_title and test_main(); a failed CHECK is printed and counted, and the
 * verdict is the last line on the console: `Test result: SUCCESS`, FAILURE, ERROR (broke down) or SKIP.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdarg.h>
#include "hypercall.h"

#define PAGE_SIZE	4096UL
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define VIRT_BASE	0xffffffff80000000UL
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define UNUSED		__attribute__((__unused__))
#define barrier()	__asm__ volatile ("" ::: "memory")

/* --- the test --- */
extern const char test_title[];
void test_main(void);

extern unsigned test_failures;
#define CHECK(cond, ...)							\
	({									\
		bool ok_ = (cond);						\
		if (!ok_)							\
			report(__LINE__, __VA_ARGS__);				\
		ok_;								\
	})
/* The usual case: a call and what it should return. */
#define EXPECT(call, want)							\
	({									\
		long got_ = (long)(call), want_ = (long)(want);			\
		CHECK(got_ == want_, "%s: got %ld, expected %ld", #call, got_, want_);	\
	})
/* For results where any error will do. */
#define EXPECT_ERROR(call)							\
	({									\
		long got_ = (long)(call);					\
		CHECK(got_ < 0, "%s: got %ld, expected an error", #call, got_);	\
	})
void report(int line, const char *fmt, ...) __attribute__((__format__(__printf__, 2, 3)));
void finish(const char *verdict) __attribute__((__noreturn__));	/* prints the verdict and stops the machine */
void skip(const char *why) __attribute__((__noreturn__));
/* The verdict is in after the guest was crashed for what is done next: printed in advance for the runner. */
void expect_crash(const char *what);

/* --- console.c --- */
int printf(const char *fmt, ...) __attribute__((__format__(__printf__, 1, 2)));
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __attribute__((__format__(__printf__, 3,
											     0)));
int snprintf(char *buf, size_t size, const char *fmt, ...) __attribute__((__format__(__printf__, 3, 4)));
void console_write(const char *text, size_t len);

/* --- string --- */
void *memset(void *to, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
bool contains(const char *text, const char *word);

/* --- start.c --- */
extern struct start_info *start_info;
extern struct shared_info *shared_info;		/* mapped by start_kernel() */
extern const u64 initial_rsp;
extern char hypercall_page[], kernel_end[], boot_stack[];
bool is_dom0(void);
struct vcpu_info *this_vcpu_info(void);		/* of vcpu 0 */
void events_off(void);
void events_on(void);
/* vcpu id starts at fn(arg); 0 or the hypercall's error. */
long start_vcpu(unsigned id, void (*fn)(void *), void *arg);
/* Waits for *word to become non-zero, at most ms milliseconds; false on timeout. */
bool wait_for(volatile u32 *word, unsigned ms);
u64 system_time(void);				/* ns */

#include "trap.h"
#include "pt.h"
#endif
