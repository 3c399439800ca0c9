/* SPDX-License-Identifier: GPL-2.0-only */
/* console_io: dom0's way to the hypervisor's console. Other guests may write there only when the machine's owner asked for it. */
#include <xen/boot_info.h>
#include <xen/console.h>
#include <xen/hypercall.h>
#include <xen/sched.h>

#define CHUNK	128

static bool opt_guest_console_io;	/* for small test kernels that have no other voice */
boolean_param("guest_console_io", opt_guest_console_io);

static long console_write(u32 count, unsigned long uarg)
{
	char buf[CHUNK];

	while (count) {
		u32 n = min_t(u32, count, sizeof(buf));

		if (copy_in(buf, uarg, n))
			return -EFAULT;
		console_puts(buf, n);
		count -= n;
		uarg += n;
		if (count && hypercall_preempt_check())
			return hypercall_continue(18, CONSOLEIO_write, count, uarg);
	}
	console_tell_dom0();
	return 0;
}

static long console_read(u32 count, unsigned long uarg)
{
	char buf[CHUNK];
	u32 done = 0;

	while (done < count) {
		size_t n = console_input(buf, min_t(u32, count - done, sizeof(buf)));

		if (!n)
			break;
		if (copy_out(uarg + done, buf, n))
			return -EFAULT;
		done += n;
	}
	return done;
}

long do_console_io(unsigned long cmd, unsigned long count, unsigned long uarg)
{
	bool trusted = !may(current->domain, ACT_console, NULL);

	count = (u32)count;
	if (count > 0x7fffffff)
		return -E2BIG;
	switch ((u32)cmd) {
	case CONSOLEIO_write:
		return trusted || opt_guest_console_io ? console_write(count, uarg) : -EPERM;
	case CONSOLEIO_read:
		return trusted ? console_read(count, uarg) : -EPERM;
	default:
		return trusted ? -ENOSYS : -EPERM;
	}
}
