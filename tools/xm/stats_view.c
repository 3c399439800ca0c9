/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking into samples: finding a domain, sums over its devices, all of it as JSON. No effects, no hypervisor.
 */
#include <stdlib.h>
#include <string.h>
#include "stats.h"

void stats_free(struct stats *s)
{
	for (unsigned int i = 0; i < s->nr_domains; i++) {
		free(s->domains[i].vcpus);
		free(s->domains[i].nets);
		free(s->domains[i].disks);
	}
	free(s->domains);
	free(s->idle_ns);
	*s = (struct stats){ .nr_domains = 0 };
}

struct stats_domain *stats_by_id(const struct stats *s, unsigned int domid)
{
	unsigned int lo = 0, hi = s->nr_domains;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (s->domains[mid].info.domain < domid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->nr_domains && s->domains[lo].info.domain == domid ? &s->domains[lo] : NULL;
}

const struct stats_domain *stats_find(const struct stats *s, const struct stats_domain *like)
{
	const struct stats_domain *d = stats_by_id(s, like->info.domain);

	/* A number can be given out again. */
	return d && !memcmp(d->info.handle, like->info.handle, sizeof(d->info.handle)) &&
			       d->info.cpu_time <= like->info.cpu_time
		       ? d
		       : NULL;
}

void stats_sum_net(const struct stats_domain *d, struct stats_net *sum)
{
	*sum = (struct stats_net){ .name = "" };
	for (unsigned int i = 0; i < d->nr_nets; i++) {
		sum->rx_bytes += d->nets[i].rx_bytes;
		sum->tx_bytes += d->nets[i].tx_bytes;
		sum->rx_packets += d->nets[i].rx_packets;
		sum->tx_packets += d->nets[i].tx_packets;
		sum->rx_dropped += d->nets[i].rx_dropped;
		sum->tx_dropped += d->nets[i].tx_dropped;
	}
}

void stats_sum_disk(const struct stats_domain *d, struct stats_disk *sum)
{
	*sum = (struct stats_disk){ .name = "" };
	for (unsigned int i = 0; i < d->nr_disks; i++) {
		sum->rd_bytes += d->disks[i].rd_bytes;
		sum->wr_bytes += d->disks[i].wr_bytes;
		sum->rd_requests += d->disks[i].rd_requests;
		sum->wr_requests += d->disks[i].wr_requests;
		sum->flushes += d->disks[i].flushes;
		sum->discards += d->disks[i].discards;
		sum->waits += d->disks[i].waits;
	}
}

/* ---- JSON ---- */

static json_t *net_json(const struct stats_net *n)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "interface", n->name, "rx_bytes",
			 (json_int_t)n->rx_bytes, "tx_bytes", (json_int_t)n->tx_bytes, "rx_packets",
			 (json_int_t)n->rx_packets, "tx_packets", (json_int_t)n->tx_packets, "rx_dropped",
			 (json_int_t)n->rx_dropped, "tx_dropped", (json_int_t)n->tx_dropped);
}

static json_t *disk_json(const struct stats_disk *k)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "device", k->name, "read_bytes",
			 (json_int_t)k->rd_bytes, "written_bytes", (json_int_t)k->wr_bytes, "read_requests",
			 (json_int_t)k->rd_requests, "write_requests", (json_int_t)k->wr_requests, "flushes",
			 (json_int_t)k->flushes, "discards", (json_int_t)k->discards, "waits",
			 (json_int_t)k->waits);
}

static json_t *domain_json(const struct stats_domain *d)
{
	json_t *states = json_array(), *vcpus = json_array(), *nets = json_array(), *disks = json_array(), *o;

	for (unsigned int i = 0; i < XM_NR_STATES; i++)
		if (xm_in_state(&d->info, i))
			json_array_append_new(states, json_string(xm_state_name(i)));
	for (unsigned int i = 0; i < d->nr_vcpus; i++)
		json_array_append_new(vcpus, json_pack("{s:i, s:b, s:f}", "vcpu", (int)d->vcpus[i].id,
						       "online", d->vcpus[i].online, "cpu_seconds",
						       d->vcpus[i].cpu_ns / 1e9));
	for (unsigned int i = 0; i < d->nr_nets; i++)
		json_array_append_new(nets, net_json(&d->nets[i]));
	for (unsigned int i = 0; i < d->nr_disks; i++)
		json_array_append_new(disks, disk_json(&d->disks[i]));
	o = json_pack("{s:i, s:s, s:o, s:f, s:I, s:I, s:o, s:o, s:o}", "domid", (int)d->info.domain, "name",
		      d->name, "state", states, "cpu_seconds", d->info.cpu_time / 1e9, "memory_kib",
		      (json_int_t)d->info.tot_pages * (XC_PAGE_SIZE / 1024), "max_memory_kib",
		      (json_int_t)d->info.max_pages * (XC_PAGE_SIZE / 1024), "vcpus", vcpus, "networks", nets,
		      "disks", disks);
	if (o && d->has_events) {
		json_object_set_new(o, "events_sent", json_integer(d->events_sent));
		json_object_set_new(o, "upcalls", json_integer(d->upcalls));
	}
	return o;
}

json_t *stats_json(const struct stats *s)
{
	json_t *domains = json_array(), *idle = json_array();

	for (unsigned int i = 0; i < s->nr_domains; i++)
		json_array_append_new(domains, domain_json(&s->domains[i]));
	for (unsigned int i = 0; i < s->nr_cpus; i++)
		json_array_append_new(idle, json_real(s->idle_ns[i] / 1e9));
	return json_pack("{s:s, s:i, s:I, s:I, s:o, s:o}", "xen_version", s->version, "nr_cpus",
			 (int)s->phys.nr_cpus, "total_memory_kib",
			 (json_int_t)s->phys.total_pages * (XC_PAGE_SIZE / 1024), "free_memory_kib",
			 (json_int_t)s->phys.free_pages * (XC_PAGE_SIZE / 1024), "cpu_idle_seconds", idle,
			 "domains", domains);
}
