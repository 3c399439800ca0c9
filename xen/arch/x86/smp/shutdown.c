/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Restart, power-off and halt. Each way of restarting is tried in turn; the last, a triple fault, cannot
 * fail.
 */
#include <xen/acpi.h>
#include <xen/boot_info.h>
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/machine.h>
#include <xen/pci.h>
#include <xen/smp.h>
#include <asm/apic.h>
#include <asm/page.h>
#include <asm/processor.h>
#include <asm/time.h>

/* For whoever wants to read the last messages. */
#define READING_MS	5000

static bool opt_noreboot;
boolean_param("noreboot", opt_noreboot);

#define PM1_SLP_EN	(1u << 13)

/* -- ACPI registers ---------------------------------------------------------------------------- */

static void acpi_reg_write(const struct acpi_address *a, u32 v)
{
	volatile u8 *p;

	switch (a->space) {
	case 0:
		p = a->address < GB(4) ? maddr_to_virt(_maddr(a->address)) : NULL;
		if (p && a->bit_width == 8)
			*p = v;
		else if (p)
			*(volatile u16 *)p = v;
		break;
	case 1:
		if (a->bit_width == 8)
			outb(v, a->address);
		else
			outw(v, a->address);
		break;
	case 2:		/* bus 0; device in bits 32.., function in 16.., register below */
		pci_conf_write((a->address >> 32 & 31) << 3 | (a->address >> 16 & 7), a->address & 0xff,
			       1, v);
		break;
	}
}

void machine_acpi_sleep(u16 pm1a, u16 pm1b)
{
	if (!acpi.pm1a_cnt.address)
		return;
	local_irq_disable();
	acpi_reg_write(&acpi.pm1a_cnt, pm1a & ~PM1_SLP_EN);
	if (acpi.pm1b_cnt.address)
		acpi_reg_write(&acpi.pm1b_cnt, pm1b & ~PM1_SLP_EN);
	acpi_reg_write(&acpi.pm1a_cnt, pm1a | PM1_SLP_EN);
	if (acpi.pm1b_cnt.address)
		acpi_reg_write(&acpi.pm1b_cnt, pm1b | PM1_SLP_EN);
	udelay(100000);
	local_irq_enable();
}

void machine_acpi_sleep_extended(u8 type)
{
	local_irq_disable();
	if (acpi.sleep_status.address)
		acpi_reg_write(&acpi.sleep_status, 0x80);	/* clear the wake status */
	acpi_reg_write(&acpi.sleep_control, (u32)type << 2 | 1u << 5);
	udelay(100000);
	local_irq_enable();
}

/* -- ends -------------------------------------------------------------------------------------- */

static void stop_others(void)
{
	smp_send_stop();
	local_irq_disable();
}

void machine_halt(void)
{
	stop_others();
	for (;;)
		halt();
}

static void reset_keyboard(void)
{
	for (unsigned int i = 0; i < 1000 && (inb(0x64) & 2); i++)
		udelay(10);
	outb(0xfe, 0x64);
	udelay(50000);
}

static void __noreturn triple_fault(void)
{
	static const struct { u16 limit; u64 base; } __packed no_idt;

	__asm__ volatile("lidt %0; int3" :: "m"(no_idt));
	for (;;)
		halt();
}

static void __noreturn restart(void)
{
	apic_shutdown();
	if (acpi.has_reset) {
		acpi_reg_write(&acpi.reset_reg, acpi.reset_value);
		udelay(50000);
	}
	reset_keyboard();
	outb(6, 0xcf9);
	udelay(50000);
	triple_fault();
}

void machine_restart(void)
{
	stop_others();
	restart();
}

void machine_restart_or_halt(void)
{
	if (opt_noreboot) {
		printk("noreboot is set: the machine stays halted\n");
		machine_halt();
	}
	stop_others();
	udelay(READING_MS * 1000);
	restart();
}
