/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of memory_op. Rows get the guest's argument and the extent to go on at. */
#ifndef MEM_MEMORY_OP_H
#define MEM_MEMORY_OP_H

#include <xen/sched.h>

#define MEMORY_OP_SHIFT	6	/* ABI: the command's low bits are the operation */
#define MEMORY_OP_MASK	((1u << MEMORY_OP_SHIFT) - 1)

int memory_op_target(domid_t domid, struct domain **d);

long op_increase_reservation(unsigned long arg, unsigned long start);
long op_decrease_reservation(unsigned long arg, unsigned long start);
long op_populate_physmap(unsigned long arg, unsigned long start);
long op_exchange(unsigned long arg, unsigned long start);

#endif
