// SPDX-License-Identifier: GPL-2.0-only
/* Runs the tests; the last line is the sum, the exit status the verdict. */
#include "test.h"

unsigned int checks_failed;

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "store: paths", test_paths },
	{ "store: permission lists", test_perms },
	{ "store: the tree", test_tree },
	{ "store: the tree against a model", test_tree_random },
	{ "store: requests", test_ops },
	{ "store: who may do what", test_permissions },
	{ "store: long directories", test_directory },
	{ "store: malformed arguments", test_arguments },
	{ "store: watches", test_watches },
	{ "store: who sees which event", test_watch_visibility },
	{ "store: events of removals", test_watch_removal },
	{ "store: special events", test_watch_special },
	{ "store: transactions", test_txn },
	{ "store: conflicts", test_txn_conflicts },
	{ "store: merging", test_txn_merge },
	{ "store: repetition undisturbed", test_txn_hold },
	{ "store: old transactions", test_txn_expiry },
	{ "store: old trees of transactions", test_txn_pinned },
	{ "store: serializability", test_serial },
	{ "store: quotas", test_quota },
	{ "store: quotas in transactions", test_quota_txn },
	{ "store: clients that do not read", test_backpressure },
	{ "store: the control domain's kernel", test_dom0_events },
	{ "store: a change with very many events", test_event_work },
	{ "store: bytes of transactions", test_quota_bytes },
	{ "store: introduction and release", test_domain_life },
	{ "store: death of a domain", test_domain_death },
	{ "store: reconnection", test_reconnect },
	{ "store: operator's commands", test_control },
	{ "store: hostile rings", test_bad_rings },
	{ "store: hostile messages", test_bad_messages },
	{ "store: fairness", test_fairness },
	{ "store: random packets", test_fuzz },
	{ "store: client library", test_library },
	{ "store: a hundred guests", test_load },
	{ "store: live update", test_state },
	{ "store: live update with output waiting", test_state_output },
	{ "store: live update, and a guest is gone", test_state_lost_ring },
	{ "store: a daemon that died", test_state_cold },
	{ "store: states that are wrong", test_state_wrong },
	{ "store: damaged states", test_state_fuzz },
	{ "store: a successor that is tried out", test_state_rehearsal },
	{ "console: text of logs", test_console_text },
	{ "console: rotation of logs", test_console_log },
	{ "store: live update, and what belongs to the process", test_state_process },
	{ "store: the lister of domains", test_lister },
	{ "store: listers that are wrong, slow, or gone", test_lister_wrong },
	{ "daemons: privileges given up", test_privs },
	{ "daemons: owners of ports", test_ports },
	{ "daemons: a log that is removed", test_daemon_log },
	{ "console: a flood", test_console_flood },
	{ "console: ring", test_console_ring },
	{ "console: buffer", test_console_buffer },
};

uint32_t rnd(uint32_t below)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % below;
}

int main(void)
{
	unsigned int i, passed = 0, n = sizeof(tests) / sizeof(tests[0]);

	for (i = 0; i < n; i++) {
		checks_failed = 0;
		tests[i].run();
		printf("%s %s\n", checks_failed ? "FAIL" : "PASS", tests[i].name);
		fflush(stdout);
		passed += !checks_failed;
	}
	printf("%u passed, %u failed\n", passed, n - passed);
	return passed != n;
}
