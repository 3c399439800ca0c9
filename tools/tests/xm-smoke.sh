#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in dom0: makes, lists, pauses, talks to, reboots and destroys a Debian guest with xm.
# Prints `ok N - text` or `not ok N - text` for each check; the exit status is the verdict.

CFG=${CFG:-/etc/xen/demo.cfg}
BOOT_SECONDS=${BOOT_SECONDS:-90}
T=/tmp/xm-smoke
checks=0
failed=0
mkdir -p $T
. "${LIB:-/usr/lib/xen/tests/xm-lib.sh}"

# ---- a guest's life ----

xm list >$T/out 2>&1
check "list shows the control domain" grep -q '^Domain-0 *0 ' $T/out
xm info >$T/out 2>&1
check "info shows the machine" grep -q '^total_memory *: [1-9]' $T/out
xm dmesg >$T/out 2>&1
check "dmesg shows the hypervisor's messages" grep -q '^(XEN) .*[Cc]ommand line: .*console=' $T/out

before=$(leftovers)
boot
check "create -q says nothing" test ! -s $T/out
check "create starts a guest" test "$(xm domname "$ID" 2>&1)" = demo
check "the guest boots with its disk and network" up
check "the disk is readable in the guest" grep -q 'guest: disk: This file' $T/console
check "the guest's boot messages are complete" grep -q 'Linux version' $T/console
check "ping over the bridge" wait_for 60 ping -c 1 -W 1 10.5.0.2
xm list >$T/out
check "list shows the guest" grep -q "^demo *$ID *128 *1 " $T/out
xm list --json >$T/out
check "list --json shows the guest" grep -q '"name": "demo"' $T/out

must_fail "a second guest of that name" "exists already as domain $ID" create $CFG
must_fail "the disk of a running guest is not given away" "guest 'demo' (domain $ID) has it as xvda for writing" \
	create $CFG name=other

# Once for each hypervisor is enough: on the machine with one CPU.
[ "$(nproc)" -gt 1 ] || . "${FACTS:-/usr/lib/xen/tests/xm-facts.sh}"

xm pause demo
check "pause" state p
xm unpause demo
check "unpause" not state p

must_fail "a second reader of the console" "is open in another xm (process [0-9]" console demo
guest 'echo answer-$((6*7))'
check "console carries input and output, and Ctrl-] leaves it" grep -q 'answer-42' $T/out

old=$ID
# While this has the lock of names the guest's next life cannot begin.
exec 9>/run/xen/xm-names.lock
flock 9
if [ "$(nproc)" -gt 1 ]; then
	check "reboot -a" xm reboot -a
	check "ends the domain" wait_for 60 not xm domname "$old"
else
	check "reboot -w" xm reboot -w -t 60 demo
	check "comes back when the domain is gone" not xm domname "$old"
fi
xm create $CFG >$T/stdout 2>$T/said.create &
creator=$!
check "create of its name waits for its next life" wait_for 60 grep -q "'demo': waiting for its next life" $T/said.create
flock -u 9
exec 9>&-
check "reboot ends the domain and starts another" wait_for 60 rebooted $old
check "and does not lose its name to create" not wait $creator
ID=$(xm domid demo)
check "which says that it is there" grep -q "'demo' exists already as domain $ID;" $T/said.create
: >$T/console
watch_console
check "the guest is up again" up

if [ "$(nproc)" -gt 1 ]; then
	xm shutdown -a -w -t 60 2>$T/out
	check "shutdown -a -w comes back when all guests are gone" test $? = 0
else
	xm shutdown -w -t 60 demo 2>$T/out
	check "shutdown -w comes back when the guest is gone" test $? = 0
fi
check "at once" not xm domid demo
check "nothing is left of it" clean "$before"

# ---- console from the first line; the same name at once ----

