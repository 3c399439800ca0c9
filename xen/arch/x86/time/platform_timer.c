/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow clocks of known rate that the TSC is measured against: HPET, ACPI PM timer, or channel 2 of
 * the PIT.
 */
#include <xen/acpi.h>
#include <xen/boot_info.h>
#include <xen/lib.h>
#include <asm/page.h>
#include <asm/processor.h>
#include <asm/time.h>

static char opt_clocksource[8];
string_param("clocksource", opt_clocksource);

/* -- HPET -------------------------------------------------------------------------------------- */

#define HPET_ID		0x000
#define HPET_PERIOD	0x004
#define HPET_CFG	0x010
#define HPET_COUNTER	0x0f0
#define HPET_MAX_PERIOD	100000000u	/* fs, by the specification */

static volatile u8 *hpet;

static u32 hpet_read32(unsigned int reg)
{
	return *(volatile u32 *)(hpet + reg);
}

static u64 hpet_read(void)
{
	return hpet_read32(HPET_COUNTER);
}

static bool hpet_init(struct platform_timer *pt)
{
	u32 period, before;

	if (!acpi.hpet_address)
		return false;
	hpet = ioremap(acpi.hpet_address, 1024);
	if (!hpet)
		return false;
	period = hpet_read32(HPET_PERIOD);
	if (!period || period > HPET_MAX_PERIOD)
		return false;
	*(volatile u32 *)(hpet + HPET_CFG) = (hpet_read32(HPET_CFG) | 1) & ~2u;	/* count; no legacy routing */
	before = hpet_read32(HPET_COUNTER);
	for (unsigned int i = 0; i < 1000 && hpet_read32(HPET_COUNTER) == before; i++)
		cpu_relax();
	if (hpet_read32(HPET_COUNTER) == before)
		return false;
	pt->frequency = 1000000000000000ULL / period;
	return true;
}

/* -- ACPI PM timer ----------------------------------------------------------------------------- */

static u64 pmtmr_read(void)
{
	return inl(acpi.pm_timer_port);
}

static bool pmtmr_init(struct platform_timer *pt)
{
	if (!acpi.pm_timer_port)
		return false;
	pt->bits = acpi.pm_timer_32bit ? 32 : 24;
	return true;
}

/* -- PIT channel 2, counting down from 65535 again and again ----------------------------------- */

static u64 pit_read(void)
{
	u16 v;

	outb(0x80, 0x43);	/* latch channel 2 */
	v = inb(0x42);
	v |= (u16)inb(0x42) << 8;
	return (u16)~v;
}

static bool pit_init(struct platform_timer *pt)
{
	outb((inb(0x61) & ~2) | 1, 0x61);	/* gate on, speaker off */
	outb(0xb4, 0x43);			/* channel 2, both bytes, mode 2 */
	outb(0xff, 0x42);
	outb(0xff, 0x42);
	return true;
}

static struct platform_timer timers[] = {
	{ "hpet", 0, 32, hpet_init, hpet_read },
	{ "acpi", 3579545, 24, pmtmr_init, pmtmr_read },
	{ "pit", 1193182, 16, pit_init, pit_read },
};

struct platform_timer *platform_timer_find(void)
{
	static struct platform_timer *found;

	if (found)
		return found;
	for (unsigned int i = 0; i < ARRAY_SIZE(timers); i++)
		if (!strcmp(opt_clocksource, timers[i].name) && timers[i].init(&timers[i]))
			return found = &timers[i];
	for (unsigned int i = 0; i < ARRAY_SIZE(timers); i++)
		if (timers[i].init(&timers[i]))
			return found = &timers[i];
	panic("no clock to measure the TSC with");
}
