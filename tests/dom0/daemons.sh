# SPDX-License-Identifier: GPL-2.0-only
# The two daemons beside running guests: a guest that writes to its console without end costs dom0 no memory and the
# other guest nothing, and its first words stay in a log; a live update and a death of xenstored cost nobody anything.
# run: xen=peer tools=ours timeout=600
# run: xen=ours tools=ours timeout=600
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
privileges() {
	sed -n 's/^\(CapEff\|CapBnd\|NoNewPrivs\|Seccomp\):[^0-9a-f]*/\1=/p' "/proc/$(cat "/run/xen/$1.pid")/status" | tr '\n' ' '
}
privileges xenstored; privileges xenconsoled; echo
[ "$(privileges xenstored)" = "CapEff=0000000000200000 CapBnd=0000000000200000 NoNewPrivs=1 Seccomp=2 " ]
[ "$(privileges xenconsoled)" = "CapEff=0000000000000000 CapBnd=0000000000000000 NoNewPrivs=1 Seccomp=2 " ]
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
[ "$(privileges xenstored)" = "CapEff=0000000000200000 CapBnd=0000000000200000 NoNewPrivs=1 Seccomp=2 " ]
echo "ok - live update"
# The watches of the guest's kernel and of dom0's: a new device comes to life.
xm block-attach g2 file:/var/lib/xen/images/demo.img,xvdb,w
wait_for 60 "no new disk" reads "/local/domain/$g2/device/vbd/51728/state" 4
echo "ok - a new disk after the update"

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
echo "ok - a dead xenstored is replaced"
