/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket locks. A debug build stops the machine when a lock is released by a CPU that does not hold it, or when a CPU takes one that
 * it holds already.
 */
#include <xen/atomic.h>
#include <xen/lib.h>
#include <xen/smp.h>
#include <xen/spinlock.h>
#include <asm/processor.h>

void spin_lock(spinlock_t *l)
{
	u16 mine;

	ASSERT(READ_ONCE(l->cpu) != smp_processor_id() + 1);
	mine = __atomic_fetch_add(&l->tail, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&l->head, __ATOMIC_ACQUIRE) != mine)
		cpu_relax();
	l->cpu = smp_processor_id() + 1;
}

void spin_unlock(spinlock_t *l)
{
	ASSERT(l->cpu == smp_processor_id() + 1);
	WRITE_ONCE(l->cpu, 0);
	__atomic_store_n(&l->head, l->head + 1, __ATOMIC_RELEASE);
}

bool spin_trylock(spinlock_t *l)
{
	u16 head = READ_ONCE(l->head), tail = head;

	if (!__atomic_compare_exchange_n(&l->tail, &tail, (u16)(head + 1), false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	l->cpu = smp_processor_id() + 1;
	return true;
}

bool spin_is_locked(const spinlock_t *l)
{
	return READ_ONCE(l->head) != READ_ONCE(l->tail);
}

void spin_lock_irq(spinlock_t *l)
{
	ASSERT(local_irq_is_enabled());
	local_irq_disable();
	spin_lock(l);
}

void spin_unlock_irq(spinlock_t *l)
{
	spin_unlock(l);
	local_irq_enable();
}

unsigned long __spin_lock_irqsave(spinlock_t *l)
{
	unsigned long flags;

	local_irq_save(flags);
	spin_lock(l);
	return flags;
}

void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags)
{
	spin_unlock(l);
	local_irq_restore(flags);
}

void spin_lock_recursive(spinlock_t *l)
{
	if (READ_ONCE(l->cpu) != smp_processor_id() + 1)
		spin_lock(l);
	l->depth++;
}

void spin_unlock_recursive(spinlock_t *l)
{
	ASSERT(l->depth > 0);
	if (--l->depth == 0)
		spin_unlock(l);
}

void read_lock(rwlock_t *l)
{
	for (;;) {
		int v = READ_ONCE(l->v);

		if (v >= 0 && cmpxchg(&l->v, v, v + 1) == v)
			return;
		cpu_relax();
	}
}

void read_unlock(rwlock_t *l)
{
	__atomic_fetch_sub(&l->v, 1, __ATOMIC_RELEASE);
}

void write_lock(rwlock_t *l)
{
	while (cmpxchg(&l->v, 0, -1) != 0)
		cpu_relax();
}

void write_unlock(rwlock_t *l)
{
	__atomic_store_n(&l->v, 0, __ATOMIC_RELEASE);
}
