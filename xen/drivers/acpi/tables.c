/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parsers of the ACPI tables the hypervisor uses: MADT, FADT, HPET, MCFG. Firmware is believed in what
 * it says, but every length is checked before the bytes behind it are read. No state; also compiled into
 * the host's unit tests.
 */
#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/lib.h>

#define ACPI_HEADER_SIZE	36

static u16 get16(const u8 *p) { u16 v; memcpy(&v, p, 2); return v; }
static u32 get32(const u8 *p) { u32 v; memcpy(&v, p, 4); return v; }
static u64 get64(const u8 *p) { u64 v; memcpy(&v, p, 8); return v; }

bool acpi_checksum_ok(const void *p, size_t len)
{
	const u8 *b = p;
	u8 sum = 0;

	while (len--)
		sum += *b++;
	return sum == 0;
}

/* -- MADT: entries of { type, length, ... } after a fixed part --------------------------------- */

static void add_cpu(struct acpi_info *out, u32 apic_id, u32 acpi_id, u32 flags)
{
	struct acpi_cpu *c;

	for (unsigned int i = 0; i < out->nr_cpus; i++)
		if (out->cpu[i].apic_id == apic_id)
			return;
	if (out->nr_cpus == ACPI_MAX_CPUS || !(flags & 1))
		return;
	c = &out->cpu[out->nr_cpus++];
	*c = (struct acpi_cpu){ .apic_id = apic_id, .acpi_id = acpi_id, .enabled = true };
}

static void madt_lapic(const u8 *e, struct acpi_info *out)
{
	if (e[3] != 0xff)
		add_cpu(out, e[3], e[2], get32(e + 4));
}

static void madt_x2apic(const u8 *e, struct acpi_info *out)
{
	if (get32(e + 4) != ~0u)
		add_cpu(out, get32(e + 4), get32(e + 12), get32(e + 8));
}

static void madt_ioapic(const u8 *e, struct acpi_info *out)
{
	if (out->nr_ioapics < ACPI_MAX_IOAPICS)
		out->ioapic[out->nr_ioapics++] = (struct acpi_ioapic){
			.id = e[2], .address = get32(e + 4), .gsi_base = get32(e + 8) };
}

static void madt_override(const u8 *e, struct acpi_info *out)
{
	if (out->nr_overrides < ACPI_MAX_OVERRIDES && e[2] == 0 && e[3] < 16)
		out->override[out->nr_overrides++] = (struct acpi_override){
			.source_irq = e[3], .gsi = get32(e + 4), .flags = get16(e + 8) };
}

static void add_nmi(struct acpi_info *out, u32 acpi_id, u16 flags, u8 lint)
{
	if (out->nr_nmis < ACPI_MAX_OVERRIDES)
		out->nmi[out->nr_nmis++] = (struct acpi_nmi){ acpi_id, flags, lint };
}

static void madt_lapic_nmi(const u8 *e, struct acpi_info *out)
{
	add_nmi(out, e[2] == 0xff ? ~0u : e[2], get16(e + 3), e[5]);
}

static void madt_x2apic_nmi(const u8 *e, struct acpi_info *out)
{
	add_nmi(out, get32(e + 4), get16(e + 2), e[8]);
}

static void madt_lapic_address(const u8 *e, struct acpi_info *out)
{
	out->lapic_address = get64(e + 4);
}

static const struct {
	u8 type, len;
	void (*fn)(const u8 *e, struct acpi_info *out);
} madt_rows[] = {
	{ 0, 8, madt_lapic },
	{ 1, 12, madt_ioapic },
	{ 2, 10, madt_override },
	{ 4, 6, madt_lapic_nmi },
	{ 5, 12, madt_lapic_address },
	{ 9, 16, madt_x2apic },
	{ 10, 12, madt_x2apic_nmi },
};

int acpi_parse_madt(const void *t, u32 len, struct acpi_info *out)
{
	const u8 *p = t, *end = p + len;

	if (len < 44)
		return -EINVAL;
	out->lapic_address = get32(p + 36);
	out->pcat_compat = get32(p + 40) & 1;
	for (p += 44; end - p >= 2; p += p[1]) {
		if (p[1] < 2 || p[1] > end - p)
			return -EINVAL;
		for (unsigned int i = 0; i < ARRAY_SIZE(madt_rows); i++)
			if (madt_rows[i].type == p[0] && p[1] >= madt_rows[i].len)
				madt_rows[i].fn(p, out);
	}
	return 0;
}

/* -- FADT -------------------------------------------------------------------------------------- */

/* The extended form of a register when the table has one that is not zero, else the 32-bit port. */
static struct acpi_address fadt_reg(const u8 *t, u32 len, unsigned int ext, unsigned int legacy, u8 width)
{
	struct acpi_address a = {};

	if (ext && len >= ext + sizeof(a))
		memcpy(&a, t + ext, sizeof(a));
	if (!a.address && legacy && len >= legacy + 4)
		a = (struct acpi_address){ .space = 1, .bit_width = width, .address = get32(t + legacy) };
	return a;
}

#define FADT_RESET_REG_SUPPORTED	(1u << 10)
#define FADT_TMR_VAL_EXT		(1u << 8)

int acpi_parse_fadt(const void *table, u32 len, struct acpi_info *out)
{
	const u8 *t = table;
	struct acpi_address pm_timer;
	u32 flags;

	if (len < 116)
		return -EINVAL;
	flags = get32(t + 112);
	out->sci_irq = get16(t + 46);
	out->pm1a_evt = fadt_reg(t, len, 148, 56, 32);
	out->pm1b_evt = fadt_reg(t, len, 160, 60, 32);
	out->pm1a_cnt = fadt_reg(t, len, 172, 64, 16);
	out->pm1b_cnt = fadt_reg(t, len, 184, 68, 16);
	pm_timer = fadt_reg(t, len, 208, 76, 32);
	if (t[91] == 4 && pm_timer.space == 1 && pm_timer.address && pm_timer.address <= 0xfffc) {
		out->pm_timer_port = pm_timer.address;
		out->pm_timer_32bit = flags & FADT_TMR_VAL_EXT;
	}
	if (len >= 129 && (flags & FADT_RESET_REG_SUPPORTED)) {
		memcpy(&out->reset_reg, t + 116, sizeof(out->reset_reg));
		out->reset_value = t[128];
		out->has_reset = out->reset_reg.address != 0;
	}
	if (len >= 268) {
		out->sleep_control = fadt_reg(t, len, 244, 0, 8);
		out->sleep_status = fadt_reg(t, len, 256, 0, 8);
	}
	return 0;
}

/* -- HPET, MCFG -------------------------------------------------------------------------------- */

int acpi_parse_hpet(const void *table, u32 len, struct acpi_info *out)
{
	const u8 *t = table;

	if (len < 56 || t[40] != 0)	/* memory space only */
		return -EINVAL;
	out->hpet_address = get64(t + 44);
	return 0;
}

int acpi_parse_mcfg(const void *table, u32 len, struct acpi_info *out)
{
	const u8 *t = table;

	if (len < 44)
		return -EINVAL;
	for (u32 off = 44; off + 16 <= len && out->nr_mcfg < ACPI_MAX_MCFG; off += 16) {
		struct acpi_mcfg m = { get64(t + off), get16(t + off + 8), t[off + 10], t[off + 11] };

		if (!m.address || m.start_bus > m.end_bus)
			return -EINVAL;
		out->mcfg[out->nr_mcfg++] = m;
	}
	return 0;
}
