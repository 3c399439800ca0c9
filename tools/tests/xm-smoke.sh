#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in dom0: makes, lists, pauses, talks to, reboots and destroys a Debian guest with xm, and checks
# that bad input of each kind gets one clear line, a non-zero status, and leaves nothing behind.
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
check "dmesg shows the hypervisor's messages" test -s $T/out

before=$(leftovers)
boot
check "create starts a guest" test "$(xm domname "$ID" 2>&1)" = demo
check "the guest boots with its disk and network" up
check "the disk is readable in the guest" grep -q 'guest: disk: This file' $T/console
check "the guest's boot messages are complete" grep -q 'Linux version' $T/console
check "ping over the bridge" wait_for 20 ping -c 1 -W 1 10.5.0.2
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
xm reboot demo
check "reboot ends the domain and starts another" wait_for 60 rebooted $old
ID=$(xm domid demo)
: >$T/console
watch_console
check "the guest is up again" up

xm shutdown -w -t 60 demo 2>$T/out
check "shutdown -w comes back when the guest is gone" test $? = 0
check "nothing is left of it" clean "$before"

# ---- console from the first line; the same name at once ----

(sleep 20; printf '\035') | xm create -c $CFG >$T/out 2>&1
check "create -c shows the first line of the kernel" grep -q '0.000000\] Linux version' $T/out
ID=$(xm domid demo)
xm destroy demo
check "destroy" test $? = 0
check "nothing is left of it" clean "$before"

boot
check "the same name at once" test "$(xm domname "$ID")" = demo
up
monitor=$(pgrep xm-monitor | head -1)
kill -9 "$monitor"
xm destroy demo
check "destroy cleans up after a guest whose monitor was killed" clean "$before"

# ---- a guest's end and what follows ----

boot on_crash=preserve "extra=console=hvc0 sysrq_always_enabled"
up
xm sysrq demo c
check "a crashed guest is preserved" wait_for 20 state c
must_fail "its name is in use" "guest 'demo' is preserved as domain $ID (it crashed)" create $CFG
[ "$(nproc)" -gt 1 ] || dump_checks
xm destroy demo
check "destroy of a crashed guest" clean "$before"

boot on_poweroff=destroy
up
xm shutdown demo
wait_for 30 state s
xm create -q -p $CFG
check "create waits for the former life of that name" test $? = 0
xm destroy demo
check "a guest that never ran is destroyed" clean "$before"

# ---- bad input ----

head -c 2000000 /boot/guest/vmlinuz >$T/short
head -c 2000000 /bin/busybox >$T/foreign
head -c 100000 /dev/urandom >$T/garbage
: >$T/empty
must_fail "a truncated kernel" "$T/short" create $CFG kernel=$T/short
must_fail "a kernel for something else" "$T/foreign" create $CFG kernel=$T/foreign
must_fail "a file that is no kernel" "$T/garbage" create $CFG kernel=$T/garbage
must_fail "an empty kernel" "kernel $T/empty is empty" create $CFG kernel=$T/empty
must_fail "a missing kernel" "kernel /nonexistent cannot be read: No such file" create $CFG kernel=/nonexistent
must_fail "a missing ramdisk" "ramdisk /nonexistent cannot be read: No such file" create $CFG ramdisk=/nonexistent
must_fail "a missing disk image" "disk xvda (/nonexistent): No such file" \
	create $CFG "disk=['file:/nonexistent,xvda,w']"
must_fail "a file as phy:" "wants a block device" \
	create $CFG "disk=['phy:/var/lib/xen/images/demo.img,xvda,w']"
must_fail "a missing bridge" "there is no bridge 'nobr'" create $CFG "vif=['bridge=nobr']"
must_fail "too little memory" "not enough memory: [0-9]* MiB needed, [0-9]* MiB free" create $CFG memory=60000
must_fail "memory too small for the kernel" "guest 'demo': " create $CFG memory=8
must_fail "a missing config file" "/nonexistent.cfg: cannot be read: No such file" create /nonexistent.cfg
{ cat $CFG; echo 'memroy = 12'; } >$T/bad.cfg
must_fail "a misspelt key" "bad.cfg:[0-9]*:1: unknown key 'memroy'; did you mean 'memory'" create $T/bad.cfg
printf 'name = "x"\nkernel = demo\n' >$T/bad.cfg
must_fail "a word without quotes" "bad.cfg:2:10: expected a string in quotes" create $T/bad.cfg
must_fail "an unknown command" "unknown command 'crate'; did you mean 'create'" crate
must_fail "an unknown option" "unknown option '-z'" list -z
must_fail "an unknown domain" "no domain 'nobody'" pause nobody
must_fail "the control domain" "not possible with the control domain" destroy 0
printf '#!/bin/sh\necho first\necho "the last words" >&2\nexit 3\n' >$T/script
chmod +x $T/script
must_fail "a failing hotplug script" "online failed: the last words" \
	create $CFG "vif=['bridge=xenbr0,script=$T/script']"
consoled=$(pgrep xenconsoled)
kill $consoled
wait_for 5 not pgrep xenconsoled
must_fail "a dead xenconsoled" "xenconsoled has made no console for domain [0-9]*; is it running" create $CFG
xenconsoled
XENSTORED_PATH=/nonexistent xm list >$T/stdout 2>$T/out
check "a dead xenstored: fails" test $? = 1
check "a dead xenstored: says why" grep -q "^xm list: xenstored does not answer" $T/out

# Without its cache of unpacked kernels it takes long enough to be interrupted.
rm -rf /var/cache/xen
printf "#!/bin/sh\n: >$T/running\nexec sleep 10\n" >$T/script
xm create $CFG "vif=['bridge=xenbr0,script=$T/script']" >$T/out 2>&1 &
wait_for 15 test -e $T/running
kill -INT $!
wait $!
check "an interrupted create says so" grep -q 'interrupted' $T/out
check "an interrupted create leaves nothing behind" clean "$before"

xm create -n $CFG >$T/out 2>&1
check "a dry run shows the settings" grep -q '^memory = 128' $T/out
check "and as JSON what would be built" sh -c "xm create -n --json $CFG | grep -q '\"mac_generated\": true'"
check "a dry run makes nothing" clean "$before"
finish
