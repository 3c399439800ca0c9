/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xm metrics: one sample in Prometheus' text format, on stdout or into a file for node-exporter's textfile collector.
 * The metrics are rows of tables: of the machine, of a domain, of its vcpus, network cards and disks.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "json.h"
#include "stats.h"

/* ---- the text format ---- */

/* A value of a label: three characters need a backslash. */
static void put_label(FILE *f, const char *name, const char *value)
{
	fprintf(f, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", f);
		else
			fprintf(f, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
	}
	fputc('"', f);
}

static void put_head(FILE *f, const char *name, const char *help)
{
	size_t len = strlen(name);
	bool counter = len > 6 && !strcmp(name + len - 6, "_total");

	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, counter ? "counter" : "gauge");
}

static void put_value(FILE *f, uint64_t n, bool is_ns)
{
	if (is_ns)
		fprintf(f, " %" PRIu64 ".%09" PRIu64 "\n", n / 1000000000, n % 1000000000);
	else
		fprintf(f, " %" PRIu64 "\n", n);
}

/* NAME{domid="3",domain="demo" without the closing brace. */
static void put_domain(FILE *f, const char *metric, const struct stats_domain *d)
{
	fprintf(f, "%s{domid=\"%u\",", metric, d->info.domain);
	put_label(f, "domain", d->name);
}

/* ---- the machine ---- */

static void put_machine(FILE *f, const struct stats *s)
{
	put_head(f, "xen_hypervisor_info", "Version of the hypervisor; always 1.");
	fputs("xen_hypervisor_info{", f);
	put_label(f, "version", s->version);
	fputs("} 1\n", f);
	put_head(f, "xen_memory_bytes", "Memory of the machine.");
	fprintf(f, "xen_memory_bytes %" PRIu64 "\n", s->phys.total_pages * XC_PAGE_SIZE);
	put_head(f, "xen_memory_free_bytes", "Memory that no domain has.");
	fprintf(f, "xen_memory_free_bytes %" PRIu64 "\n", s->phys.free_pages * XC_PAGE_SIZE);
	put_head(f, "xen_cpus", "Processors that are up.");
	fprintf(f, "xen_cpus %u\n", s->phys.nr_cpus);
	put_head(f, "xen_cpu_idle_seconds_total", "Time in which a processor had nothing to run.");
	for (unsigned int i = 0; i < s->nr_cpus; i++) {
		fprintf(f, "xen_cpu_idle_seconds_total{cpu=\"%u\"}", i);
		put_value(f, s->idle_ns[i], true);
	}
	put_head(f, "xen_domains", "Domains that exist.");
	fprintf(f, "xen_domains %u\n", s->nr_domains);
}

/* ---- a domain ---- */

static uint64_t cpu_ns(const struct stats_domain *d)
{
	return d->info.cpu_time;
}

static uint64_t memory(const struct stats_domain *d)
{
	return d->info.tot_pages * XC_PAGE_SIZE;
}

static uint64_t memory_max(const struct stats_domain *d)
{
	return d->info.max_pages * XC_PAGE_SIZE;
}

static uint64_t vcpus(const struct stats_domain *d)
{
	return d->info.nr_online_vcpus;
}

static uint64_t events_sent(const struct stats_domain *d)
{
	return d->events_sent;
}

static uint64_t upcalls(const struct stats_domain *d)
{
	return d->upcalls;
}

static const struct {
	const char *name, *help;
	uint64_t (*value)(const struct stats_domain *d);
	bool is_ns, is_event;
} domain_metrics[] = {
	{ "xen_domain_cpu_seconds_total", "CPU time of all its virtual CPUs.", cpu_ns, true, false },
	{ "xen_domain_memory_bytes", "Memory it has now.", memory, false, false },
	{ "xen_domain_memory_max_bytes", "Memory it may reach.", memory_max, false, false },
	{ "xen_domain_vcpus", "Virtual CPUs that are on.", vcpus, false, false },
	{ "xen_domain_events_sent_total", "Events it sent (32 bits, then from 0 again).", events_sent, false, true },
	{ "xen_domain_upcalls_total", "Times it was told of new events (32 bits, then from 0 again).", upcalls, false,
	  true },
};