: >$T/out
leave_at '0.000000\] Linux version' | xm create -c $CFG >$T/out 2>&1
check "create -c shows the first line of the kernel" grep -q '0.000000\] Linux version' $T/out
ID=$(xm domid demo)
xm destroy demo
check "destroy" test $? = 0
check "nothing is left of it" clean "$before"

# With as few event channels as Debian needs to boot with a disk (its card wants two more at first, and takes one), or
# grants.
limit=
peer || limit=max_grant_frames=2 told="d[0-9]*: its grant table has grown to its limit, 2 frames (max_grant_frames)"
[ "$(nproc)" -gt 1 ] || peer ||
	limit=max_event_channels=9 told="d[0-9]*: no event channel is free, its limit is 9 (max_event_channels)"
# shellcheck disable=SC2086
boot $limit
check "the same name at once" test "$(xm domname "$ID")" = demo
check "the guest boots" up
[ -z "$limit" ] || check "a guest at a limit, $limit, is in the hypervisor's log" more_in_dmesg 0 "$told"
monitor=$(pgrep xm-monitor | head -1)
kill -9 "$monitor"
xm destroy demo
check "destroy cleans up after a guest whose monitor was killed" clean "$before"

# ---- a guest's end and what follows ----

boot on_crash=preserve "extra=console=hvc0 sysrq_always_enabled"
up
xm sysrq demo c
check "a crashed guest is preserved" wait_for 60 state c
must_fail "its name is in use" "guest 'demo' is preserved as domain $ID (it crashed)" create $CFG
[ "$(nproc)" -gt 1 ] || dump_checks
xm destroy demo
check "destroy of a crashed guest" clean "$before"

boot on_poweroff=destroy on_reboot=destroy
up
# Its monitor stands still for a while, so that its former life lasts.
monitor=$(pgrep xm-monitor)
kill -STOP "$monitor"
if [ "$(nproc)" -gt 1 ]; then
	check "trigger power" xm trigger demo power
else
	check "a reboot that destroys" xm reboot demo
fi
check "the guest has shut itself down" wait_for 60 state s
(
	xm create --json -p $CFG >$T/out 2>$T/said.create
	echo $? >$T/status
) &
creator=$!
check "create waits for the former life of that name" \
	wait_for 60 grep -q "waiting for its former life, domain $ID," $T/said.create
kill -CONT "$monitor"
wait $creator
check "and makes the guest then" test "$(cat $T/status)" = 0
check "and shows as JSON what it made" grep -q "^  \"domid\": $(xm domid demo)," $T/out
check "with its uuid" grep -qF "$(xm list -l demo | grep -o '"uuid": "[^"]*"')" $T/out
if [ "$(nproc)" -gt 1 ]; then
	ID=$(xm domid demo)
	monitor=$(pgrep xm-monitor)
	kill -STOP "$monitor"
	xm destroy demo 2>$T/out &
	destroyer=$!
	check "destroy says what it waits for" \
		wait_for 60 grep -q "waiting for the monitor of domain $ID, which is dead, to clean up" $T/out
	kill $destroyer
	check "it can be interrupted" not wait $destroyer
	check "and says what holds now" grep -q "interrupted; domain $ID is dead, and its monitor goes on" $T/out
	kill -CONT "$monitor"
else
	xm destroy demo
fi
check "a guest that never ran is destroyed" clean "$before"

xm create -n $CFG >$T/out 2>&1
check "a dry run shows the settings" grep -q '^memory = 128' $T/out
check "and as JSON what would be built" sh -c "xm create -n --json $CFG | grep -q '\"mac_generated\": true'"
xm create -n --json $CFG max_grant_frames=40 cap=50 >$T/json 2>$T/out
check "without a boot loader" grep -q '"bootloader": null' $T/json
check "with its limits" test "$(grep -c '"max_event_channels": 1023\|"max_grant_frames": 40\|"cpu_cap": 50' $T/json)" = 3
check "a dry run makes nothing" clean "$before"
finish
