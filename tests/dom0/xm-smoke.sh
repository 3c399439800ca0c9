# SPDX-License-Identifier: GPL-2.0-only
# Our toolstack starts, lists, pauses and destroys a Debian guest with disk and network, on either hypervisor.
# run: xen=ours
# run: xen=ours smp=2
# run: xen=ours smp=2 kernel=6.12 guest=6.12
# run: xen=peer tools=ours
set -e

wait_for() {
	n=0
	until "$@" > /dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 600 ] || { echo "waited too long for: $*"; xm list; xm dmesg | tail; exit 1; }
		sleep 0.1
	done
}

# The monitor gives back devices just after the domain has vanished.
gone() {
	! xm list "$1" && ! losetup -a | grep demo.img && ! ls /sys/class/net | grep vif
}

xm info
xm create /etc/xen/demo.cfg
xm list
(xm console demo < /dev/null > /tmp/console 2>&1 &)
wait_for ping -c 1 -W 1 10.5.0.2
ping -c 2 10.5.0.2

xm pause demo
xm list demo
if ping -c 1 -W 2 10.5.0.2; then
	echo "a paused guest answers"
	exit 1
fi
xm unpause demo
wait_for ping -c 1 -W 1 10.5.0.2

# A name in use is refused, and leaves nothing behind.
! xm create /etc/xen/demo.cfg
test "$(xm list | wc -l)" = 3

xm shutdown demo
wait_for gone demo

xm create /etc/xen/demo.cfg
wait_for ping -c 1 -W 1 10.5.0.2
xm destroy demo
wait_for gone demo
tail -n 5 /tmp/console
grep -q "guest: disk:" /tmp/console
test "$(xm list | wc -l)" = 2
