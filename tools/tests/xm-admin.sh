#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in dom0: the administrator's commands of xm on a running Debian guest: devices while it runs, processors,
# memory, names, keys. Output as of xm-smoke.sh.

CFG=${CFG:-/etc/xen/demo.cfg}
BOOT_SECONDS=${BOOT_SECONDS:-90}
T=/tmp/xm-admin
checks=0
failed=0
mkdir -p $T
. "${LIB:-/usr/lib/xen/tests/xm-lib.sh}"

# mac N: the address of card N.
mac()
{
	xm network-list demo | awk -v n="$1" '$1 == n { print $2 }'
}

before=$(leftovers)
# On the machine whose control domain has no fixed size: it is ours (tests/dom0/xm-admin.sh).
xm info | grep -q dom0_mem= || . "${MEMORY:-/usr/lib/xen/tests/xm-memory.sh}"
check "nothing is left of them" clean "$before"
boot vcpus=2 maxvcpus=3 maxmem=160 on_poweroff=preserve "extra=console=hvc0 sysrq_always_enabled"
check "a guest with two of three processors" up
check "it has two" grep -q 'guest: up.* 2 CPUs' $T/console

# ---- processors ----

check "vcpu-list" says "^demo *$ID *1 " vcpu-list demo
check "vcpu-list --json" says '"vcpu": 1' vcpu-list --json demo
check "vcpu-pin" xm vcpu-pin demo all 0
# pinned VCPU HARD SOFT
pinned()
{
	xm vcpu-list demo | awk -v v="$1" '$1 == "demo" && $3 == v { print $(NF - 2), $(NF - 1), $NF }' | grep -qxF "$2 / $3"
}
check "the pinning is shown" test "$(xm vcpu-list demo | grep -c '^demo .* 0 / all$')" = 3
check "vcpu-pin one, with a preference" xm vcpu-pin demo 1 1 0
check "it is shown" pinned 1 1 0
check "and it runs there" wait_for 60 says "^demo *$ID *1 *1 " vcpu-list demo
check "for that one alone" pinned 0 0 all
check "vcpu-pin - leaves where it may run" xm vcpu-pin demo 1 - all
check "and changes where it prefers to" pinned 1 1 all
check "vcpu-pin - again, for what it prefers" xm vcpu-pin demo 1 all -
check "and changes where it may" pinned 1 all all
check "vcpu-pin back" xm vcpu-pin demo all all
check "all of them are back" test "$(xm vcpu-list demo | grep -c '^demo .* all / all$')" = 3
check "vcpu-set 1" xm vcpu-set demo 1
guest 'until [ $(nproc) = 1 ]; do sleep 0.2; done; echo cpus=$(nproc)'
check "the guest has switched one off" grep -q 'cpus=1' $T/out
check "list -v tells which run" test "$(xm list -v demo | grep -c '^    vcpu 0: .* CPU [01], \|^    vcpu [12]: off$')" = 3
check "list -v --json too" test "$(xm list -v --json demo | grep -c '"online": false')" = 2
check "vcpu-set 3" xm vcpu-set demo 3
guest 'until [ $(nproc) = 3 ]; do sleep 0.2; echo 1 | tee /sys/devices/system/cpu/cpu[12]/online; done; echo cpus=$(nproc)'
check "the guest has switched two on" grep -q 'cpus=3' $T/out
must_fail "more processors than it may have" "expected a number from 1 to 3" vcpu-set demo 9
must_fail "a bad set of processors" "is no set of CPUs" vcpu-pin demo 0 1-x

# ---- shares ----

