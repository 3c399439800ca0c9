/* SPDX-License-Identifier: GPL-2.0-only */
/* What the static ACPI tables say about the machine. Constant after acpi_init(). */
#ifndef XEN_ACPI_H
#define XEN_ACPI_H

#include <xen/types.h>

#define ACPI_MAX_IOAPICS	16
#define ACPI_MAX_OVERRIDES	16
#define ACPI_MAX_CPUS		256
#define ACPI_MAX_MCFG		8

struct acpi_cpu {
	u32 apic_id;
	u32 acpi_id;
	bool enabled;
};

struct acpi_ioapic {
	u8 id;
	u64 address;
	u32 gsi_base;
};

/*
 * Flags of overrides: polarity in bits 0-1 (1 high, 3 low), trigger in bits 2-3 (1 edge, 3 level), 0: as
 * the bus has it.
 */
struct acpi_override {
	u8 source_irq;
	u32 gsi;
	u16 flags;
};

struct acpi_nmi {
	u32 acpi_id;		/* ~0: all CPUs */
	u16 flags;
	u8 lint;
};

/* A register as the tables describe it; address 0: absent. */
struct acpi_address {
	u8 space;		/* 0 memory, 1 I/O port, 2 PCI configuration */
	u8 bit_width, bit_offset, access;
	u64 address;
} __packed;

struct acpi_mcfg {
	u64 address;		/* of bus 0, whatever start_bus is */
	u16 segment;
	u8 start_bus, end_bus;
};

struct acpi_info {
	bool present;
	u64 rsdp;		/* machine address, 0: not found */
	u64 lapic_address;
	bool pcat_compat;	/* two 8259s are there */
	unsigned int nr_cpus, nr_ioapics, nr_overrides, nr_nmis, nr_mcfg;
	struct acpi_cpu cpu[ACPI_MAX_CPUS];
	struct acpi_ioapic ioapic[ACPI_MAX_IOAPICS];
	struct acpi_override override[ACPI_MAX_OVERRIDES];
	struct acpi_nmi nmi[ACPI_MAX_OVERRIDES];
	struct acpi_mcfg mcfg[ACPI_MAX_MCFG];

	u64 hpet_address;
	u16 pm_timer_port;
	bool pm_timer_32bit;
	u16 sci_irq;
	struct acpi_address pm1a_cnt, pm1b_cnt, pm1a_evt, pm1b_evt, sleep_control, sleep_status;
	struct acpi_address reset_reg;
	u8 reset_value;
	bool has_reset;
};
extern struct acpi_info acpi;

void acpi_init(void);		/* boot, after the direct map; without tables: one CPU, no IO-APIC */

/*
 * Parsers of single tables (drivers/acpi/tables.c): `t` is a whole table whose header was checked. 0 or
 * -EINVAL. They touch nothing beyond `len` and write to `out` only.
 */
int acpi_parse_madt(const void *t, u32 len, struct acpi_info *out);
int acpi_parse_fadt(const void *t, u32 len, struct acpi_info *out);
int acpi_parse_hpet(const void *t, u32 len, struct acpi_info *out);
int acpi_parse_mcfg(const void *t, u32 len, struct acpi_info *out);
bool acpi_checksum_ok(const void *p, size_t len);

#endif
