/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One sample of what the machine and its domains have used: for xm top and xm metrics. All numbers count from the
 * domain's or device's beginning; rates come from two samples. Network and disk are seen from the guest: "tx" is
 * what it sent.
 */
#ifndef XM_STATS_H
#define XM_STATS_H

#include <jansson.h>
#include "xm.h"

#define STATS_NAME_MAX	64

struct stats_net {
	char name[32];			/* of the interface here */
	uint64_t rx_bytes, tx_bytes, rx_packets, tx_packets, rx_dropped, tx_dropped;
};

struct stats_disk {
	char name[32];			/* xvda, or the number of the device */
	uint64_t rd_bytes, wr_bytes, rd_requests, wr_requests, flushes, discards, waits;
};

struct stats_vcpu {
	unsigned int id;
	bool online;
	uint64_t cpu_ns;
};

struct stats_domain {
	char name[STATS_NAME_MAX];
	struct xen_domctl_getdomaininfo info;
	bool has_events;		/* the hypervisor counts them */
	uint32_t events_sent, upcalls;	/* low 32 bits */
	struct stats_vcpu *vcpus;
	struct stats_net *nets;
	struct stats_disk *disks;
	unsigned int nr_vcpus, nr_nets, nr_disks;
};

struct stats {
	int64_t when_ms;
	char version[80];		/* of the hypervisor */
	struct xen_sysctl_physinfo phys;
	uint64_t *idle_ns;		/* of each CPU */
	unsigned int nr_cpus;
	struct stats_domain *domains;	/* by number */
	unsigned int nr_domains;
};

/** Take a sample. What a single device or vcpu does not tell is left at 0. */
int stats_take(struct xm *xm, struct stats *s);

/* ---- stats_view.c ---- */

void stats_free(struct stats *s);
struct stats_domain *stats_by_id(const struct stats *s, unsigned int domid);
/** The domain with that number in an older sample; NULL when it is another domain now, or none. */
const struct stats_domain *stats_find(const struct stats *s, const struct stats_domain *like);
void stats_sum_net(const struct stats_domain *d, struct stats_net *sum);
void stats_sum_disk(const struct stats_domain *d, struct stats_disk *sum);
json_t *stats_json(const struct stats *s);

#endif
