/* SPDX-License-Identifier: GPL-2.0-only */
/* Flushes that guests ask for. */
#ifndef FLUSH_INTERNAL_H
#define FLUSH_INTERNAL_H

#include <xen/cpumask.h>

struct domain;

/* The CPUs on which the vcpus of a guest's bitmap (guest address) have run last. -EFAULT. */
int vcpumask_to_cpus(const struct domain *d, unsigned long bitmap, cpumask_t *out);

#endif