check "sched-credit" says "^demo *$ID *256 *0" sched-credit -d demo
check "sched-credit sets" xm sched-credit -d demo -w 512 -c 50
check "and shows it" says "^demo *$ID *512 *50" sched-credit -d demo
check "sched-credit --json" says '"weight": 512' sched-credit -d demo --json
check "no cap again" xm sched-credit -d demo -c 0
must_fail "a weight without a domain" "which domain" sched-credit -w 3
check "sched-credit -s" says '^Cpupool Pool-0: .*ratelimit=[0-9]*us' sched-credit -s
was=$(sed -n 's/.*ratelimit=\([0-9]*\)us.*/\1/p' $T/out)
check "sched-credit -r" xm sched-credit -s -r 2000
check "is shown" says 'ratelimit=2000us' sched-credit -s
check "and as JSON" says '"ratelimit_us": 2000' sched-credit -s --json
check "sched-credit -r back" xm sched-credit -r "$was"
if xm info | grep -q '^xen_scheduler *: credit$'; then
	check "sched-credit -t" xm sched-credit -s -t 10
	check "is shown, and the rest as it was" says "tslice=10ms ratelimit=${was}us" sched-credit -s
	check "sched-credit -t back" xm sched-credit -t 30
	refused "a rate limit above the time slice" "cannot be longer than the time slice (30 ms)" sched-credit -r 40000
else
	refused "a time slice where there is none" "has a rate limit alone" sched-credit -t 10
fi

# ---- memory ----

check "mem-set down" xm mem-set demo 100
memory_is()
{
	[ "$(xm list demo | awk 'NR == 2 { print $3 }')" -$1 "$2" ]
}
check "the guest gives memory back" wait_for 60 memory_is le 101
check "mem-set up" xm mem-set demo 128m
check "the guest takes it again" wait_for 60 memory_is ge 127
check "mem-max" xm mem-max demo 192
check "mem-set within the new maximum, in bytes" xm mem-set demo 136314880b
check "the guest takes it" wait_for 60 memory_is ge 129
must_fail "more memory than the maximum" "can have 192 MiB at most" mem-set demo 1g
must_fail "a size that is none" "size '12x': expected" mem-set demo 12x

# ---- disks ----

dd if=/dev/zero of=$T/data.img bs=1k count=1 seek=4095 2>/dev/null
check "block-attach" xm block-attach demo file:$T/data.img,xvdb,w
check "block-list" wait_for 60 says '^xvdb .* w *4 *'$T/data.img block-list demo
guest_at /dev/xvdb 'echo size=$(cat /sys/block/xvdb/size); echo written >/dev/xvdb'
check "the guest sees it and writes" grep -q 'size=8192' $T/out
check "what it wrote is in the image" grep -q written $T/data.img
must_fail "the same device twice" "has a disk xvdb already" block-attach demo file:$T/data.img,xvdb,w
must_fail "the same image twice" "guest 'demo' (domain $ID) has it as xvdb for writing" \
	block-attach demo file:$T/data.img,xvdc,w
check "block-detach" xm block-detach demo xvdb
check "its loop device is gone" not grep -q data.img /sys/block/loop*/loop/backing_file
must_fail "a disk that is not there" "has no disk 'xvdb'" block-detach demo xvdb
check "tap:aio: is an image file" xm block-attach demo tap:aio:$T/data.img,xvdb,r
check "it is connected" wait_for 60 says '^xvdb .* r *4 ' block-list demo
check "and taken away" xm block-detach demo xvdb
check "read-only disk" xm block-attach demo format=raw,vdev=xvdb,access=ro,target=$T/data.img
guest_at /dev/xvdb 'echo ro=$(cat /sys/block/xvdb/ro)'
check "is read-only in the guest" grep -q 'ro=1' $T/out
check "read-only disk is detached" xm block-detach demo xvdb
losetup -f $T/data.img
must_fail "an image in use by the control domain" "in use by the control domain as /dev/loop" \
	block-attach demo file:$T/data.img,xvdb,w
check "a block device" xm block-attach demo phy:/dev/loop1,xvdc,w
# The guest looks at its partitions first: a disk that goes in the middle of that leaves its xenwatch thread waiting.
check "it is connected" wait_for 60 says '^xvdc .* w *4 ' block-list demo
guest_at /dev/xvdc 'cat /dev/xvdc >/dev/null; echo seen'
check "is detached" xm block-detach demo xvdc
losetup -d /dev/loop1

