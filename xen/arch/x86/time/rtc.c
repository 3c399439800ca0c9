/* SPDX-License-Identifier: GPL-2.0-only */
/* The battery clock (MC146818), read once at boot for the wall clock. */
#include <xen/lib.h>
#include <asm/processor.h>
#include <asm/time.h>

#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71
#define RTC_STATUS_A	10
#define RTC_STATUS_B	11
#define RTC_UPDATING	0x80
#define RTC_24H		0x02
#define RTC_BINARY	0x04

struct rtc_time {
	u8 sec, min, hour, day, month, year;
};

static u8 cmos_read(u8 reg)
{
	outb(reg, CMOS_INDEX);
	return inb(CMOS_DATA);
}

static struct rtc_time rtc_read_once(void)
{
	struct rtc_time t = {
		cmos_read(0), cmos_read(2), cmos_read(4), cmos_read(7), cmos_read(8), cmos_read(9)
	};

	return t;
}

static u8 from_bcd(u8 v)
{
	return (v & 15) + (v >> 4) * 10;
}

/*
 * Days from 1970-01-01 to a date of the Gregorian calendar. March starts the year here: leap days come
 * last.
 */
static u64 days_since_1970(unsigned int year, unsigned int month, unsigned int day)
{
	unsigned int y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;

	return 365ULL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* Two equal readings outside of an update are believed. */
static struct rtc_time rtc_read(void)
{
	struct rtc_time a = {}, b;

	for (unsigned int i = 0; i < 10; i++) {
		for (unsigned int n = 0; n < 10000 && (cmos_read(RTC_STATUS_A) & RTC_UPDATING); n++)
			cpu_relax();
		a = rtc_read_once();
		b = rtc_read_once();
		if (!memcmp(&a, &b, sizeof(a)))
			break;
	}
	return a;
}

u64 rtc_read_seconds(void)
{
	struct rtc_time t = rtc_read();
	u8 status = cmos_read(RTC_STATUS_B);
	bool pm = !(status & RTC_24H) && (t.hour & 0x80);
	unsigned int year;

	t.hour &= 0x7f;
	if (!(status & RTC_BINARY))
		t = (struct rtc_time){ from_bcd(t.sec), from_bcd(t.min), from_bcd(t.hour),
				       from_bcd(t.day), from_bcd(t.month), from_bcd(t.year) };
	if (!(status & RTC_24H))
		t.hour = t.hour % 12 + (pm ? 12 : 0);
	if (t.month < 1 || t.month > 12 || t.day < 1 || t.day > 31)
		return 0;
	year = t.year < 70 ? 2000 + t.year : 1900 + t.year;
	return days_since_1970(year, t.month, t.day) * 86400 + t.hour * 3600 + t.min * 60 + t.sec;
}
