# SPDX-License-Identifier: GPL-2.0-only
# Runs in dom0 (tests/tiny.py), with tiny kernels as guests. Some hold each other's pages: xm names who holds what of the
# dead ones. Some do to the store's ring whatever a kernel can: others are served all the same, and a hundred are. Some
# crash or reboot: what their monitors do then.
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
	ID=$(xm domid "$name" 2>/dev/null)
}

# said NAME PATTERN TIMES
said()
{
	[ "$(grep -c "$2" "/var/log/xen/console/guest-$1.log")" -ge "$3" ]
}

# told NAME PATTERN [TIMES]: the guest, in all its lives, has said so on its console.
told()
{
	wait_for 120 said "$1" "$2" "${3:-1}"
}

# at_all NODE [VALUE]: that node of each domain in $ids, and the value.
at_all()
{
	for id in $ids; do
		echo "/local/domain/$id/data/$1" $2
	done
}

store_daemon()
{
	cat /run/xen/xenstored.pid
}

# KiB
store_memory()
{
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$(store_daemon)/status"
}

# Seconds of CPU that the store has used.
store_time()
{
	awk '{ print ($14 + $15) / 100 }' "/proc/$(store_daemon)/stat"
}

# What one guest may make the store keep, in KiB: the values and half a KiB for each thing that has one.
one_share()
{
	xenstore control quota | awk '{ q[$1] = $2 }
		END { print int((q["nodes"] * (q["node-size"] + 512) + q["watches"] * 512 + q["transaction-bytes"] +
			q["event-bytes"] + q["outstanding"] * 4112) / 1024) }'
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
share=$(one_share)
memory=$(store_memory)
for role in greedy deaf half garbage length indices; do
	tiny $role aux-store role=$role
done
check "one that says huge values is refused them, and no more" told greedy "huge values: 0 wrong"
check "it wants all, and has its limits" told greedy "refused after [1-9][0-9]* nodes, 128 watches, 10 transactions"
check "one takes no answers" told deaf asked
check "one says half a request" told half "half is said"
check "one that says garbage is given up" told garbage "given up: 3"
check "and one with an impossible length" told length "given up: 3"
check "and one with impossible indices" told indices "given up: 2"
check "the log says whom" grep -q "domain [0-9]*: ring given up" /var/log/xen/xenstored.log
now=$(store_memory)
echo "# the store: $memory KiB before them, $now KiB with them; a guest's share is $share KiB"
check "they cost the store their own shares" test "$now" -le $((memory + 6 * share))
stamp
dd if=/dev/zero of=$T/disk bs=1k count=1 seek=4095 2>/dev/null
tiny good aux-store role=watch "disk=['file:$T/disk,xvda,w']"
check "beside them a guest with a disk is made" test -n "$ID"
check "and has its watches" told good watches
cp $T/disk $T/disk2
check "it gets another disk" xm block-attach good file:$T/disk2,xvdb,w
check "which is listed" says "^xvdb .* w *[0-9] *$T/disk2" block-list good
check "the store reaches it" xenstore write /local/domain/$ID/data/w7/go 1
check "and it answers" wait_for 120 xenstore exists /local/domain/$ID/data/seen1
check "the store's accounts are in order" xenstore control check
for guest in good greedy deaf half garbage length indices; do
	xm destroy $guest &
done
wait
check "nothing is left of them" clean "$before"
now=$(store_memory)
echo "# the store: $now KiB without them"
check "nor in the store's memory" test "$now" -le $((memory + share))

# ---- crashes and reboots ----

stamp
tiny short aux-store role=crash on_crash=restart
check "one that crashes at once is given up" wait_for 120 grep -q "not restarted again" /var/log/xen/xm-short.log
check "after five lives" test "$(grep -c 'crashed; action: restart' /var/log/xen/xm-short.log)" = 5
check "and nothing is left of it" clean "$before"

long=$(printf 'n%.0s' $(seq 63))
tiny $long aux-store role=watch on_crash=coredump-restart on_reboot=rename-restart
first=$ID
check "one with the longest name" told $long watches
check "crashes" xenstore write /local/domain/$first/data/w9/crash 1
check "it runs again, by its name" wait_for 120 rebooted $first $long
check "and its core is there" grep -q "core of domain $first written" /var/log/xen/xm-$long.log
rm -f /var/lib/xen/dump/*$long*
second=$(xm domid $long)
rest=-$second
taken=$(printf "%.$((63 - ${#rest}))s" $long)$rest
tiny $taken aux-store role=watch
check "it is up" told $long watches 2
check "it reboots; the name for the old one is taken" xenstore write /local/domain/$second/data/w9/reboot 1
check "it runs again, by its name" wait_for 120 rebooted $second $long
rest=-$second.1
aside=$(printf "%.$((63 - ${#rest}))s" $long)$rest
check "the old one has another" test "$(xm domname $second)" = $aside
third=$(xm domid $long)
check "and another identity" \
	not test "$(xenstore read /local/domain/$second/vm)" = "$(xenstore read /local/domain/$third/vm)"
check "it is up" told $long watches 3
check "it reboots" xenstore write /local/domain/$third/data/w9/reboot 1
check "and runs again" wait_for 120 rebooted $third $long
rest=-$third
aside=$(printf "%.$((63 - ${#rest}))s" $long)$rest
check "the name for the old one is cut" test "$(xm domname $third)" = $aside
for guest in $second $third $long $taken; do
	xm destroy $guest &
done
wait
check "nothing is left of them" clean "$before"

# ---- a hundred guests, twenty watches each ----

MANY=100
cat >$T/many.cfg <<-X
	kernel = "/tiny/aux-store"
	memory = 6
	extra = "role=watch"
	on_poweroff = "destroy"
X

# half_of_many FIRST: half of them; two are made at a time.
half_of_many()
{
	for i in $(seq $1 2 $MANY); do
		xm create -q $T/many.cfg name=many$i || return
	done
}

have_watches()
{
	[ "$(cat /var/log/xen/console/guest-many*[0-9].log | grep -c watches)" = $MANY ]
}

# round N: each is told something, the Nth; when all have answered, what they say is in $T/heard.
round()
{
	xenstore write $(at_all w7/go $1) && wait_for 120 xenstore exists $(at_all seen$1) &&
		xenstore read $(at_all seen$1) >$T/heard
}

# heard EVENTS: all of them have heard of so many, and none of more.
heard()
{
	[ "$(sort $T/heard | uniq -c | awk '{ print $1, $2 }')" = "$(echo $ids | wc -w) $1" ]
}

# all_moved: each count is another than before.
all_moved()
{
	xenstore read $(at_all count0) >$T/counts && ! paste $T/before $T/counts | awk '$2 <= $1' | grep -q .
}

no_monitors()
{
	! pgrep xm-monitor
}

stamp
half_of_many 1 &
half_of_many 2 &
wait
ids=$(xm list | awk '/^many/ { print $2 }')
stamp
check "$MANY guests have twenty watches each" wait_for 120 have_watches
check "the store counts them" test "$(xenstore control memreport | awk '/^watches/ { print $2 }')" -ge $((MANY * 20))
stamp
cpu=$(store_time)
check "each hears of what is written for it" round 1
check "and of nothing else" heard 21
echo "# the store has run for $(store_time) s, $cpu s before"
stamp
check "all of them ask without end" xenstore write $(at_all w8/on 1)
check "and each is served" wait_for 120 xenstore exists $(at_all count0)
# All are served between two requests of dom0: a tenth of them is asked about, or this would take minutes.
ids=$(echo "$ids" | awk 'NR % 10 == 1')
check "so is dom0, beside them" xenstore read $(at_all count0)
cp $T/said $T/before
check "and each hears of what is written for it" round 2
check "and of nothing else" heard 23
check "none was left out meanwhile" wait_for 120 all_moved
check "the store's accounts are in order" xenstore control check
stamp
check "all are told to end" xm shutdown -a
check "they do" wait_for 120 no_monitors
check "nothing is left of them" clean "$before"
stamp
finish
