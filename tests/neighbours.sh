# SPDX-License-Identifier: GPL-2.0-only
# Runs in dom0 (tests/tiny.py), with tiny kernels as guests. Some hold each other's pages: xm names who holds what of the
# dead ones. Some do to the store's ring whatever a kernel can: others are served all the same, and dozens are.
T=/tmp/neighbours
mkdir -p $T
checks=0
failed=0
. /usr/lib/xen/tests/xm-lib.sh

# tiny NAME KERNEL EXTRA [KEY=VALUE...]: a guest of a tiny kernel; its number is in $ID.
tiny()
{
	cat >$T/$1.cfg <<-X
		name = "$1"
		kernel = "/tiny/$2"
		memory = 8
		extra = "$3"
		on_poweroff = "destroy"
		on_crash = "destroy"
	X
	name=$1
	shift 3
	xm create -q "$T/$name.cfg" "$@" >$T/out 2>&1
	ID=$(xm domid "$name")
}

# told NAME PATTERN: the guest has said so on its console.
told()
{
	wait_for 120 grep -q "$2" "/var/log/xen/console/guest-$1.log"
}

stamp()
{
	echo "# $(cut -d. -f1 /proc/uptime) s"
}

# says PATTERN XM-ARGUMENTS...
says()
{
	pattern=$1
	shift
	xm "$@" >$T/out 2>&1
	grep -q "$pattern" $T/out
}

# ends_with_warning PATTERN DOMAIN: xm destroy ends it, and says that.
warns()
{
	xm destroy "$2" >$T/out 2>&1 && grep -q "$1" $T/out
}

# ---- another guest holds pages ----

before=$(leftovers)
tiny giver aux-grants give
giver=$ID
check "a guest grants pages" told giver given
tiny taker aux-grants take=$giver
check "another maps three of them" told taker 'taken: 3'
held="3 granted to guest 'taker' (domain $ID) ('xm destroy $ID' ends it)"
check "the first ends: who holds its pages" \
	warns "domain $giver (guest 'giver') is dead, but 3 of its pages are still held: $held" giver
check "the list shows its name" says "^giver  *$giver .*d  *[0-9]" list
check "and who holds how many pages" says "^      3 granted to guest 'taker' (domain $ID) (" list -v giver
check "as JSON too" says '"pages": 3$' list --json giver
check "with the holder's name" grep -q '"name": "taker"' $T/out
xm destroy $giver >$T/out 2>&1
check "to destroy it again fails" test $? -ne 0
check "and says the same" grep -q "$held" $T/out
check "the holder ends" xm destroy taker
check "and both are gone" clean "$before"

# ---- guests that do to the store whatever they can ----

stamp
for role in greedy deaf half garbage length indices; do
	tiny $role aux-store role=$role
done
check "one that wants all has its limits" told greedy "refused after [1-9][0-9]* nodes, 128 watches, 10 transactions"
check "one takes no answers" told deaf asked
check "one says half a request" told half "half is said"
check "one that says garbage is given up" told garbage "given up: 3"
check "and one with an impossible length" told length "given up: 3"
check "and one with impossible indices" told indices "given up: 2"
check "the log says whom" grep -q "domain [0-9]*: ring given up" /var/log/xen/xenstored.log
stamp
dd if=/dev/zero of=$T/disk bs=1k count=1 seek=4095 2>/dev/null
tiny good aux-store role=watch "disk=['file:$T/disk,xvda,w']"
check "beside them a guest with a disk is made" test -n "$ID"
check "and has its watches" told good watches
cp $T/disk $T/disk2
check "it gets another disk" xm block-attach good file:$T/disk2,xvdb,w
check "which is listed" says "^xvdb .* w *[0-9] *$T/disk2" block-list good
check "the store reaches it" xenstore write /local/domain/$ID/data/w7/go 1
check "and it answers" wait_for 120 xenstore exists /local/domain/$ID/data/seen0
check "the store's accounts are in order" xenstore control check
for guest in good greedy deaf half garbage length indices; do
	xm destroy $guest &
done
wait
check "nothing is left of them" clean "$before"

# ---- many guests, twenty watches each ----

stamp
MANY=20
for i in $(seq $MANY); do
	tiny many$i aux-store role=watch
	eval "id$i=$ID"
done
stamp
for i in $(seq $MANY); do
	told many$i watches || break
done
check "$MANY guests have twenty watches each" test "$i" = $MANY
for i in $(seq $MANY); do
	eval "xenstore write /local/domain/\$id$i/data/w7/go 1"
done
for i in $(seq $MANY); do
	eval "wait_for 120 xenstore exists /local/domain/\$id$i/data/seen0" || break
done
check "each hears of what is written" test "$i" = $MANY
stamp
for i in $(seq $MANY); do
	xm destroy many$i &
done
wait
check "nothing is left of them" clean "$before"
stamp
finish
