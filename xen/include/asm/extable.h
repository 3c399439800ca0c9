/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_EXTABLE_H
#define ASM_EXTABLE_H

/* Where to go on after a fault at rip; 0: such a fault is a bug. */
unsigned long search_exception_table(unsigned long rip);

/* In inline assembly: a fault at label `from` continues at `to`. */
#define ASM_EXTABLE(from, to)	".pushsection .ex_table, \"a\"\n\t.long " #from " - ., " #to " - .\n\t.popsection\n"

#endif
