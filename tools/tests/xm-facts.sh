# SPDX-License-Identifier: GPL-2.0-only
# Part of xm-smoke.sh: what xm tells of a guest that runs (domain $ID, called demo), and the core of one that crashed.

# Debian's build of the peer keeps 16 KiB; ours 1 MiB.
if ! peer; then
	first=$(xm dmesg | head -1)
	check "dmesg begins with the first line of the boot" grep -q 'hypervisor .* started by' <<-EOF
		$first
	EOF
	n=$(in_dmesg "'h' pressed")
	xm debug-keys "$(printf '%60s' '' | tr ' ' h)"
	check "many messages" wait_for 60 more_in_dmesg $((n + 59)) "'h' pressed"
	check "more than 32 KiB of them are kept" test "$(xm dmesg | wc -c)" -gt 32768
	check "its buffer has 1 MiB" grep -q '1024 KiB of messages are kept' <<-EOF
		$(xm dmesg)
	EOF
	check "and the first line as well" test "$(xm dmesg | head -1)" = "$first"
fi

xm dmesg -f >$T/follow &
follower=$!
wait_for 60 test -s $T/follow
was=$(wc -c <$T/follow)
xm debug-keys h
grew()
{
	[ $(wc -c <$T/follow) -gt $was ]
}
check "dmesg -f shows what comes" wait_for 60 grew
kill $follower
was=$(xm dmesg -c | wc -c)
check "dmesg -c has emptied the buffer" test $(($(xm dmesg | wc -c) * 2)) -lt $was

xm metrics >$T/out
check "metrics: CPU time" grep -q "^xen_domain_cpu_seconds_total{domid=\"$ID\",domain=\"demo\"} [0-9.]*[1-9]" $T/out
check "metrics: memory" grep -q "^xen_domain_memory_bytes{domid=\"$ID\",domain=\"demo\"} 134217728" $T/out
check "metrics: network" grep -q "^xen_domain_network_transmit_packets_total{domid=\"$ID\",.*\"vif$ID.0\"} [1-9]" $T/out
check "metrics: disk" grep -q "^xen_domain_disk_read_bytes_total{domid=\"$ID\",.*\"xvda\"} [1-9]" $T/out
# Debian's build of the peer counts no events; ours does.
if grep -q '^xen_domain_upcalls_total' $T/out; then
	check "metrics: events" grep -q "^xen_domain_upcalls_total{domid=\"$ID\",domain=\"demo\"} [1-9]" $T/out
else
	check "metrics: no events there" peer
fi
echo old >$T/xen.prom
check "metrics --output" xm metrics --output $T/xen.prom
check "it replaces the file" grep -q '^xen_domains 2' $T/xen.prom
check "and leaves no other" test "$(ls $T/xen.prom*)" = $T/xen.prom
must_fail "metrics to nowhere" "/nonexistent/x.*: No such file" metrics --output /nonexistent/x
xm top --batch -i 1 -d 0.5 >$T/out
check "top --batch" grep -q "^demo *$ID .* 128M " $T/out
guest '{ while sleep 0.1; do date >/mnt/now; sync; done & }'
ping -q -c 100 10.5.0.2 >$T/ping &
pinger=$!
# rate WHAT: top shows some of it for the guest.
rate()
{
	xm top --json -i 1 -d 2 >$T/out
	grep -A14 '"name": "demo"' $T/out | sed -n "s/.*\"$1_per_second\": \([0-9]*\).*/\1/p" | grep -q '^[1-9]'
}
for what in rx_bytes tx_bytes written_bytes; do
	check "top: $what in a second" wait_for 30 rate $what
done
kill $pinger
check "top has no colours in a file" not grep -q "$(printf '\033')" $T/out
xm metrics >$T/out
check "metrics: written" grep -q "^xen_domain_disk_written_bytes_total{domid=\"$ID\",.*\"xvda\"} [1-9]" $T/out
guest 'kill $!'
xm list -v >$T/out
check "list -v shows the virtual CPU" grep -q 'vcpu 0: .* CPU [0-9], [0-9.]* s' $T/out
xm log demo >$T/out 2>&1
check "log shows the guest's first line" grep -q '0.000000\] Linux version' $T/out
xm log -f -n 1 demo >$T/follow &
follower=$!
guest 'echo followed-$((6*7))'
check "log -f shows what comes" wait_for 60 grep -q 'followed-42' $T/follow
kill $follower
check "log -n" test "$(xm log -n 3 demo | grep -c '')" = 3
# More than once, whatever the buffer has lost (dmesg -c) is in the file.
hypervisor_log_has()
{
	xm log --hypervisor | grep -q "$1"
}
check "log --hypervisor shows what the buffer has lost" hypervisor_log_has 'dom0 kernel\|Xen version'
xm log -f -H -n 1 >$T/follow &
follower=$!
wait_for 60 test -s $T/follow
was=$(wc -c <$T/follow)
xm debug-keys h
check "log -f --hypervisor shows what comes" wait_for 60 grew
kill $follower
check "its writer has no capabilities" \
	grep -q '^CapBnd:[^0-9a-f]*0*$' "/proc/$(pgrep hypervisor-log | head -1)/status"
xm log -m demo >$T/out
check "log -m shows what the monitor saw" grep -q "watching domain $ID" $T/out
must_fail "the log of nobody" "there is no /var/log/xen/console/guest-nobody.log" log nobody

dump_checks()
{
	# The root in memory may have no room for it.
	mkdir -p $T/cores
	mount -t tmpfs -o size=300m cores $T/cores
	core=$T/cores/core
	check "dump-core of a crashed guest" xm dump-core -q demo $core
	check "it is an ELF core" test "$(od -A n -t x1 -N 4 $core | tr -d ' ')" = 7f454c46
	check "with the guest's memory" test $(wc -c <$core) -gt 134217728
	check "and root's alone" test "$(stat -c %a $core)" = 600
	check "pages of zeros take no room" test "$(du -k $core | cut -f 1)" -lt 120000
	umount $T/cores
	must_fail "a core to nowhere" "/nonexistent/core: No such file" dump-core demo /nonexistent/core
	must_fail "a core onto a device" "/dev/null is no regular file" dump-core demo /dev/null
}
