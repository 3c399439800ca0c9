/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Find the ACPI tables and hand each to its parser. Tables are read through the direct map when they lie
 * in the first 4 GiB, which boot maps in full, and through a device mapping otherwise. Nothing here runs
 * after boot.
 */
#include <xen/acpi.h>
#include <xen/boot_info.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <asm/page.h>

#define HEADER_SIZE	36
#define MAX_TABLE	MB(1)

struct acpi_info acpi;

static bool opt_noacpi;
boolean_param("noacpi", opt_noacpi);

struct table_header {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem_id[6], oem_table_id[8];
	u32 oem_revision, creator_id, creator_revision;
} __packed;

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem_id[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 ext_checksum, reserved[3];
} __packed;

static const void *__init map_phys(u64 addr, size_t len)
{
	if (!addr || addr + len < addr)
		return NULL;
	if (addr + len <= GB(4))
		return maddr_to_virt(_maddr(addr));
	return ioremap(addr, len);
}

static void __init unmap_phys(const void *va)
{
	if (va && (unsigned long)va < DIRECTMAP_VIRT_START)
		iounmap((void *)va);
}

/* -- the root pointer -------------------------------------------------------------------------- */

static bool __init rsdp_ok(const struct rsdp *r)
{
	if (memcmp(r->signature, "RSD PTR ", 8) || !acpi_checksum_ok(r, 20))
		return false;
	return r->revision < 2 || (r->length >= 36 && r->length <= 4096 && acpi_checksum_ok(r, r->length));
}

static u64 __init scan_rsdp(u64 from, u64 to)
{
	for (u64 a = ROUNDUP(from, 16); a + sizeof(struct rsdp) <= to; a += 16)
		if (rsdp_ok(maddr_to_virt(_maddr(a))))
			return a;
	return 0;
}

static u64 __init find_rsdp(void)
{
	const struct rsdp *r;
	u64 ebda, found;

	if (boot_info.rsdp) {
		r = map_phys(boot_info.rsdp, sizeof(*r));
		if (r && rsdp_ok(r))
			return boot_info.rsdp;
	}
	ebda = (u64)*(const u16 *)maddr_to_virt(_maddr(0x40e)) << 4;
	found = ebda >= 0x80000 && ebda < 0xa0000 ? scan_rsdp(ebda, ebda + 1024) : 0;
	return found ? found : scan_rsdp(0xe0000, 0x100000);
}

/* -- tables ------------------------------------------------------------------------------------ */

static const struct {
	char signature[5];
	int (*fn)(const void *t, u32 len, struct acpi_info *out);
} parsers[] = {
	{ "APIC", acpi_parse_madt },
	{ "FACP", acpi_parse_fadt },
	{ "HPET", acpi_parse_hpet },
	{ "MCFG", acpi_parse_mcfg },
};

/* The whole table, checked; NULL when it is not sound. */
static const struct table_header *__init map_table(u64 addr)
{
	const struct table_header *t = map_phys(addr, HEADER_SIZE);
	u32 len;

	if (!t)
		return NULL;
	len = t->length;
	if (len < HEADER_SIZE || len > MAX_TABLE) {
		unmap_phys(t);
		return NULL;
	}
	unmap_phys(t);
	t = map_phys(addr, len);
	if (t && !acpi_checksum_ok(t, len)) {
		printk(XENLOG_WARNING "ACPI: table %.4s at %lx has a wrong checksum\n", t->signature, addr);
		unmap_phys(t);
		return NULL;
	}
	return t;
}

static void __init parse_table(u64 addr)
{
	const struct table_header *t = map_table(addr);

	if (!t)
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(parsers); i++)
		if (!memcmp(t->signature, parsers[i].signature, 4) && parsers[i].fn(t, t->length, &acpi))
			printk(XENLOG_WARNING "ACPI: table %.4s at %lx is damaged\n", t->signature, addr);
	unmap_phys(t);
}

static bool __init parse_root(u64 addr, const char *signature, unsigned int width)
{
	const struct table_header *t = map_table(addr);
	const u8 *entry;

	if (!t || memcmp(t->signature, signature, 4)) {
		unmap_phys(t);
		return false;
	}
	entry = (const u8 *)t + HEADER_SIZE;
	for (u32 n = (t->length - HEADER_SIZE) / width; n; n--, entry += width) {
		u64 a = 0;

		memcpy(&a, entry, width);
		parse_table(a);
	}
	unmap_phys(t);
	return true;
}

void __init acpi_init(void)
{
	const struct rsdp *r;

	acpi.lapic_address = 0xfee00000;
	acpi.pcat_compat = true;
	if (opt_noacpi)
		return;
	acpi.rsdp = find_rsdp();
	if (!acpi.rsdp) {
		printk(XENLOG_WARNING "ACPI: no root pointer found\n");
		return;
	}
	r = map_phys(acpi.rsdp, sizeof(*r));
	if (r->revision >= 2 && r->xsdt)
		acpi.present = parse_root(r->xsdt, "XSDT", 8);
	if (!acpi.present)
		acpi.present = parse_root(r->rsdt, "RSDT", 4);
	unmap_phys(r);
	printk(XENLOG_INFO "ACPI: %u CPUs, %u IO-APICs, %u overrides\n", acpi.nr_cpus, acpi.nr_ioapics,
	       acpi.nr_overrides);
}
