/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A 16550 serial port: com1=BAUD[,DPS[,PORT[,IRQ]]], where DPS is data bits, parity, stop bits (8n1). Output is polled,
 * input comes by interrupt.
 */
#include <xen/boot_info.h>
#include <xen/console.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <asm/processor.h>
#include "console_internal.h"

enum { RBR = 0, IER = 1, FCR = 2, LCR = 3, MCR = 4, LSR = 5, SCR = 7 };
#define LSR_DATA	0x01
#define LSR_EMPTY	0x20

static char opt_com1[64] = "115200,8n1,0x3f8,4";
string_param("com1", opt_com1);

static u16 port;	/* 0: none */
static unsigned int irq = 4;

static u8 __init lcr_of(const char *dps)
{
	u8 lcr = dps[0] >= '5' && dps[0] <= '8' ? dps[0] - '5' : 3;

	if (dps[0] && dps[1] == 'o')
		lcr |= 0x08;
	else if (dps[0] && dps[1] == 'e')
		lcr |= 0x18;
	if (dps[0] && dps[1] && dps[2] == '2')
		lcr |= 0x04;
	return lcr;
}

bool __init serial_init(void)
{
	const char *p = opt_com1;
	unsigned long baud = simple_strtoul(p, &p, 0), divisor;
	u16 base = 0x3f8;
	u8 lcr = 3;

	if (*p == ',') {
		lcr = lcr_of(p + 1);
		p = strchr(p + 1, ',');
		if (p) {
			base = simple_strtoul(p + 1, &p, 16);
			if (*p == ',')
				irq = simple_strtoul(p + 1, &p, 0);
		}
	}
	outb(0x5a, base + SCR);
	if (inb(base + SCR) != 0x5a)
		return false;
	outb(0, base + IER);
	if (baud) {
		divisor = max(115200UL / baud, 1UL);
		outb(lcr | 0x80, base + LCR);
		outb(divisor, base + RBR);
		outb(divisor >> 8, base + IER);
	}
	outb(lcr, base + LCR);
	outb(0x07, base + FCR);
	outb(0x0b, base + MCR);
	port = base;
	return true;
}

u16 serial_port(void)
{
	return port;
}

void serial_putc(char c)
{
	if (!port)
		return;
	for (unsigned int i = 0; i < 100000 && !(inb(port + LSR) & LSR_EMPTY); i++)
		cpu_relax();
	outb(c, port);
}

static void serial_interrupt(int nr, void *data)
{
	for (unsigned int i = 0; i < 64 && (inb(port + LSR) & LSR_DATA); i++)
		console_rx(inb(port + RBR));
}

void __init serial_init_irq(void)
{
	if (!port)
		return;
	if (request_irq(irq, serial_interrupt, NULL, "serial")) {
		printk(XENLOG_WARNING "serial: IRQ %u is not to be had: no input\n", irq);
		return;
	}
	outb(0x01, port + IER);
}