# two DEVICE-COMMAND DEVICE DEVICE: both at the same time; how many of them succeeded.
two()
{
	xm $1 demo "$2" 2>$T/out.1 &
	first=$!
	xm $1 demo "$3" 2>$T/out
	won=$((1 - $?))
	wait $first
	won=$((won + 1 - $?))
	cat $T/out.1 >>$T/out
}
cp $T/data.img $T/more.img
two block-attach file:$T/data.img,xvdb,w file:$T/more.img,xvdb,w
check "of two disks with one name one is attached" test $won = 1
check "the other one is refused" grep -q "has a disk xvdb already" $T/out
check "the one works" wait_for 60 says '^xvdb .* w *4 ' block-list demo
guest_at /dev/xvdb 'cat /dev/xvdb >/dev/null; echo seen'
entries=/local/domain/0/backend/vbd/$ID/51728
if command -v xenstore-write >/dev/null; then
	xm pause demo
	xm block-detach demo xvdb 2>$T/out &
	detach=$!
	check "the paused guest is asked" wait_for 60 sh -c "[ \$(xenstore-read $entries/state) = 5 ]"
	kill $detach
	check "a detach can be interrupted" not wait $detach
	check "and says what holds now" grep -q "interrupted before the guest has let go of vbd/51728" $T/out
	id=$(xenstore-read $entries/xm-image)
	xm unpause demo
fi
check "block-detach of the one" xm block-detach demo xvdb
check "no loop device is left" not grep -q "data.img\|more.img" /sys/block/loop*/loop/backing_file
if command -v xenstore-write >/dev/null; then
	# As if the monitor of domain 30000 had been killed in the middle of its work.
	grep -q "$(stat -c %i $T/data.img | xargs printf '%x')" <<-END && image=data.img || image=more.img
		$id
	END
	old=/local/domain/0/backend/vbd/30000/51712
	losetup -f $T/$image
	loop=$(losetup -a | sed -n "s|^/dev/loop\([0-9]*\):.*$image.*|\1|p")
	xenstore-write $old/xm-image "$id" $old/xm-access w $old/xm-loop "$loop" $old/state 4
	check "what a dead domain has left does not keep its image" xm block-attach demo file:$T/$image,xvdb,w
	check "its loop device is free" test "$(losetup -a | grep -c $image)" = 1
	wait_for 60 says '^xvdb .* w *4 ' block-list demo
	guest_at /dev/xvdb 'cat /dev/xvdb >/dev/null; echo seen'
	check "that is detached" xm block-detach demo xvdb
	xenstore-write $old/state 4
	check "destroy takes leftovers" xm destroy 30000
	must_fail "nothing is left to be destroyed" "no domain 30000" destroy 30000
fi

# ---- network ----

two network-attach mac=00:16:3e:00:00:43 mac=00:16:3e:00:00:44
check "of two cards both are attached" test $won = 2
check "with a number each" sh -c "xm network-list demo | grep -c '^ *[12] 00:16:3e:00:00:4[34]' | grep -q 2"
guest_at /sys/class/net/eth2 'cat /sys/class/net/eth?/address'
check "one is detached" xm network-detach demo 00:16:3e:00:00:43
check "and the other" xm network-detach demo 00:16:3e:00:00:44
check "network-attach" xm network-attach demo bridge=xenbr0 mac=00:16:3e:00:00:42
check "network-list" wait_for 60 says '^ *3 00:16:3e:00:00:42 .* xenbr0' network-list demo
check "it is on the bridge" test -e /sys/class/net/xenbr0/brif/vif$ID.3
guest_at /sys/class/net/eth1 'cat /sys/class/net/eth1/address'
check "the guest sees it" grep -q '00:16:3e:00:00:42' $T/out
check "network-detach" xm network-detach demo 00:16:3e:00:00:42
check "it has left the bridge" not test -e /sys/class/net/vif$ID.3
made=$(mac 0)
xm create -n --json $CFG name=other >$T/out
check "a guest of another name gets another address" not grep -q "$made" $T/out
must_fail "a card that is not there" "has no network card '7'" network-detach demo 7
must_fail "a bad address" "expected six pairs of hex digits" network-attach demo mac=1

# ---- names and keys ----

