/* SPDX-License-Identifier: GPL-2.0-only */
/* Debug keys: pressed on the serial console or sent by a tool, carried out in softirq context. docs/debug-keys.md. */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>

#define NR_KEYS		128
#define QUEUE		64	/* a power of two */

static struct {
	keyhandler_fn fn;
	const char *desc;
} keys[NR_KEYS];				/* written at boot */

static DEFINE_SPINLOCK(queue_lock);		/* interrupts off */
static unsigned char queue[QUEUE];
static unsigned int queue_head, queue_tail;
static struct tasklet key_tasklet;

void register_keyhandler(unsigned char key, keyhandler_fn fn, const char *desc)
{
	ASSERT(key < NR_KEYS && !keys[key].fn);
	keys[key].fn = fn;
	keys[key].desc = desc;
}

static void help(unsigned char key)
{
	printk("Debug keys:\n");
	for (unsigned int i = 0; i < NR_KEYS; i++)
		if (keys[i].fn)
			printk("  %c  %s\n", i, keys[i].desc);
}

static bool next_key(unsigned char *key)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&queue_lock, flags);
	found = queue_head != queue_tail;
	if (found)
		*key = queue[queue_tail++ % QUEUE];
	spin_unlock_irqrestore(&queue_lock, flags);
	return found;
}

static void run_keys(void *unused)
{
	unsigned char key;

	while (next_key(&key)) {
		printk("'%c' pressed: %s\n", key, keys[key].desc);
		keys[key].fn(key);
		process_pending_softirqs();
	}
}

/* Any context. Keys without meaning, and those that come too fast, are dropped. */
void handle_keypress(unsigned char key)
{
	unsigned long flags;

	if (key >= NR_KEYS || !keys[key].fn)
		return;
	spin_lock_irqsave(&queue_lock, flags);
	if (queue_head - queue_tail < QUEUE)
		queue[queue_head++ % QUEUE] = key;
	spin_unlock_irqrestore(&queue_lock, flags);
	tasklet_schedule(&key_tasklet);
}

void keyhandlers_init(void)
{
	tasklet_init(&key_tasklet, run_keys, NULL);
	register_keyhandler('h', help, "this list");
	keyhandlers_register_dumps();
}
