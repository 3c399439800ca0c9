# SPDX-License-Identifier: GPL-2.0-only
# Part of xm-admin.sh, before there is a guest: memory and processors of the control domain, which has nearly all of
# the machine's at boot (no dom0_mem=), and gives it to guests.

dom0_has()
{
	[ "$(xm list 0 | awk 'NR == 2 { print $3 }')" -$1 "$2" ]
}
paused_guest()
{
	xm create -p -q $CFG "name=$1" "memory=$2" maxmem=500 'disk=[]' 'vif=[]'
}
promised()
{
	xm info | grep -q "^outstanding_claims *: $1\$"
}
dom0_target()
{
	[ "$(xenstore read /local/domain/0/memory/target)" = "$1" ]
}

mkdir -p /etc/xen
[ ! -e /etc/xen/xm.conf ] || mv /etc/xen/xm.conf $T/xm.conf
had=$(xm list 0 | awk 'NR == 2 { print $3 }')
check "the control domain has more than it needs" test "$had" -gt 700
target=$(xenstore read /local/domain/0/memory/target)
check "the store knows how much" dom0_has eq $((target / 1024))
echo 'autoballoon = "off"' >/etc/xen/xm.conf
must_fail "no memory while autoballoon is off" \
	"501 MiB needed, [0-9]* MiB free of .*Domain-0 (domain 0) has $had MiB; autoballoon is off in /etc/xen/xm.conf" \
	create -p $CFG memory=500
echo 'dom0_memory_min = 700' >/etc/xen/xm.conf
must_fail "no memory below the control domain's minimum" "Domain-0 keeps at least 700 MiB" create -p $CFG memory=500
check "it was asked for nothing" dom0_target "$target"
rm /etc/xen/xm.conf
paused_guest m1 256 2>$T/m1 & one=$!
paused_guest m2 256 2>$T/m2 & two=$!
wait $one
check "a guest of 256 MiB" test $? = 0
wait $two
check "and another at the same time" test $? = 0
cat $T/m1 $T/m2
check "both have their memory" test "$(xm list | awk '$1 ~ /^m[12]$/ { n += $3 } END { print n }')" = 512
check "the control domain has less" dom0_has lt $((had - 200))
check "nothing is promised any more" promised 0
had=$(xm list 0 | awk 'NR == 2 { print $3 }')
check "mem-set of one that cannot take it yet" xm mem-set m1 400
check "it is promised" promised 144
check "by the control domain" dom0_has lt $((had - 100))
target=$(xenstore read /local/domain/0/memory/target)
must_fail "a third that would take too much" \
	"501 MiB needed, .*m1 (domain [0-9]*) has 256 MiB and is promised 144 more.* Domain-0 keeps at least 2[0-9]* MiB" \
	create -p $CFG name=m3 memory=500
check "the control domain keeps what it has" dom0_target "$target"
check "a promise can be taken back" xm mem-set m1 256
check "and is forgotten" promised 0
xm destroy m1
xm destroy m2

check "mem-set of the control domain" xm mem-set Domain-0 400
check "it gives memory back" wait_for 60 dom0_has eq 400
must_fail "less than its minimum" "Domain-0 keeps at least 2[0-9]* MiB (dom0_memory_min" mem-set 0 100
must_fail "more than the machine has" "domain 0 can have [0-9]* MiB at most" mem-set 0 64g
check "mem-set up" xm mem-set 0 450
check "it takes it again" wait_for 60 dom0_has eq 450
check "vcpu-set of the control domain" xm vcpu-set 0 1
processors()
{
	[ "$(nproc)" = "$1" ]
}
check "it switches one off" wait_for 60 processors 1
check "vcpu-set up" xm vcpu-set Domain-0 2
cpu_back()
{
	processors 2 || echo 1 >/sys/devices/system/cpu/cpu1/online
	processors 2
}
check "and on again" wait_for 60 cpu_back
[ ! -e $T/xm.conf ] || mv $T/xm.conf /etc/xen/xm.conf
