# SPDX-License-Identifier: GPL-2.0-only
# A guest that writes to its console without end costs dom0 no memory and the other guest nothing.
# run: xen=peer tools=ours timeout=600
# run: xen=ours tools=ours timeout=600
set -e
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
# wait_text FILE TEXT SECONDS
wait_text() {
	n=0
	until grep -q "$2" "$1"; do
		n=$((n + 1))
		[ $n -lt $(($3 * 5)) ] || { echo "not ok - no $2"; tail -n 5 "$1"; exit 1; }
		sleep 0.2
	done
}
tty1=$(xenstore read "/local/domain/$(xm domid g1)/console/tty")
tty2=$(xenstore read "/local/domain/$(xm domid g2)/console/tty")
cat "$tty1" > /tmp/out1 & reader=$!
cat "$tty2" > /tmp/out2 &
wait_text /tmp/out1 'guest: up' 60
wait_text /tmp/out2 'guest: up' 60
echo "ok - both guests are up"
printf 'yes flood-flood-flood &\n' > "$tty1"
wait_text /tmp/out1 flood-flood-flood 20
# Nobody reads it any more.
kill $reader
sleep 5
printf 'echo answer-$((6*7))\n' > "$tty2"
wait_text /tmp/out2 answer-42 5
echo "ok - the other guest's console answers"
xenstore write /tmp-flood 1
xenstore rm /tmp-flood
kb=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(cat /run/xen/xenconsoled.pid)/status")
echo "xenconsoled holds $kb KB"
[ "$kb" -lt 8000 ]
xm destroy g1
xm destroy g2
echo "ok - memory is bounded"
