# SPDX-License-Identifier: GPL-2.0-only
# The two daemons beside running guests: a guest that writes to its console without end costs dom0 no memory and the
# other guest nothing, and its first words stay in a log; a live update and a death of xenstored cost nobody anything.
# Neither can do more to the host than it has to, before and after.
# run: xen=peer tools=ours timeout=600
# run: xen=ours tools=ours kernel=6.12 guest=6.12 timeout=600
set -e
log=/var/log/xen/console
for n in 1 2; do
	cat > /tmp/g$n.cfg <<X
name = "g$n"
memory = 96
kernel = "/boot/guest/vmlinuz"
ramdisk = "/boot/guest/initrd"
extra = "console=hvc0"
X
	xm create /tmp/g$n.cfg
done
# wait_for SECONDS WHAT COMMAND...
wait_for() {
	n=0
	limit=$(($1 * 5)) what=$2
	shift 2
	until "$@" > /dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt $limit ] || { echo "not ok - $what"; tail -n 5 /tmp/out? /var/log/xen/xenstored.log; exit 1; }
		sleep 0.2
	done
}
wait_text() {
	wait_for $3 "no $2" grep -q "$2" "$1"
}
# A `!` would not end the script.
not() {
	! "$@"
}
reads() {
	[ "$(xenstore read "$1")" = "$2" ]
}
g2=$(xm domid g2)
tty1=$(xenstore read "/local/domain/$(xm domid g1)/console/tty")
tty2=$(xenstore read "/local/domain/$g2/console/tty")
cat "$tty1" > /tmp/out1 & reader=$!
cat "$tty2" > /tmp/out2 &
wait_text /tmp/out1 'guest: up' 120
wait_text /tmp/out2 'guest: up' 120
echo "ok - both guests are up"

# ---- least privileges ----
# privileges PID
privileges() {
	sed -n 's/^\(Cap[A-Z][a-z]*\|NoNewPrivs\|Seccomp\):[^0-9a-f]*0*/\1=/p' "/proc/$1/status" | tr '\n' ' '
}
none="CapInh= CapPrm= CapEff= CapBnd= CapAmb= NoNewPrivs=1 Seccomp=2 "
# Nobody has capabilities, and only the process that lists domains has the hypervisor's privileged calls.
least_privileges() {
	stored=$(cat /run/xen/xenstored.pid)
	lister=$(pgrep xenstored-list)
	for p in $stored $lister "$(cat /run/xen/xenconsoled.pid)"; do
		privileges "$p"; echo
		[ "$(privileges "$p")" = "$none" ]
	done
	ls -l "/proc/$stored/fd" > /tmp/fds
	grep evtchn /tmp/fds
	not grep -E 'privcmd|hypercall|xenbus' /tmp/fds
	ls -l "/proc/$lister/fd" > /tmp/fds
	grep privcmd /tmp/fds
	[ "$(grep -c -v -E 'total|privcmd|hypercall|socket|/dev/null' /tmp/fds)" = 0 ]
	not grep Landlock /var/log/xen/xenstored.log
}
# A live update tries the new program out as a child of the daemon: what can be done from there? The script ends
# well, and so would be taken for the next daemon, if any of it can.
intrude() {
	cat > /usr/sbin/intruder <<X
#!/bin/sh
for f in /dev/xen/privcmd /dev/xen/hypercall /dev/xen/xenbus_backend /proc/xen/privcmd /dev/mem /etc/passwd \\
	/proc/$(pgrep xenstored-list)/mem /proc/$(cat /run/xen/xenconsoled.pid)/mem; do
	(: < \$f) 2> /dev/null && exit 0
done
mount -t tmpfs x /tmp 2> /dev/null && exit 0
chmod 644 /etc/passwd 2> /dev/null && exit 0
# It is no fault of the probe: this can be read.
: < /dev/xen/gntdev && echo "all is closed" >&2
exit 1
X
	chmod 755 /usr/sbin/intruder
	xenstore control live-update /usr/sbin/intruder > /tmp/said 2>&1 || true
	cat /tmp/said
	grep -q 'refused by.*all is closed' /tmp/said
}
least_privileges
intrude
echo "ok - least privileges"

# ---- a flood ----
printf 'yes flood-flood-flood &\n' > "$tty1"
wait_text /tmp/out1 flood-flood-flood 120
# Nobody reads it any more.
kill $reader
wait_for 60 "no rotation" test -s $log/guest-g1.log.1
printf 'echo answer-$((6*7))\n' > "$tty2"
wait_text /tmp/out2 answer-42 120
echo "ok - the other guest's console answers"
kb=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(cat /run/xen/xenconsoled.pid)/status")
echo "xenconsoled holds $kb KB"
[ "$kb" -lt 8000 ]
echo "ok - memory is bounded"
grep -q 'Linux version' $log/guest-g1:boot.log
grep -q 'guest: up' $log/guest-g1:boot.log
wait_text $log/guest-g2.log answer-42 120
xm destroy g1
echo "ok - logs, and the boot's is kept"

