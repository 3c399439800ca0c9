# SPDX-License-Identifier: GPL-2.0-only
# Helpers of the tests of xm that run in dom0. The caller sets CFG, T, BOOT_SECONDS, checks and failed.

# Kernel messages between the verdicts would tear their lines.
dmesg -n 1

# check TEXT COMMAND...: one line of verdict.
check()
{
	text=$1
	shift
	checks=$((checks + 1))
	if "$@" >$T/said 2>&1; then
		echo "ok $checks - $text"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $checks - $text"
	for f in said out; do
		[ -s $T/$f ] && tail -$((failed > 1 ? 5 : 40)) $T/$f | tr -d '\r' | sed "s/^/#   $f: /"
	done
	# Once: more of it, what the control domain's kernel waits for, and what that has said.
	[ $failed -gt 1 ] && return
	echo w >/proc/sysrq-trigger
	dmesg | tail -60 | sed 's/^/#   dmesg: /'
}

not()
{
	! "$@"
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for()
{
	n=$(($1 * 5))
	shift
	until "$@" >/dev/null 2>&1; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.2
	done
}

# must_fail TEXT PATTERN ARGUMENTS...: xm says one line that matches, fails, and leaves nothing behind.
must_fail()
{
	case_=$1
	pattern=$2
	shift 2
	was=$(leftovers)
	xm "$@" >$T/stdout 2>$T/out
	status=$?
	check "$case_: fails" test $status -ne 0
	check "$case_: one line on stderr" test "$(wc -l <$T/out)" = 1
	check "$case_: says why" grep -q "$pattern" $T/out
	check "$case_: nothing left behind" clean "$was"
}

store_list()
{
	for p in /local/domain /vm /local/domain/0/backend/vbd /local/domain/0/backend/vif /libxl; do
		echo "$p:"
		xenstore-list $p 2>/dev/null
	done
}

# All that a guest could leave.
leftovers()
{
	xm list | awk 'NR > 1 { print $1, $2 }'
	losetup -a
	ls /sys/class/net /sys/class/net/xenbr0/brif
	ls -A /var/lib/xen/boot 2>/dev/null
	ls /run/xen | grep -v 'xm-[a-z]*.lock\|xm-console\|[.]pid$\|^guestboot$'
	command -v xenstore-list >/dev/null && store_list
	pgrep xm-monitor
}

same()
{
	[ "$(leftovers)" = "$1" ]
}

# clean SNAPSHOT: everything is as it was, at the latest after a moment; else says what differs.
clean()
{
	wait_for 30 same "$1" && return
	echo "$1" >$T/was
	leftovers >$T/now
	diff $T/was $T/now
	return 1
}

# A console has one reader at a time.
watch_console()
{
	xm console "$ID" </dev/null >>$T/console 2>$T/watcher &
	watcher=$!
}

# leave_at PATTERN: what a person types who waits for it on the console whose output is in $T/out, and leaves.
leave_at()
{
	wait_for 120 grep -q "$1" $T/out
	printf '\035'
}

# guest COMMAND: type it on the guest's console; what comes back is in $T/out.
guest()
{
	kill $watcher 2>/dev/null
	wait $watcher
	: >$T/out
	{ echo "$1; echo answer''ed"; leave_at answered; } | xm console demo >$T/out 2>&1
	watch_console
}

# boot [KEY=VALUE...]: start the demo guest, its console in $T/console and its number in $ID.
boot()
{
	xm create -q $CFG "$@" >$T/out 2>&1
	ID=$(xm domid demo 2>/dev/null)
	: >$T/console
	watch_console
}

up()
{
	wait_for $BOOT_SECONDS grep -q 'guest: up' $T/console
}

# peer: this is Debian's hypervisor, not ours.
peer()
{
	grep -q pkg-xen-devel /sys/hypervisor/compilation/compiled_by
}

# says PATTERN XM-ARGUMENTS...
says()
{
	pattern=$1
	shift
	xm "$@" >$T/out 2>&1 && grep -q "$pattern" $T/out
}

# in_dmesg PATTERN: how often the hypervisor has said so.
in_dmesg()
{
	xm dmesg | grep -c "$1"
}

# more_in_dmesg N PATTERN: it has said so more than N times.
more_in_dmesg()
{
	[ "$(in_dmesg "$2")" -gt "$1" ]
}

# refused TEXT PATTERN XM-ARGUMENTS...: nothing on stdout, one line that matches on stderr, and a status that is not 0.
refused()
{
	case_=$1
	pattern=$2
	shift 2
	xm "$@" >$T/stdout 2>$T/out </dev/null
	check "$case_" is_refusal $? "$pattern"
}

is_refusal()
{
	[ "$1" != 0 ] && [ ! -s $T/stdout ] && [ "$(wc -l <$T/out)" = 1 ] && grep -q "$2" $T/out && return
	echo "status $1, stdout '$(head -3 $T/stdout)', stderr '$(head -3 $T/out)', expected '$2'"
	return 1
}

# guest_at FILE COMMAND: the same, once the guest has that file. A device comes a moment after xm says so.
guest_at()
{
	guest "until [ -e $1 ]; do sleep 0.2; done; $2"
}

# state LETTER: xm list shows it for the guest.
state()
{
	xm list | awk -v id="$ID" '$2 == id { print $5 }' | grep -q "$1"
}

# rebooted OLD [NAME]: the guest has another number now, and runs: it has its name before it has its console.
rebooted()
{
	new=$(xm domid "${2:-demo}" 2>/dev/null) && [ "$new" != "$1" ] &&
		xm list | awk -v id="$new" '$2 == id { print $5 }' | grep -q '^[^p]*$'
}

# What may tell why.
explain()
{
	echo "# $failed of $checks failed"
	[ -s $T/console ] && tail -20 $T/console | tr -d '\r' | sed 's/^/# console: /'
	cat /var/log/xen/xm-*.log | tail -8 | sed 's/^/# log: /'
	dmesg | tail -12 | sed 's/^/# dmesg: /'
	xm dmesg | tail -12 | sed 's/^/# /'
}

finish()
{
	echo "1..$checks"
	[ $failed = 0 ] || explain
	[ $failed = 0 ]
}