static void put_domain_metrics(FILE *f, const struct stats *s)
{
	for (size_t m = 0; m < sizeof(domain_metrics) / sizeof(domain_metrics[0]); m++) {
		if (domain_metrics[m].is_event && !(s->nr_domains && s->domains[0].has_events))
			continue;
		put_head(f, domain_metrics[m].name, domain_metrics[m].help);
		for (unsigned int i = 0; i < s->nr_domains; i++) {
			put_domain(f, domain_metrics[m].name, &s->domains[i]);
			fputc('}', f);
			put_value(f, domain_metrics[m].value(&s->domains[i]), domain_metrics[m].is_ns);
		}
	}
}

static void put_states(FILE *f, const struct stats *s)
{
	put_head(f, "xen_domain_state", "1 for each state that the domain is in.");
	for (unsigned int i = 0; i < s->nr_domains; i++) {
		for (unsigned int st = 0; st < XM_NR_STATES; st++) {
			put_domain(f, "xen_domain_state", &s->domains[i]);
			fprintf(f, ",state=\"%s\"} %d\n", xm_state_name(st),
				xm_in_state(&s->domains[i].info, st));
		}
	}
}

static void put_vcpus(FILE *f, const struct stats *s)
{
	put_head(f, "xen_domain_vcpu_seconds_total", "CPU time of a virtual CPU.");
	for (unsigned int i = 0; i < s->nr_domains; i++) {
		const struct stats_domain *d = &s->domains[i];

		for (unsigned int v = 0; v < d->nr_vcpus; v++) {
			put_domain(f, "xen_domain_vcpu_seconds_total", d);
			fprintf(f, ",vcpu=\"%u\"}", d->vcpus[v].id);
			put_value(f, d->vcpus[v].cpu_ns, true);
		}
	}
}

/* ---- devices ---- */

struct device_metric {
	const char *name, *help;
	size_t offset;			/* of the uint64_t in the device's struct */
};

#define NET(n, help, field)	{ "xen_domain_network_" n "_total", help, offsetof(struct stats_net, field) }
static const struct device_metric net_metrics[] = {
	NET("receive_bytes", "Bytes it received.", rx_bytes),
	NET("transmit_bytes", "Bytes it sent.", tx_bytes),
	NET("receive_packets", "Packets it received.", rx_packets),
	NET("transmit_packets", "Packets it sent.", tx_packets),
	NET("receive_dropped", "Packets for it that were dropped.", rx_dropped),
	NET("transmit_dropped", "Packets from it that were dropped.", tx_dropped),
};

#define DISK(n, help, field)	{ "xen_domain_disk_" n "_total", help, offsetof(struct stats_disk, field) }
static const struct device_metric disk_metrics[] = {
	DISK("read_bytes", "Bytes it read.", rd_bytes),
	DISK("written_bytes", "Bytes it wrote.", wr_bytes),
	DISK("reads", "Requests to read.", rd_requests),
	DISK("writes", "Requests to write.", wr_requests),
	DISK("flushes", "Requests to flush.", flushes),
	DISK("discards", "Requests to discard.", discards),
	DISK("waits", "Requests that waited for free slots of the backend.", waits),
};

static void put_device(FILE *f, const struct stats_domain *d, const struct device_metric *m, const char *label,
		       const char *name, const void *dev)
{
	uint64_t n;

	memcpy(&n, (const char *)dev + m->offset, sizeof(n));
	put_domain(f, m->name, d);
	fputc(',', f);
	put_label(f, label, name);
	fputc('}', f);
	put_value(f, n, false);
}

