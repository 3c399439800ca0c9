# SPDX-License-Identifier: GPL-2.0-only
# The peer's toolstack starts, lists, pauses and destroys a Debian guest, on whatever hypervisor runs.
# run: xen=peer
# run: xen=ours tools=peer
# run: xen=ours tools=peer smp=2 kernel=6.12 guest=6.12
set -e
xl info
cat > /tmp/xl.cfg <<X
name = "demo"
memory = 128
vcpus = 1
kernel = "/boot/guest/vmlinuz"
ramdisk = "/boot/guest/initrd"
extra = "console=hvc0"
disk = [ "file:/var/lib/xen/images/demo.img,xvda,w" ]
vif = [ "bridge=xenbr0" ]
on_crash = "destroy"
X
xl -v create /tmp/xl.cfg
(xenconsole 1 < /dev/null > /tmp/console 2>&1 &)
xl list
n=0
until ping -c 1 -W 1 10.5.0.2 > /dev/null; do
	n=$((n + 1))
	[ $n -lt 60 ] || { cat /tmp/console; exit 1; }
done
ping -c 2 10.5.0.2
xl pause demo
xl list
xl unpause demo
xl destroy demo
xl list
cat /tmp/console | tail -n 8
! xl list demo
