/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's log and console. Lines go to a ring (xm dmesg) and, above the threshold, to the devices. Lines that guests
 * cause have a threshold and a rate limit of their own: no guest can bury the log.
 * Lock: console_lock (interrupts off), innermost of all.
 */
#include <xen/boot_info.h>
#include <xen/console.h>
#include <xen/event.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include "console_internal.h"

static DEFINE_SPINLOCK(console_lock);
DEFINE_PER_CPU(bool, console_in_nmi);
static bool sync_mode;
static bool use_serial, use_vga;

static char opt_console[64] = "com1,vga";
string_param("console", opt_console);
static unsigned long opt_conring_size = 1 << 20;
size_param("conring_size", opt_conring_size);

/* -- thresholds -------------------------------------------------------------------------------------------------- */

static int log_level = 2, guest_log_level = 2;	/* print levels below this one */

static int __init parse_level(const char *s, int *level)
{
	static const char *const names[] = { "none", "error", "warning", "info", "debug" };

	if (!strncmp(s, "all", 3))
		s = "debug";
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(s, names[i], strlen(names[i]))) {
			*level = i;
			return 0;
		}
	return -EINVAL;
}

static int __init parse_loglvl(const char *s)
{
	return parse_level(s, &log_level);
}
custom_param("loglvl", parse_loglvl);

static int __init parse_guest_loglvl(const char *s)
{
	return parse_level(s, &guest_log_level);
}
custom_param("guest_loglvl", parse_guest_loglvl);

/* -- ring ----------------------------------------------------------------------------------------------------------- */

static char early_ring[16 << 10];
static char *ring = early_ring;
static u32 ring_size = sizeof(early_ring);	/* power of two */
static u32 ring_prod, ring_cons;		/* absolute positions; cons: oldest byte kept or not cleared */

static void ring_put(const char *s, size_t n)
{
	for (; n; n--)
		ring[ring_prod++ & (ring_size - 1)] = *s++;
	if (ring_prod - ring_cons > ring_size)
		ring_cons = ring_prod - ring_size;
}

void __init console_init_ring(void)
{
	unsigned int order = get_order_from_pages(max(opt_conring_size, 16UL << 10) / PAGE_SIZE);
	char *mem = alloc_xenheap_pages(min(order, 10u), 0), *old = ring;
	u32 from = ring_cons, to = ring_prod;
	unsigned long flags;

	if (!mem)
		return;
	spin_lock_irqsave(&console_lock, flags);
	ring = mem;
	ring_size = PAGE_SIZE << min(order, 10u);
	ring_cons = ring_prod = 0;
	for (; from != to; from++)
		ring_put(&old[from & (sizeof(early_ring) - 1)], 1);
	spin_unlock_irqrestore(&console_lock, flags);
	printk(XENLOG_INFO "%u KiB of messages are kept\n", ring_size >> 10);
}

size_t console_ring_read(u32 *index, bool incremental, bool clear, char *buf, size_t n)
{
	unsigned long flags;
	size_t got = 0;
	u32 pos;

	spin_lock_irqsave(&console_lock, flags);
	pos = ring_cons;
	if (incremental && (s32)(*index - pos) > 0 && (s32)(ring_prod - *index) >= 0)
		pos = *index;
	while (got < n && pos != ring_prod)
		buf[got++] = ring[pos++ & (ring_size - 1)];
	if (clear)
		ring_cons = pos;
	*index = pos;
	spin_unlock_irqrestore(&console_lock, flags);
	return got;
}

/* -- output ----------------------------------------------------------------------------------------------------------- */

/* False: not to be had. Only an NMI may find the lock held by its own CPU, and gives up after a while. */
static bool lock_console(unsigned long *flags)
{
	local_irq_save(*flags);
	if (sync_mode)
		return true;
	if (likely(!this_cpu(console_in_nmi))) {
		spin_lock(&console_lock);
		return true;
	}
	for (unsigned int i = 0; i < 1000; i++) {
		if (spin_trylock(&console_lock))
			return true;
		cpu_relax();
	}
	local_irq_restore(*flags);
	return false;
}

static void unlock_console(unsigned long flags)
{
	if (!sync_mode)
		spin_unlock(&console_lock);
	local_irq_restore(flags);
}

static void devices_putc(char c)
{
	if (use_serial) {
		if (c == '\n')
			serial_putc('\r');
		serial_putc(c);
	}
	if (use_vga)
		vga_putc(c);
}

void console_tell_dom0(void)
{
	send_global_virq(VIRQ_CON_RING);
}

static void tell_dom0(void *unused)
{
	console_tell_dom0();
}

/* Later: who prints may hold any lock. An NMI may have come upon the tasklets' queue; the next line tells of its own. */
static void tell_dom0_soon(void)
{
	static struct tasklet tell_tasklet = { .fn = tell_dom0 };

	if (hardware_domain && !sync_mode && !this_cpu(console_in_nmi))
		tasklet_schedule(&tell_tasklet);
}

static void emit(const char *s, size_t n, bool to_devices)
{
	ring_put(s, n);
	for (; to_devices && n; n--)
		devices_putc(*s++);
}

