#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in dom0: bad input of each kind gets one clear line from xm, a non-zero status, and leaves nothing behind.
# Output as of xm-smoke.sh.

CFG=${CFG:-/etc/xen/demo.cfg}
T=/tmp/xm-wrong
checks=0
failed=0
mkdir -p $T
. "${LIB:-/usr/lib/xen/tests/xm-lib.sh}"

before=$(leftovers)
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
wait_for 60 not pgrep xenconsoled
must_fail "a dead xenconsoled" "xenconsoled has made no console for domain [0-9]*; is it running" create $CFG
xenconsoled
XENSTORED_PATH=/nonexistent xm list >$T/stdout 2>$T/out
check "a dead xenstored: fails" test $? = 1
check "a dead xenstored: says why" grep -q "^xm list: xenstored does not answer" $T/out

. "${AUTO:-/usr/lib/xen/tests/xm-auto.sh}"

# Without its cache of unpacked kernels it takes long enough to be interrupted.
rm -rf /var/cache/xen
printf "#!/bin/sh\n: >$T/running\nexec sleep 10\n" >$T/script
xm create $CFG "vif=['bridge=xenbr0,script=$T/script']" >$T/out 2>&1 &
wait_for 60 test -e $T/running
kill -INT $!
wait $!
check "an interrupted create says so" grep -q 'interrupted' $T/out
check "an interrupted create leaves nothing behind" clean "$before"
finish
