/* SPDX-License-Identifier: GPL-2.0-only */
/* The two 8259 PICs: moved to vectors that are not exceptions, then silenced; the IO-APIC does their work. */
#include <asm/apic.h>
#include <asm/processor.h>

#define PIC1_CMD	0x20
#define PIC1_DATA	0x21
#define PIC2_CMD	0xa0
#define PIC2_DATA	0xa1
#define PIC_READ_ISR	0x0b

/*
 * In the dynamic range, where a spurious one finds either no interrupt behind its vector or a harmless
 * extra call.
 */
#define PIC_VECTOR_BASE	0x20

void i8259_init(void)
{
	outb(0xff, PIC1_DATA);
	outb(0xff, PIC2_DATA);
	outb(0x11, PIC1_CMD);
	outb(PIC_VECTOR_BASE, PIC1_DATA);
	outb(0x04, PIC1_DATA);
	outb(0x01, PIC1_DATA);
	outb(0x11, PIC2_CMD);
	outb(PIC_VECTOR_BASE + 8, PIC2_DATA);
	outb(0x02, PIC2_DATA);
	outb(0x01, PIC2_DATA);
	outb(0xff, PIC1_DATA);
	outb(0xff, PIC2_DATA);
}