void console_puts(const char *s, size_t n)
{
	unsigned long flags;

	if (!lock_console(&flags))
		return;
	emit(s, n, true);
	unlock_console(flags);
}

/* At most 10 guest-caused lines in a burst, then one each half second. */
static bool guest_rate_ok(void)
{
	static s_time_t last;
	static unsigned int tokens = 10, lost;
	s_time_t now = NOW();
	unsigned int fresh = (now - last) / MILLISECS(500);

	if (fresh) {
		tokens = min(tokens + fresh, 10u);
		last = now;
	}
	if (!tokens) {
		lost++;
		return false;
	}
	tokens--;
	if (lost) {
		char note[64];
		size_t n = scnprintf(note, sizeof(note), "(XEN) %u guest messages suppressed\n", lost);

		lost = 0;
		emit(note, n, false);
	}
	return true;
}

void printk(const char *fmt, ...)
{
	static bool at_line_start = true;
	char buf[512], prefix[32];
	unsigned long flags;
	bool show = true;
	int level = -1, n;
	va_list ap;

	if (fmt[0] == '\001') {
		level = fmt[1] - '0';
		fmt += 2;
	}
	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	n = min_t(int, n, sizeof(buf) - 1);

	if (!lock_console(&flags))
		return;
	if (level >= 4) {
		show = level - 4 < guest_log_level;
		if (!guest_rate_ok()) {
			unlock_console(flags);
			return;
		}
	} else if (level >= 0) {
		show = level < log_level;
	}
	if (at_line_start)
		emit(prefix, scnprintf(prefix, sizeof(prefix), "(XEN) "), show);
	emit(buf, n, show);
	at_line_start = n && buf[n - 1] == '\n';
	unlock_console(flags);
	tell_dom0_soon();
}

void console_start_sync(void)
{
	sync_mode = true;
}

void __init console_init_early(void)
{
	use_serial = strstr(opt_console, "com1") && serial_init();
	use_vga = strstr(opt_console, "vga") != NULL;
	if (use_vga)
		vga_init();
	/* What was said before there was a device, of the command line for example. */
	for (u32 pos = ring_cons; pos != ring_prod; pos++)
		devices_putc(ring[pos & (ring_size - 1)]);
}

void __init console_init_irq(void)
{
	if (use_serial)
		serial_init_irq();
}

void console_endboot(void)
{
	if (use_vga)
		printk(XENLOG_INFO "VGA console is dom0's now\n");
	use_vga = false;
	printk("Serial input is dom0's (Ctrl-A three times switches to the debug keys)\n");
}

/* -- input -------------------------------------------------------------------------------------------------------------- */

#define INPUT_SIZE	16384	/* what is pasted comes faster than a busy dom0 takes it; beyond this it is lost */
#define SWITCH_CHAR	1	/* Ctrl-A */

static char input[INPUT_SIZE];
static u32 input_prod, input_cons;
static bool input_is_ours;
static unsigned int switch_count;
static unsigned char key_queue[16];
static u32 key_prod, key_cons;
static void run_keys(void *unused);
static struct tasklet key_tasklet = { .fn = run_keys };
static bool notify_dom0;

static void run_keys(void *unused)
{
	unsigned long flags;

	for (;;) {
		unsigned char key;

		spin_lock_irqsave(&console_lock, flags);
		if (notify_dom0) {
			notify_dom0 = false;
			spin_unlock_irqrestore(&console_lock, flags);
			send_global_virq(VIRQ_CONSOLE);
			continue;
		}
		if (key_cons == key_prod) {
			spin_unlock_irqrestore(&console_lock, flags);
			return;
		}
		key = key_queue[key_cons++ % sizeof(key_queue)];
		spin_unlock_irqrestore(&console_lock, flags);
		handle_keypress(key);
	}
}

void console_rx(char c)
{
	bool announce = false;

	spin_lock(&console_lock);
	switch_count = c == SWITCH_CHAR ? switch_count + 1 : 0;
	if (switch_count == 3) {
		switch_count = 0;
		input_is_ours = !input_is_ours;
		announce = true;
	} else if (input_is_ours) {
		if (key_prod - key_cons < sizeof(key_queue))
			key_queue[key_prod++ % sizeof(key_queue)] = c;
	} else if (input_prod - input_cons < INPUT_SIZE) {
		input[input_prod++ % INPUT_SIZE] = c;
		notify_dom0 = true;
	}
	spin_unlock(&console_lock);
	tasklet_schedule(&key_tasklet);
	if (announce)
		printk("Serial input is %s now (Ctrl-A three times switches; h lists the keys)\n",
		       input_is_ours ? "for the debug keys" : "dom0's");
}

size_t console_input(char *buf, size_t n)
{
	unsigned long flags;
	size_t got = 0;

	spin_lock_irqsave(&console_lock, flags);
	while (got < n && input_cons != input_prod)
		buf[got++] = input[input_cons++ % INPUT_SIZE];
	spin_unlock_irqrestore(&console_lock, flags);
	return got;
}
