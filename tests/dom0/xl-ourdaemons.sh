# SPDX-License-Identifier: GPL-2.0-only
# The peer's xl on our xenstored and xenconsoled: a guest with disk and network is made, paused, saved, restored, shut down.
# run: xen=peer tools=daemons mem=1400 dom0_mem=800 timeout=900
# run: xen=ours tools=daemons mem=1400 dom0_mem=800 timeout=900
set -e
ping_guest() {
	n=0
	until ping -c 1 -W 1 10.5.0.2 > /dev/null; do
		n=$((n + 1))
		[ $n -lt 900 ] || { xl console demo < /dev/null; exit 1; }
	done
}
cat > /tmp/xl.cfg <<X
name = "demo"
memory = 96
kernel = "/boot/guest/vmlinuz"
ramdisk = "/boot/guest/initrd"
extra = "console=hvc0"
disk = [ "file:/var/lib/xen/images/demo.img,xvda,w" ]
vif = [ "bridge=xenbr0" ]
X
xl create /tmp/xl.cfg
ping_guest
xl list
# The console goes both ways.
tty=$(xenstore read /local/domain/1/console/tty)
(timeout 100 cat "$tty" > /tmp/console &)
sleep 1
printf 'echo console-$((6*7))\n' > "$tty"
n=0
until grep -q console-42 /tmp/console; do
	n=$((n + 1))
	[ $n -lt 90 ] || { cat /tmp/console; exit 1; }
	sleep 0.1
done
xl pause demo
xl unpause demo
xl save demo /tmp/demo.save
xl restore /tmp/demo.save
ping_guest
xl list
xl shutdown -w demo
n=0
while xl list demo 2> /dev/null; do
	n=$((n + 1))
	[ $n -lt 120 ] || exit 1
	sleep 0.5
done
# Nothing of the guests is left but empty directories.
xenstore ls -f | tee /tmp/rest
! grep -E '^/(local/domain/[12]|libxl/[12]|vm/)' /tmp/rest
xenstore control check
xenstore control memreport | tee /tmp/mem
grep -q '^transactions 0$' /tmp/mem
grep -q '^domains 1$' /tmp/mem