check "domid" says "^$ID$" domid demo
check "domname" says "^demo$" domname "$ID"
check "rename" xm rename demo renamed
check "the new name is known" says "^$ID$" domid renamed
must_fail "the name of the control domain" "has the name 'Domain-0' already" rename renamed Domain-0
must_fail "a bad name" "expected 1 to 63 letters" rename renamed a/b
check "rename back" xm rename renamed demo
check "uptime" says "^demo *$ID 0 days, 0:0" uptime demo
check "uptime -s" says "^ [0-2][0-9]:[0-5][0-9]:[0-6][0-9] up  0:[0-9][0-9], demo ($ID)$" uptime -s demo
uuid=$(xm list -l demo | sed -n 's/.*"uuid": "\([^"]*\)".*/\1/p' | head -n 1)
check "vm-list" says "^$uuid *$ID  demo$" vm-list
check "has guests alone" not grep -q Domain-0 $T/out
check "vm-list --json" says "\"uuid\": \"$uuid\"" vm-list --json
check "sysrq" xm sysrq demo h
check "the guest obeys" wait_for 60 grep -q 'sysrq: HELP' $T/console
check "trigger nmi" xm trigger demo nmi 0
check "the guest has got it" wait_for 60 grep -q 'NMI received for unknown reason' $T/console
n=$(in_dmesg "'h' pressed")
check "debug-keys" xm debug-keys h
check "the hypervisor answers" wait_for 60 more_in_dmesg "$n" "'h' pressed"
check "version" says '^hypervisor: ' version
check "help" says '^  create ' help
check "help of a command" says '^usage: xm create' help create
refused "a button that a guest has not got" "paravirtualized and has no 'sleep'; 'xm pause'" button-press demo sleep
check "list with uuid" says "^    uuid .*-4...-" list -v demo
check "info --json" says '"nr_cpus":' info --json

# ---- the console, taken over ----

: >$T/out
{ echo "echo tak''en"; leave_at '^taken' | tr '\035' '\001'; } |
	timeout 200 xm console --force -e ^A demo >$T/out 2>$T/said
check "console --force, and its own key to leave" test $? = 0
check "carries input and output" grep -q '^taken' $T/out
check "who had it is told" wait_for 60 grep -q "console of domain $ID was taken over" $T/watcher
wait $watcher
watch_console

# ---- guests that do not obey ----

guest 'echo /bin/true >/proc/sys/kernel/poweroff_cmd'
refused "a guest that does not obey" "guest 'demo' (domain $ID) still runs after 2 s; 'xm destroy $ID' ends it" \
	shutdown -w -t 2 demo
guest 'echo /sbin/poweroff >/proc/sys/kernel/poweroff_cmd'
xm pause demo
refused "waiting for a paused guest" "domain $ID is paused and would not see this; 'xm unpause $ID' first" \
	shutdown -a -w
check "shutdown -H of a paused guest says that it does not see that" \
	says "warning: domain $ID is paused" shutdown -H demo
check "and tells it to halt" test "$(xenstore-read /local/domain/$ID/control/shutdown)" = halt
xm unpause demo
check "it obeys once it goes on, and is kept" wait_for 60 says "^    uuid .*, powered off$" list -v demo
must_fail "its name is in use" "guest 'demo' is preserved as domain $ID (it powered off)" create $CFG
xm destroy demo
check "nothing is left" clean "$before"
check "a dry run shows the address that this name had" \
	sh -c "xm create -n --json $CFG | grep -q '\"mac\": \"$made\"'"

# ---- another life: what was changed while it ran holds ----

for f in gone plugged; do
	dd if=/dev/zero of=$T/$f.img bs=1k count=1 seek=2047 2>/dev/null
done
export TZ=TST-2	# two hours east
boot on_reboot=rename-restart maxmem=160 vcpus=2 rtc_timeoffset=36000 localtime=1 root=/dev/nowhere \
	"disk=['file:/var/lib/xen/images/demo.img,xvda,w','file:$T/gone.img,xvdb,w']" \
	"vif=['bridge=xenbr0','bridge=xenbr0,rate=1MB/s']"
unset TZ
up
ahead()
{
	n=$(($(sed -n 's/^clock \([0-9]*\).*/\1/p' $T/out) - $(date +%s)))
	echo "it is $n s ahead"
	[ $n -gt 42200 ] && [ $n -lt 44200 ]
}
guest 'echo clock $(date +%s); cat /proc/cmdline'
check "its clock is ahead as it was told" ahead
check "root= is on its command line" grep -q '^root=/dev/nowhere ' $T/out
xm create -q -p $CFG name=keys disk=[] vif=[] vcpus=2 "cpus=['1','0-1']" cpus_soft=0 cpu_weight=300 cpu_cap=70 \
	max_grant_frames=7 max_maptrack_frames=5 tsc_mode=native
