# SPDX-License-Identifier: GPL-2.0-only
# The peer's toolstack changes, saves, restores, reboots and shuts down a guest with two CPUs; nothing of it stays.
# run: xen=ours tools=peer smp=2
set -e
cat > /tmp/xl.cfg <<X
name = "demo"
memory = 128
vcpus = 2
kernel = "/boot/guest/vmlinuz"
ramdisk = "/boot/guest/initrd"
extra = "console=hvc0"
disk = [ "file:/var/lib/xen/images/demo.img,xvda,w" ]
vif = [ "bridge=xenbr0" ]
X
reach() {
	n=0
	until ping -c 1 -W 1 10.5.0.2 > /dev/null; do
		n=$((n + 1))
		[ $n -lt 60 ] || { echo "no answer from the guest"; xl list; exit 1; }
	done
}
state() { xl list demo | awk 'NR == 2 { print $5 }'; }

xl create /tmp/xl.cfg
reach
xl vcpu-pin demo 0 0
xl vcpu-list demo | grep -q '0 / all'
xl sched-credit -d demo -w 512 -c 150
xl sched-credit | grep -q 'demo.* 512  *150'
xl sched-credit -s -t 20 -r 500 | cat
xl sched-credit -s | grep -q 'tslice=20ms ratelimit=500us'
xl mem-set demo 112
xl vcpu-set demo 1
n=0
until xl vcpu-list demo | grep -q -e '--p'; do
	n=$((n + 1))
	[ $n -lt 60 ] || exit 1
	sleep 1
done
xl pause demo
case $(state) in *p*) ;; *) exit 1 ;; esac
xl unpause demo
xl trigger demo nmi

xl save demo /tmp/save.img
! xl list demo
xl restore /tmp/save.img
rm /tmp/save.img
reach

id=$(xl domid demo)
xl reboot demo
n=0
until [ "$(xl domid demo 2> /dev/null)" ] && [ "$(xl domid demo)" != "$id" ]; do
	n=$((n + 1))
	[ $n -lt 120 ] || exit 1
	sleep 1
done
reach
xl shutdown -w demo
n=0
while xl list demo > /dev/null 2>&1; do	# its own xl cleans up behind it
	n=$((n + 1))
	[ $n -lt 60 ] || exit 1
	sleep 1
done
xl list
[ "$(xl list | wc -l)" = 2 ]
