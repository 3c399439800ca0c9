/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Anti-spoofing: what a guest sends passes only with its own addresses.
 *
 * One chain for each card in the table "netdev xm", which belongs to xm alone. It sees every frame as it comes out
 * of the guest, before bridge, router or translation. A chain goes with its interface.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "device.h"
#include "run.h"

#define NFT_TIMEOUT_MS	60000

static int nft(struct xm *xm, const char *const *argv, const char *input, const char *what)
{
	struct run r = { .argv = argv, .input = input, .first = true };
	int rc = run_program(xm, &r, NFT_TIMEOUT_MS);

	if (rc == -EIO)
		return xm_fail(xm, rc, "%s: nft failed: %s", what, r.said);
	if (rc == -ETIMEDOUT)
		return xm_fail(xm, rc, "%s: nft did not end within %d s", what, NFT_TIMEOUT_MS / 1000);
	return rc;
}

static void chain_name(const struct device *d, char buf[32])
{
	snprintf(buf, 32, "%s%u.%u", d->kind, d->domid, d->devid);
}

/* Writes the addresses of one family with commas between them; false when there are none. */
static bool put_addresses(FILE *f, const char *list, int family, const char *before)
{
	char *text = strdup(list), *save, canonical[CFG_IP_MAX];
	bool any = false;
	int fam;

	for (char *p = text ? strtok_r(text, " ", &save) : NULL; p; p = strtok_r(NULL, " ", &save)) {
		if (cfg_parse_ip(p, canonical, &fam, NULL) || fam != family)
			continue;
		fprintf(f, "%s%s", any ? ", " : before, canonical);
		any = true;
	}
	free(text);
	return any;
}

/* The link-local address that a card makes out of its MAC address (EUI-64). */
static void link_local(const uint8_t mac[6], uint8_t out[16])
{
	const uint8_t id[8] = { mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5] };

	memset(out, 0, 16);
	out[0] = 0xfe;
	out[1] = 0x80;
	memcpy(out + 8, id, 8);
}

/* A neighbour advertisement may speak for these only. Bytes 8 to 23 of the message are its target. */
static void put_target(FILE *f, const uint8_t addr[16], unsigned int prefix)
{
	unsigned int bytes = (prefix + 7) / 8, beyond = bytes * 8 - prefix, above = 0;

	fprintf(f, "\t\ticmpv6 type nd-neighbor-advert @th,64,%u 0x", prefix);
	/* A number of so many bits, so without those beyond the prefix. */
	for (unsigned int i = 0; i < bytes; i++) {
		above = above << 8 | addr[i];
		fprintf(f, "%02x", above >> beyond & 0xff);
	}
	fputs(" accept\n", f);
}

static void put_targets(FILE *f, const char *list)
{
	char *text = strdup(list), *save, *slash;
	unsigned int prefix;
	uint8_t addr[16];

	for (char *p = text ? strtok_r(text, " ", &save) : NULL; p; p = strtok_r(NULL, " ", &save)) {
		slash = strchr(p, '/');
		prefix = slash ? strtoul(slash + 1, NULL, 10) : 128;
		if (slash)
			*slash = '\0';
		if (inet_pton(AF_INET6, p, addr) == 1 && prefix && prefix <= 128)
			put_target(f, addr, prefix);
	}
	free(text);
}

static void put_ip6(FILE *f, const char *list, const uint8_t mac[6])
{
	char own[INET6_ADDRSTRLEN];
	uint8_t addr[16];

	link_local(mac, addr);
	inet_ntop(AF_INET6, addr, own, sizeof(own));
	if (!put_addresses(f, list, AF_INET6, "\t\tip6 saddr != { "))
		return;
	fprintf(f, ", %s, :: } drop\n", own);
	put_target(f, addr, 128);
	put_targets(f, list);
	/* Nor may it pass for the network's router. */
	fputs("\t\ticmpv6 type { nd-neighbor-advert, nd-router-advert, nd-redirect } drop\n"
	      "\t\tmeta protocol ip6 accept\n", f);
}

static void put_ip4(FILE *f, const char *list)
{
	if (put_addresses(f, list, AF_INET, "\t\tip saddr { "))
		fputs(" } accept\n", f);
	/* DHCP, and the question whether an address is in use, come before there is an address. */
	fputs("\t\tip saddr 0.0.0.0 udp sport 68 udp dport 67 accept\n", f);
	if (put_addresses(f, list, AF_INET, "\t\tarp saddr ip { 0.0.0.0, "))
		fputs(" } accept\n", f);
}

static char *ruleset(const struct device *d, const char *ifname, const uint8_t mac[6], const char *ip)
{
	char name[32], own[18], *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	chain_name(d, name);
	snprintf(own, sizeof(own), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	fprintf(f, "table netdev xm {\n\tchain %s {\n", name);
	fprintf(f, "\t\ttype filter hook ingress device \"%s\" priority 0; policy %s;\n", ifname,
		ip ? "drop" : "accept");
	fprintf(f, "\t\tether saddr != %s drop\n\t\tarp saddr ether != %s drop\n", own, own);
	if (ip) {
		put_ip4(f, ip);
		put_ip6(f, ip, mac);
	}
	fputs("\t}\n}\n", f);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

void antispoof_remove(struct xm *xm, const struct device *d)
{
	char name[32];
	const char *const argv[] = { "nft", "delete", "chain", "netdev", "xm", name, NULL };
	struct run r = { .argv = argv, .undo = true };

	chain_name(d, name);
	/* The kernel may have removed it already, with its interface. */
	run_program(xm, &r, NFT_TIMEOUT_MS);
}

int antispoof_check(struct xm *xm)
{
	if (run_find("nft"))
		return 0;
	return xm_fail(xm, -ENOENT, "vif: antispoof needs the program nft; install the package nftables, or say antispoof=0");
}

int antispoof_add(struct xm *xm, const struct device *d, const char *ifname, const uint8_t mac[6], const char *ip)
{
	static const char *const argv[] = { "nft", "-f", "-", NULL };
	char *text = ruleset(d, ifname, mac, ip), what[48];
	int rc;

	if (!text)
		return xm_fail(xm, -ENOMEM, "out of memory");
	snprintf(what, sizeof(what), "vif %u: antispoof", d->devid);
	antispoof_remove(xm, d);
	rc = nft(xm, argv, text, what);
	free(text);
	return rc;
}