check "create: cpus and cpus_soft" sh -c 'xm vcpu-list keys | grep -c "^keys .* \(1 / 0\|all / 0\)$" | grep -qx 2'
check "cpu_weight and cpu_cap" says "^keys *[0-9]* *300 *70" sched-credit -d keys
if ! peer; then
	xm debug-keys g
	check "max_grant_frames and max_maptrack_frames" \
		says "d$(xm domid keys): [0-9]* of 7 frames, 0 mappings of others in 0 of 5 frames" dmesg
	refused "a counter that this hypervisor cannot make" "guest .keys2.: tsc_mode = .always_emulate. is not offered" \
		create -q -p $CFG name=keys2 disk=[] vif=[] tsc_mode=always_emulate
fi
xm destroy keys
check "a made-up address is the same in each life of a name" test "$(mac 0)" = "$made"
card=$(mac 1)
check "a configured disk is taken away" wait_for 60 xm block-detach demo xvdb
check "a configured card is taken away" xm network-detach demo 0
check "a disk is added" xm block-attach demo file:$T/plugged.img,xvdc,r
check "a card is added" xm network-attach demo bridge=xenbr0 mac=00:16:3e:00:00:44 rate=2MB/s
xm mem-set demo 120
xm vcpu-set demo 1
xm vcpu-pin demo 1 0 1
xm sched-credit -d demo -w 512 -c 150
xm rename demo kept
# The guest looks at the new disk's partitions first.
check "the added disk is in use" wait_for 60 says '^xvdc .* r *4 ' block-list kept
old=$ID
xm shutdown -r kept
check "rename-restart makes a new guest" wait_for 60 rebooted "$old" kept
check "and keeps the old one" says "^kept-$old$" domname "$old"
xm rename kept demo
ID=$(xm domid demo)
: >$T/console
watch_console
check "with the memory that was set" says "^demo *$ID *120 *1 " list demo
check "and its maximum" says '"max_memory_kib": 16[45]...' list -l demo
check "its shares" says "^demo *$ID *512 *150" sched-credit -d demo
check "its pinning" says "^demo *$ID *1 .* 0 / 1$" vcpu-list demo
check "its disks" test "$(xm block-list demo | awk 'NR > 1 { print $1, $4 }' | tr '\n' ' ')" = "xvda w xvdc r "
check "its cards" test "$(xm network-list demo | awk 'NR > 1 { print $1, $2 }' | tr '\n' ' ')" = "1 $card 2 00:16:3e:00:00:44 "
cards=/local/domain/0/backend/vif/$ID
check "and their rates" test "$(xenstore-read $cards/1/rate $cards/2/rate | tr '\n' ' ')" = "50000,50000 100000,50000 "
# What the guest sees of that does not depend on the hypervisor: on ours alone.
if ! peer; then
	check "the guest is up again" up
	guest 'echo has $(ls /sys/block) $(cat /sys/block/xvdc/ro) $(cat /sys/class/net/eth*/address) $(nproc) CPU'
	check "it sees the same" grep -q "has .*xvda xvdc 1 $card 00:16:3e:00:00:44 1 CPU" $T/out
fi
# Last, since Linux does not survive it: its driver keeps the device, and its xenwatch thread may wait for ever.
check "a disk for the new guest" xm block-attach demo file:$T/data.img,xvdb,w
check "it is connected" wait_for 60 says '^xvdb .* w *4 ' block-list demo
check "block-detach --force" xm block-detach --force demo xvdb
check "its loop device is gone too" wait_for 60 not grep -q data.img /sys/block/loop*/loop/backing_file
xm pause demo
check "network-detach --force, of a guest that does not answer" xm network-detach --force demo 2
check "its interface is gone" not test -e /sys/class/net/vif$ID.2
check "and it is in no list" test -z "$(mac 2)"
xm destroy "$old"
xm destroy demo
check "nothing is left of both" clean "$before"
finish
