# SPDX-License-Identifier: GPL-2.0-only
# dom0 drives real devices through the hypervisor: every disk is written and read back,
# every card reaches QEMU's router.
# run: xen=ours device=virtio-net,virtio-blk guest=none
# run: xen=ours device=e1000,ahci guest=none
# run: xen=ours smp=2 device=nvme guest=none
# run: xen=peer device=virtio-net,nvme guest=none
set -e
# Counts what was found, so that a device without a driver is a failure.
found=0
for disk in vda sda nvme0n1; do
	[ -b /dev/$disk ] || continue
	found=$((found + 1))
	dd if=/dev/urandom of=/tmp/data bs=64k count=64
	dd if=/tmp/data of=/dev/$disk bs=64k conv=fsync
	echo 3 > /proc/sys/vm/drop_caches
	dd if=/dev/$disk bs=64k count=64 | cmp - /tmp/data
	echo "$disk is good"
done
if [ -e /sys/class/net/eth0 ]; then
	found=$((found + 1))
	ip addr add 10.0.2.15/24 dev eth0
	ip link set eth0 up
	ping -c 3 -w 20 10.0.2.2
fi
cat /proc/interrupts
wanted=$(sed -n 's/.*test.devices=\([0-9]*\).*/\1/p' /proc/cmdline)
test $found = "$wanted"
