/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket spinlocks, recursive variant, and reader-writer locks.
 * Locks may be taken with interrupts on or off, but always in one of the two ways for one lock (debug builds check).
 * The order in which they nest is in docs/locking.md.
 */
#ifndef XEN_SPINLOCK_H
#define XEN_SPINLOCK_H

#include <xen/types.h>

typedef struct {
	u16 head, tail;		/* now serving, next ticket */
	u16 cpu;		/* owner + 1, 0: none (recursive and debug use) */
	u16 depth;		/* nesting of the recursive form */
} spinlock_t;

#define SPIN_LOCK_UNLOCKED	{ 0, 0, 0, 0 }
#define DEFINE_SPINLOCK(n)	spinlock_t n = SPIN_LOCK_UNLOCKED
#define spin_lock_init(l)	(*(l) = (spinlock_t)SPIN_LOCK_UNLOCKED)

void spin_lock(spinlock_t *l);
void spin_unlock(spinlock_t *l);
bool spin_trylock(spinlock_t *l);
void spin_lock_irq(spinlock_t *l);
void spin_unlock_irq(spinlock_t *l);
unsigned long __spin_lock_irqsave(spinlock_t *l);
void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags);
#define spin_lock_irqsave(l, f)	((f) = __spin_lock_irqsave(l))
bool spin_is_locked(const spinlock_t *l);
/* May be taken again by the CPU that holds it. Do not mix with the plain form on one lock without need. */
void spin_lock_recursive(spinlock_t *l);
void spin_unlock_recursive(spinlock_t *l);

typedef struct { int v; } rwlock_t;	/* >0 readers, -1 a writer */
#define DEFINE_RWLOCK(n)	rwlock_t n = { 0 }
#define rwlock_init(l)		((l)->v = 0)

void read_lock(rwlock_t *l);
void read_unlock(rwlock_t *l);
void write_lock(rwlock_t *l);
void write_unlock(rwlock_t *l);

#endif
