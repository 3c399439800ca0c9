/* SPDX-License-Identifier: GPL-2.0-only */
/* sources: drivers/acpi/tables.c */
/*
 * The ACPI parsers: good tables, truncated ones at every length, random bytes. ASan sees reads beyond
 * the end.
 */
#include "unit.h"
#include <xen/acpi.h>

static u8 madt[] = {
	[36] = 0x00, 0x00, 0xe0, 0xfe, [40] = 1, 0, 0, 0,
	0, 8, 0, 0, 1, 0, 0, 0,					/* CPU 0 */
	0, 8, 1, 2, 1, 0, 0, 0,					/* CPU 1, APIC id 2 */
	0, 8, 2, 4, 0, 0, 0, 0,					/* disabled */
	0, 8, 3, 2, 1, 0, 0, 0,					/* id 2 again */
	1, 12, 9, 0, 0x00, 0x00, 0xc0, 0xfe, 24, 0, 0, 0,
	2, 10, 0, 9, 20, 0, 0, 0, 0x0f, 0,
	4, 6, 0xff, 5, 0, 1,
	9, 16, 0, 0, 0x00, 1, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0,	/* x2APIC id 256 */
	10, 12, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0,
};

/* On the heap at its exact size, so that one byte too many is caught. */
static int parse(int (*fn)(const void *, u32, struct acpi_info *), const void *t, u32 len,
		 struct acpi_info *out)
{
	void *copy = malloc(len ? len : 1);
	int rc;

	memset(out, 0, sizeof(*out));
	memcpy(copy, t, len);
	rc = fn(copy, len, out);
	free(copy);
	return rc;
}

static struct acpi_info out;

static void madt_is_understood(void)
{
	CHECK(parse(acpi_parse_madt, madt, sizeof(madt), &out) == 0);
	CHECK(out.lapic_address == 0xfee00000 && out.pcat_compat);
	CHECK(out.nr_cpus == 3 && out.cpu[1].apic_id == 2 && out.cpu[1].acpi_id == 1);
	CHECK(out.cpu[2].apic_id == 256 && out.cpu[2].acpi_id == 7);
	CHECK(out.nr_ioapics == 1 && out.ioapic[0].id == 9 && out.ioapic[0].gsi_base == 24);
	CHECK(out.ioapic[0].address == 0xfec00000);
	CHECK(out.nr_overrides == 1 && out.override[0].source_irq == 9 && out.override[0].gsi == 20);
	CHECK(out.override[0].flags == 0xf);
	CHECK(out.nr_nmis == 2 && out.nmi[0].acpi_id == ~0u && out.nmi[0].lint == 1);
}

static void madt_with_bad_entries_is_refused(void)
{
	u8 bad[sizeof(madt)];

	memcpy(bad, madt, sizeof(bad));
	bad[45] = 0;			/* would never end */
	CHECK(parse(acpi_parse_madt, bad, sizeof(bad), &out) == -22);
	bad[45] = 1;
	CHECK(parse(acpi_parse_madt, bad, sizeof(bad), &out) == -22);
	bad[45] = 255;			/* beyond the table */
	CHECK(parse(acpi_parse_madt, bad, sizeof(bad), &out) == -22);
}

static void fadt_is_understood(void)
{
	u8 t[268] = { [46] = 9, [64] = 0x04, 0x06, [76] = 0x08, 0x06, [91] = 4, [112] = 0, 0x05 };

	t[116] = 1; t[117] = 8; t[120] = 0xf9; t[121] = 0x0c; t[128] = 0x0f;
	CHECK(parse(acpi_parse_fadt, t, sizeof(t), &out) == 0);
	CHECK(out.pm1a_cnt.address == 0x604 && out.pm1a_cnt.space == 1);
	CHECK(out.pm_timer_port == 0x608 && out.pm_timer_32bit);
	CHECK(out.has_reset && out.reset_reg.address == 0xcf9 && out.reset_value == 0xf);
	CHECK(out.sci_irq == 9 && !out.pm1b_cnt.address);
	CHECK(parse(acpi_parse_fadt, t, 116, &out) == 0 && !out.has_reset);
}

static void every_truncation_is_safe(void)
{
	u8 t[300];

	for (unsigned int i = 0; i < sizeof(t); i++)
		t[i] = rand();
	for (u32 len = 0; len <= sizeof(t); len++) {
		parse(acpi_parse_fadt, t, len, &out);
		parse(acpi_parse_hpet, t, len, &out);
		parse(acpi_parse_mcfg, t, len, &out);
	}
	for (u32 len = 0; len <= sizeof(madt); len++)
		parse(acpi_parse_madt, madt, len, &out);
}

static void random_madts_are_safe(void)
{
	u8 t[512];

	for (unsigned int n = 0; n < 20000; n++) {
		for (unsigned int i = 0; i < sizeof(t); i++)
			t[i] = rand() % 4 ? rand() % 16 : rand();
		parse(acpi_parse_madt, t, rand() % sizeof(t), &out);
		CHECK(out.nr_cpus <= ACPI_MAX_CPUS && out.nr_ioapics <= ACPI_MAX_IOAPICS);
	}
}

static void checksum_counts_every_byte(void)
{
	u8 t[4] = { 1, 2, 3, 250 };

	CHECK(acpi_checksum_ok(t, 4));
	t[2]++;
	CHECK(!acpi_checksum_ok(t, 4));
}

UNIT_TESTS(TEST(madt_is_understood), TEST(madt_with_bad_entries_is_refused), TEST(fadt_is_understood),
	   TEST(every_truncation_is_safe), TEST(random_madts_are_safe), TEST(checksum_counts_every_byte));