static void put_devices(FILE *f, const struct stats *s)
{
	for (size_t m = 0; m < sizeof(net_metrics) / sizeof(net_metrics[0]); m++) {
		put_head(f, net_metrics[m].name, net_metrics[m].help);
		for (unsigned int i = 0; i < s->nr_domains; i++)
			for (unsigned int n = 0; n < s->domains[i].nr_nets; n++)
				put_device(f, &s->domains[i], &net_metrics[m], "interface",
					   s->domains[i].nets[n].name, &s->domains[i].nets[n]);
	}
	for (size_t m = 0; m < sizeof(disk_metrics) / sizeof(disk_metrics[0]); m++) {
		put_head(f, disk_metrics[m].name, disk_metrics[m].help);
		for (unsigned int i = 0; i < s->nr_domains; i++)
			for (unsigned int n = 0; n < s->domains[i].nr_disks; n++)
				put_device(f, &s->domains[i], &disk_metrics[m], "device",
					   s->domains[i].disks[n].name, &s->domains[i].disks[n]);
	}
}

static void put_all(FILE *f, const struct stats *s)
{
	put_machine(f, s);
	put_domain_metrics(f, s);
	put_states(f, s);
	put_vcpus(f, s);
	put_devices(f, s);
}

/* ---- where to ---- */

/* A reader finds the old file or the new one, never half of it. */
static int replace_file(struct xm *xm, const char *path, const struct stats *s)
{
	char *part;
	FILE *f = NULL;
	int fd, rc = 0;

	if (asprintf(&part, "%s.XXXXXX", path) < 0)
		return xm_fail(xm, -ENOMEM, "out of memory");
	fd = mkostemp(part, O_CLOEXEC);
	if (fd < 0) {
		rc = xm_fail(xm, -errno, "%s: %s", part, strerror(errno));
		free(part);
		return rc;
	}
	/* For node-exporter, which is another user. */
	if (!fchmod(fd, 0644))
		f = fdopen(fd, "w");
	if (f)
		put_all(f, s);
	if (!f || ferror(f) || fflush(f))
		rc = -EIO;
	if (f ? fclose(f) : close(fd))
		rc = -EIO;
	if (!rc && rename(part, path))
		rc = -errno;
	if (rc) {
		xm_fail(xm, rc, "%s cannot be written: %s", path, strerror(errno));
		unlink(part);
	}
	free(part);
	return rc;
}

static int cmd_metrics(struct xm *xm, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "output", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
	};
	const char *output = NULL;
	bool json = false;
	struct stats s;
	int rc, opt;

	while ((opt = xm_getopt(xm, argc, argv, ":ho:j", longs)) != -1) {
		json |= opt == 'j';
		if (opt == 'o')
			output = optarg;
	}
	xm_want_args(xm, argc, 0, 0);
	if (json && output) {
		xm_fail(xm, 0, "--output FILE is for Prometheus' text format, not for --json");
		return XM_USAGE;
	}
	rc = stats_take(xm, &s);
	if (rc)
		return XM_FAILED;
	if (json)
		rc = json_print(stats_json(&s));
	else if (output)
		rc = replace_file(xm, output, &s);
	else
		put_all(stdout, &s);
	stats_free(&s);
	return rc ? XM_FAILED : XM_OK;
}

const struct command metrics_commands[] = {
	{ "metrics", NULL, cmd_metrics, "[--output FILE | --json]",
	  "show counters of all domains in Prometheus' text format",
	  "  -o, --output FILE   replace FILE at once by them, for node-exporter's textfile collector\n"
	  "  -j, --json          as JSON\n\n"
	  "  Per domain: CPU time, memory, state, network, disks, events; of the machine: memory, idle CPUs.\n"
	  "  Network and disks are counted by the control domain's backends, seen from the guest.\n"
	  "\nExample:\n  xm metrics --output /var/lib/prometheus/node-exporter/xen.prom\n" },
	{ .name = NULL },
};