# ---- logs moved away, and another xenconsoled ----
mv $log/guest-g2.log $log/moved
kill -HUP "$(cat /run/xen/xenconsoled.pid)"
wait_for 60 "no new log" test -e $log/guest-g2.log
printf 'echo moved-$((6*7))\n' > "$tty2"
wait_text $log/guest-g2.log moved-42 120
kill "$(cat /run/xen/xenconsoled.pid)"
wait_for 60 "the name of a pty that is gone" not xenstore exists "/local/domain/$g2/console/tty"
xenconsoled --log=guest
kill -9 "$(cat /run/xen/xenconsoled.pid)"
# What a killed one said is not believed: somebody else may have that pty by now.
xm console g2 < /dev/null > /tmp/out2 2> /tmp/out3 & reader=$!
wait_for 60 "no console waits" test -s "/run/xen/xm-console-$g2.lock"
xenconsoled --log=guest
ls -l "/proc/$(cat /run/xen/xenconsoled.pid)/fd" > /tmp/fds
grep evtchn /tmp/fds
not grep privcmd /tmp/fds
tty2=$(xenstore read "/local/domain/$g2/console/tty")
printf 'echo new-$((6*7))\n' > "$tty2"
wait_text /tmp/out2 new-42 120
wait_text $log/guest-g2.log new-42 120
grep -q 'Linux version' $log/guest-g2:boot.log
not grep -q moved-42 $log/moved
echo "ok - logs are opened again, and a dead xenconsoled is replaced"

# A guest that will end after the update.
xm create /tmp/g1.cfg
cat "$(xenstore read "/local/domain/$(xm domid g1)/console/tty")" > /tmp/out1 &

# ---- live update, with a transaction of dom0's kernel open and watches set ----
# The kernel's device speaks the protocol: type, request, transaction, length. All numbers are below 256.
zeros='\000\000\000'
message() {
	printf "$(printf '\\%03o%s\\001%s\\%03o%s\\%03o%s' "$1" "$zeros" "$zeros" "$2" "$zeros" "$3" "$zeros")$4" >&3
}
reply() {
	dd bs=4096 count=1 <&3 2> /dev/null | tail -c +17 | tr '\000' ' '
}
exec 3<> /dev/xen/xenbus
message 6 0 1 '\000'
tx=$(reply | tr -d ' ')
message 11 "$tx" 9 '/t-open\0001'
[ "$(reply)" = "OK " ]
xenstore watch /t-watch > /tmp/watch & watcher=$!
wait_text /tmp/watch t-watch 120
pid=$(cat /run/xen/xenstored.pid)
not xenstore control live-update /bin/false
not xenstore control live-update /etc/passwd
[ "$(xenstore control live-update)" = OK ]
wait_text /var/log/xen/xenstored.log 'after a live update' 120
[ "$(cat /run/xen/xenstored.pid)" = "$pid" ]
message 7 "$tx" 2 'T\000'
[ "$(reply)" = "OK " ]
exec 3>&-
reads /t-open 1
xenstore write /t-watch/x 1
wait_text /tmp/watch t-watch/x 120
kill $watcher
least_privileges
intrude
echo "ok - live update, and the privileges are as before"
# The watches of the guest's kernel and of dom0's: a new device comes to life.
xm block-attach g2 file:/var/lib/xen/images/demo.img,xvdb,w
wait_for 60 "no new disk" reads "/local/domain/$g2/device/vbd/51728/state" 4
echo "ok - a new disk after the update"

# ---- who lists the domains is stopped, goes on, dies ----
wait_text /tmp/out1 'guest: up' 120
log() {
	wait_text /var/log/xen/xenstored.log "$1" 120
}
xenstore watch @releaseDomain > /tmp/released & watcher=$!
wait_text /tmp/released @releaseDomain 60
lister=$(pgrep xenstored-list)
kill -STOP "$lister"
xm shutdown g1
log 'does not answer'
reads /t-open 1
xm domid g1
[ "$(grep -c . /tmp/released)" = 1 ]
kill -CONT "$lister"
wait_for 60 "the end of a guest goes unnoticed" sh -c "[ \"\$(grep -c . /tmp/released)\" -gt 1 ] && ! xm domid g1"
kill $watcher
kill -9 "$lister"
log 'is gone: shutdowns and deaths of domains go unnoticed'
reads /t-open 1
[ "$(xenstore control live-update)" = OK ]
log 'no process that lists domains'
reads /t-open 1
echo "ok - the store does not depend on the process that lists domains"

# ---- death ----
xenstore write /t-cold 1
# Any state written from now on has it; one before may have it as part of a transaction that was open.
old=$(ls -i /run/xenstored/state)
xenstore write /t-cold 1
wait_for 60 "no state file" sh -c "[ \"\$(ls -i /run/xenstored/state)\" != '$old' ]"
kill -9 "$pid"
wait_for 60 "it does not die" not test -e "/proc/$pid"
not timeout 60 xenstore read /t-cold 2> /tmp/refused
grep 'cannot reach xenstored' /tmp/refused
# A console goes on without a store, and sleeps: of the 100 ticks of each second it would use all.
ticks() {
	awk '{ print $14 + $15 }' "/proc/$reader/stat"
}
before=$(ticks)
sleep 2
[ $(($(ticks) - before)) -lt 50 ]
xenstored
reads /t-cold 1
xenstore control check
xenstore write /t-cold 2
printf 'echo again-$((6*7))\n' > "$tty2"
wait_text /tmp/out2 again-42 120
xm block-detach g2 xvdb
wait_for 60 "the disk stays" sh -c "! xenstore exists /local/domain/$g2/device/vbd/51728"
wait_for 60 "the console daemon is not back" sh -c "xenstore control memreport | grep -q '^connections [3-9]'"
xm shutdown g2
wait_for 60 "no shutdown" sh -c '! xm domid g2'
wait_for 60 "a console is left" sh -c "! ls $tty2"
least_privileges
echo "ok - a dead xenstored is replaced"
