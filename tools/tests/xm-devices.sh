#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in dom0: disks of each kind (qcow2, CD, partition) and cards of each kind (bridge, route, NAT, with anti-spoofing
# and a rate) of one Debian guest, hot-plug, and bad input. Output as of xm-smoke.sh.
# Needs an empty drive /dev/vda, qemu-nbd, qemu-img, grub-fstest, nft, iproute2's ip, mke2fs, sfdisk and GRUB's PV image in the
# root, and the modules of /lib/modules/more, not yet loaded.
# The guest's part is a script on its first disk, xm-devices-guest.sh; its verdicts count here.

CFG=${CFG:-/etc/xen/demo.cfg}
BOOT_SECONDS=${BOOT_SECONDS:-180}
HERE=${HERE:-/usr/lib/xen/tests}
T=/tmp/xm-devices
checks=0
failed=0
mkdir -p $T
. "$HERE/xm-lib.sh"

# busybox's shell would take its own.
ip()
{
	/usr/sbin/ip "$@"
}

# All that these devices add to what a guest could leave.
leftovers_here()
{
	leftovers
	grep -l . /sys/block/nbd*/pid 2>/dev/null
	pgrep qemu-nbd
	ls $T/socket /run/xen/*.socket 2>/dev/null
	nft list chains 2>/dev/null | grep 'chain'
	ip route show | grep vif
	ip -6 route show | grep 2001:db8:7:
}

# clean SNAPSHOT, with those.
clean()
{
	n=50
	until [ "$(leftovers_here)" = "$1" ]; do
		n=$((n - 1))
		[ $n -gt 0 ] || break
		sleep 0.2
	done
	[ $n -gt 0 ] && return
	echo "$1" >$T/was
	leftovers_here >$T/now
	diff $T/was $T/now
	return 1
}

# refused TEXT PATTERN ARGUMENTS...: xm fails, with one line that matches.
refused()
{
	case_=$1
	pattern=$2
	shift 2
	xm "$@" >$T/stdout 2>$T/out
	status=$?
	check "$case_: refused, and why" test $status -ne 0 -a "$(grep -c "$pattern" $T/out)" = 1 -a "$(wc -l <$T/out)" = 1
	[ $status -ne 0 ] || xm destroy other 2>/dev/null
}

# backing FILE: how many loop devices have it; their path goes by the root that xm is in.
backing()
{
	grep -l "$1\$" /sys/block/loop*/loop/backing_file | wc -l
}

says()
{
	pattern=$1
	shift
	xm "$@" >$T/out 2>&1 && grep -q "$pattern" $T/out
}

# from_outside SOURCE ADDRESS: a neighbour's ping is answered.
from_outside()
{
	ip netns exec outside ping -c 1 -W 2 -I "$1" "$2"
}

never_from_outside()
{
	! from_outside "$@" && ! from_outside "$@" && ! from_outside "$@"
}

# has_neighbour ADDRESS MAC: who has that address advertises it.
has_neighbour()
{
	ping -c 1 -W 3 "$1"
	ip -6 neigh show "$1" | grep "$2"
}

# has_router ADDRESS: it has advertised itself.
has_router()
{
	ip -6 route show default | grep "via $1 .*proto ra"
}

# adverts NUMBER: what the guest's card sends to all nodes of the link becomes a router's advertisement, before all else.
adverts()
{
	cat <<-END
		table netdev adverts {
			chain card$1 {
				type filter hook ingress device "vif$ID.$1" priority -10
				ip6 daddr ff02::1 icmpv6 type echo-request ip6 hoplimit set 255 icmpv6 id set 0x4000 \
					icmpv6 sequence set 1800 icmpv6 type set nd-router-advert counter
			}
		}
	END
}

# tail_if_not PATTERN: why the guest has not said it.
tail_if_not()
{
	grep -q "$1" $T/console || tail -25 $T/console /var/log/xen/xm-demo.log | tr -d '\r' | sed 's/^/#   /'
}

disk()
{
	echo "disk=['$1']"
}

# image NAME TEXT: a qcow2 image of 1 MiB that begins with the text.
image()
{
	echo "$2" >$T/raw
	truncate -s 1M $T/raw
	qemu-img convert -q -f raw -O qcow2 $T/raw "$T/$1"
}

# A root in memory cannot be left, and guestboot leaves its root: xm runs in the same one under another name.
mkdir $T/root
mount -o rbind / $T/root
mkdir $T/bin
printf '#!/bin/sh\nexec chroot %s /usr/sbin/xm "$@"\n' $T/root >$T/bin/xm
chmod +x $T/bin/xm
PATH=$T/bin:$PATH

# ---- images that are refused, and a machine that is not ready ----

image data.qcow2 "inside of data"
nothing=$(leftovers_here)
refused "no module nbd" "needs the kernel's module nbd" create $CFG name=other "$(disk $T/data.qcow2,qcow2,xvda,w)"
while read -r module; do
	case $module in
	*/nbd.ko) insmod "$module" nbds_max=4 max_part=0 ;;
	*) insmod "$module" ;;
	esac
done </lib/modules/more

echo "0123456789" >$T/plain
truncate -s 1M $T/plain
refused "a raw image as qcow2" "this is no qcow2 image" create $CFG name=other "$(disk $T/plain,qcow2,xvda,w)"
qemu-img create -q -f qcow2 -F raw -b /etc/passwd $T/hostile.qcow2 2>/dev/null
refused "an image with a backing file" "names another file ('/etc/passwd')" \
	create $CFG name=other "$(disk $T/hostile.qcow2,qcow2,xvda,r)"
qemu-img create -q -f qcow2 -o data_file=$T/elsewhere,data_file_raw=on $T/split.qcow2 1M
refused "an image with its data elsewhere" "keeps its data in another file" \
	create $CFG name=other "$(disk $T/split.qcow2,qcow2,xvda,r)"
cp $T/data.qcow2 $T/bad.qcow2
printf '\077' | dd of=$T/bad.qcow2 bs=1 seek=23 conv=notrunc 2>/dev/null
refused "an image that only qemu-nbd can judge" "qemu-nbd: .*luster size" \
	create $CFG name=other "$(disk $T/bad.qcow2,qcow2,xvda,w)"
refused "a qcow2 image shared for writing" "cannot be shared for writing" \
	create $CFG name=other "$(disk $T/data.qcow2,qcow2,xvda,w!)"
mv /usr/sbin/qemu-nbd /usr/sbin/no-qemu-nbd
refused "no qemu-nbd" "install the package qemu-utils" create $CFG name=other "$(disk $T/data.qcow2,qcow2,xvda,w)"
printf '#!/bin/sh\nexit 0\n' >/usr/sbin/qemu-nbd
chmod +x /usr/sbin/qemu-nbd
refused "a qemu-nbd that goes without a word" "qemu-nbd ended before it served the image" \
	create $CFG name=other "$(disk $T/data.qcow2,qcow2,xvda,w)"
mv /usr/sbin/no-qemu-nbd /usr/sbin/qemu-nbd
xm create -q -p $CFG "$(disk $T/data.qcow2,raw,xvda,r)" name=warned >$T/out 2>&1
check "a qcow2 image as raw gets a warning" grep -q 'warning: .*begins like a qcow2 image' $T/out
# A script that hangs, and xm is ended meanwhile.
printf '#!/bin/sh\n[ $1 = online ] || exec rm %s\ntouch %s\nexec sleep 600\n' $T/half $T/half >/etc/xen/scripts/vif-half
chmod +x /etc/xen/scripts/vif-half
xm network-attach warned script=vif-half >$T/out 2>&1 &
check "a script is half-way" wait_for 60 test -e $T/half
kill $!
wait $!
check "it is ended, and taken offline" not test -e $T/half
rm /etc/xen/scripts/vif-half
xm destroy warned

# ---- drives that this machine uses itself ----

fdisk /dev/vda >/dev/null 2>&1 <<-END
	n
	p
	1

	+16M
	n
	p
	2

	+16M
	w
END
check "a drive with two partitions" test -b /dev/vda2
# xm sees what is mounted in its root.
/usr/sbin/mke2fs -q -t ext4 /dev/vda1 && mkdir -p $T/mounted && mount -t ext4 /dev/vda1 $T/root$T/mounted
refused "a mounted partition" "disk xvda (/dev/vda1): in use by the control domain: it is mounted on $T/mounted" \
	create $CFG name=other "$(disk phy:/dev/vda1,xvda,w)"
refused "its drive" "disk xvda (/dev/vda): in use by the control domain: it is mounted on $T/mounted" \
	create $CFG name=other "$(disk phy:/dev/vda,xvda,w)"
umount $T/root$T/mounted
mkswap /dev/vda2 >/dev/null && swapon /dev/vda2
refused "swap space" "(/dev/vda2): in use by the control domain: it is swap space" \
	create $CFG name=other "$(disk phy:/dev/vda2,xvda,w)"
swapoff /dev/vda2
# Half an array will do.
echo md_half >/sys/module/md_mod/parameters/new_array
cat /sys/block/vda/vda2/dev >/sys/block/md_half/md/new_dev
refused "a part of an array" "(/dev/vda2): in use by the control domain: md_half is built on it" \
	create $CFG name=other "$(disk phy:/dev/vda2,xvda,w)"
echo clear >/sys/block/md_half/md/array_state

# ---- cards that are refused ----

refused "a bad rate" "rate '10Mb': expected" create $CFG name=other "vif=['rate=10Mb']"
refused "a bad address" "ip '10.0.0.300': expected" create $CFG name=other "vif=['ip=10.0.0.300']"
refused "a misspelt field" "did you mean 'antispoof'" create $CFG name=other "vif=['antispoff=1']"
refused "a machine that does not forward" "'sysctl -w net.ipv4.ip_forward=1' switches" \
	create $CFG name=other "vif=['script=vif-nat,ip=10.8.0.2']"
refused "one that does not forward IPv6" "'sysctl -w net.ipv6.conf.all.forwarding=1' switches" \
	create $CFG name=other "vif=['script=vif-route,ip=2001:db8:7::2']"
refused "a taken name of an interface" "there is an interface 'xenbr0' on this machine already" \
	create $CFG name=other disk=[] "vif=['vifname=xenbr0']"
mv /usr/sbin/nft /usr/sbin/no-nft
refused "no nft" "install the package nftables" create $CFG name=other "vif=['antispoof=1']"
mv /usr/sbin/no-nft /usr/sbin/nft

check "nothing is left of what was refused" clean "$nothing"

# ---- a world outside ----

echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
ip netns add outside
ip link add up0 type veth peer name eth0 netns outside
ip addr add 192.0.2.1/24 dev up0
ip link set up0 up
ip netns exec outside ip addr add 192.0.2.9/24 dev eth0
ip netns exec outside ip addr add 192.0.2.10/24 dev eth0
ip netns exec outside ip link set eth0 up
ip -6 addr add 2001:db8:9::1/64 dev up0 nodad
ip netns exec outside ip -6 addr add 2001:db8:9::9/64 dev eth0 nodad
# It knows the way to the routed guest, and, as long as that pings, none to the translated one.
ip netns exec outside ip route add 10.7.0.2/32 via 192.0.2.1
ip netns exec outside ip -6 route add 2001:db8:7::2/128 via 2001:db8:9::1
ip addr add 10.5.1.1/24 dev xenbr0
ip -6 addr add 2001:db8:5::1/64 dev xenbr0 nodad
ip -6 addr add 2001:db8:6::1/64 dev xenbr0 nodad

# ---- one guest with all of it ----

echo "# $(cut -d. -f1 /proc/uptime) s"

mkdir -p $T/machine/boot/grub
ln /boot/guest/vmlinuz /boot/guest/initrd $T/machine/boot
echo "on the partition" >$T/machine/hello.txt
cat >$T/machine/boot/grub/grub.cfg <<-END
	set timeout=0
	menuentry 'Debian' {
		echo 'guest: GRUB has its menu'
		linux /boot/vmlinuz console=hvc0 guest.disk=/dev/xvda2
		initrd /boot/initrd
	}
	menuentry 'Plain' {
		linux /boot/vmlinuz console=hvc0
		initrd /boot/initrd
	}
END
# As installers make them: GPT, a partition for the BIOS, one with the system.
truncate -s 43M $T/machine.img
printf 'label: gpt\nstart=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649\nstart=4096, size=40M, type=L\n' |
	sfdisk -q $T/machine.img >$T/out 2>&1
check "a drive with a machine on it" /usr/sbin/mke2fs -q -t ext4 -E offset=2097152 -d $T/machine $T/machine.img 40M
qemu-img convert -q -f raw -O qcow2 $T/machine.img $T/machine.qcow2

image script.qcow2 "$(cat $HERE/xm-devices-guest.sh)"
image plugged.qcow2 "inside of plugged"
echo "inside of the CD" >$T/cd.iso
truncate -s 1M $T/cd.iso
echo "inside of the partition" | dd of=/dev/vda1 conv=notrunc 2>/dev/null
# One nbd device is somebody else's.
qemu-nbd --fork --connect=/dev/nbd0 --socket=$T/socket -f qcow2 $T/plugged.qcow2
refused "an image that the control domain serves" 'in use by the control domain: qemu-nbd (process [0-9]*) has it open' \
	create $CFG name=other "$(disk $T/plugged.qcow2,qcow2,xvda,w)"

# Its kernel comes out of a qcow2 image, which is a block device of this machine as long as that takes.
sed '/^kernel/d;/^ramdisk/d' $CFG >$T/loader.cfg
echo 'bootloader = "guestboot"' >>$T/loader.cfg
# An xm was killed while it copied.
mkdir -p /var/lib/xen/boot/boot-killed
echo half >/var/lib/xen/boot/boot-killed/kernel
refused "a qcow2 image without a menu" "no kernel from disk $T/data.qcow2: .*\(menu of GRUB\|make sense of\)" \
	create $T/loader.cfg name=other vif=[] "$(disk $T/data.qcow2,qcow2,xvda,w)"
check "nor of one before that was killed" test -z "$(ls -A /var/lib/xen/boot)"
check "no qemu-nbd is left of it" test "$(pgrep qemu-nbd | wc -l)" = 1
# One that goes into the background and has the image, but never comes to its device.
mv /usr/sbin/qemu-nbd /usr/sbin/no-qemu-nbd
cat >/usr/sbin/qemu-nbd <<-'END'
	#!/bin/sh
	for arg; do
		shift
		case $arg in
		--connect=*) ;;
		*) set -- "$@" "$arg" ;;
		esac
	done
	exec /usr/sbin/no-qemu-nbd "$@"
END
chmod +x /usr/sbin/qemu-nbd
xm create $T/loader.cfg name=other vif=[] "$(disk $T/data.qcow2,qcow2,xvda,w)" >$T/out 2>&1 &
check "a qemu-nbd that is late" wait_for 60 test -S /run/xen/xm-nbd-1.socket
kill $!
wait $!
check "goes with the xm that is ended" test "$(pgrep qemu-nbd | wc -l)" = 1 -a ! -e /run/xen/xm-nbd-1.socket
mv /usr/sbin/no-qemu-nbd /usr/sbin/qemu-nbd
cat $T/loader.cfg - >$T/all.cfg <<-END
	bootentry = "Plain"
	extra = "guest.run=/dev/xvda"
	memory = 256
	disk = [
		'$T/machine.qcow2,qcow2,xvdg,r', '$T/script.qcow2,qcow2,xvda,r', 'tap:qcow2:$T/data.qcow2,xvdb,w',
		'file:$T/cd.iso,xvdc:cdrom,r', 'phy:/dev/vda1,xvdd,w',
	]
	vif = [
		'mac=00:16:3e:00:00:50,bridge=xenbr0,ip=10.5.0.2 2001:db8:5::2 2001:db8:60:10::/60,antispoof=1',
		'bridge=xenbr0,rate=100KB/s@100ms',
		'script=vif-route,ip=10.7.0.2 2001:db8:7::2,gateway=10.7.0.1,vifname=routed',
		'script=vif-nat,ip=10.8.0.2,antispoof=1',
	]
END
xm create -n --json $T/all.cfg "vif=['rate=1MB/s']" >$T/json 2>$T/out
check "a dry run as JSON: what the boot loader has chosen" grep -q '"title": "Plain"' $T/json
check "the whole command line" grep -q '"cmdline": "console=hvc0 guest.run=/dev/xvda"' $T/json
check "what was asked for" grep -q '"bootentry": "Plain"' $T/json
check "the kernel that was found there" grep -q '"what": "linux 2.6, ' $T/json
check "the bridge that nobody wrote" grep -q '"bridge": "xenbr0"' $T/json
check "no qemu-nbd is left of that" test "$(pgrep qemu-nbd | wc -l)" = 1
# What the guest sends comes when it is that far.
(sleep 600 | timeout 600 nc -l -p 5000 | wc -c >$T/received) &
demo=$CFG
CFG=$T/all.cfg
boot
CFG=$demo
check "a guest with five disks and four cards, its kernel from a qcow2 image" up
tail_if_not "guest: up"
check "block-list shows the qcow2 image" says "^xvdb .* qcow2 *w .*$T/data.qcow2" block-list demo
check "a busy nbd device is passed over" test "$(xenstore-read /local/domain/0/backend/vbd/$ID/51808/xm-nbd)" = 1
check "its qemu-nbd is confined" grep -q 'NoNewPrivs:.*1' "/proc/$(cat /sys/block/nbd1/pid)/status"
check "network-list shows the mac" says '00:16:3e:00:00:50' network-list demo
check "the card has its other name" test -d /sys/class/net/routed
check "a rename does not take the antispoof away" sh -c "nft list chain netdev xm vif$ID.2 | grep 'device \"routed\"'"
check "one chain for each card that has antispoof, two for the one behind NAT" \
	test "$(nft list chains | grep -c "chain vif$ID.[023]\(-in\)\? {")" = 5
running=$(leftovers_here)
refused "a taken mac" "guest 'demo' (domain $ID) has the address mac=00:16:3e:00:00:50, on its card 0" \
	create $CFG name=other disk=[] "vif=['mac=00:16:3E:00:00:50']"
refused "the drive of a guest's partition" "guest 'demo' (domain $ID) has it as xvdd for writing" \
	create $CFG name=other vif=[] "$(disk phy:/dev/vda,xvda,w)"
refused "a qcow2 image that a guest writes" "guest 'demo' (domain $ID) has it as xvdb for writing" \
	create $CFG name=other vif=[] "$(disk $T/data.qcow2,qcow2,xvda,r)"

echo "# $(cut -d. -f1 /proc/uptime) s"
# Images for several guests: one that all may write, one that none does.
truncate -s 1M $T/shared.img
check "a disk for several writers" xm block-attach demo file:$T/shared.img,xvdf,w!
check "is another guest's too, and so is a read-only one" xm create -q -p $CFG name=other vif=[] \
	"disk=['file:$T/shared.img,xvda,w!','file:$T/cd.iso,xvdb,r']"
check "on devices that are its own" test "$(backing $T/shared.img) $(backing $T/cd.iso)" = "2 2"
refused "one that wants it alone" "guest '[a-z]*' (domain [0-9]*) has it as xvd[af] for writing" \
	create $CFG name=third vif=[] "$(disk file:$T/shared.img,xvda,w)"
refused "one that reads what others write" "guest '[a-z]*' (domain [0-9]*) has it as xvd[af] for writing" \
	create $CFG name=third vif=[] "$(disk file:$T/shared.img,xvda,r)"
refused "one that writes what others read" "guest '[a-z]*' (domain [0-9]*) has it as xvd[bc] for reading" \
	create $CFG name=third vif=[] "$(disk file:$T/cd.iso,xvda,w)"
xm destroy other
check "one user's end is not the other's" wait_for 60 says "^xvdf .* w *4 .*$T/shared.img" block-list demo
check "it is given back" wait_for 60 xm block-detach demo xvdf
check "nothing is left of these" clean "$running"
# The guest says what it found, and waits for what comes.
check "the guest has looked at its disks and cards" wait_for 180 grep -q 'guest: waits' $T/console
tail_if_not "guest: waits"
check "what it sent under its rate has arrived" wait_for 60 grep -q '^400000$' $T/received

# The guest stands still, so that it can be looked at from outside.
check "a neighbour reaches the routed card" wait_for 60 from_outside 192.0.2.9 10.7.0.2
ip netns exec outside ip route add 10.8.0.0/24 via 192.0.2.1
check "not the one behind NAT, though it knows a way" never_from_outside 192.0.2.10 10.8.0.2
check "the control domain does" wait_for 60 ping -c 1 -W 2 -I 192.0.2.1 10.8.0.2
nft add table ip lead && nft add chain ip lead in '{ type nat hook prerouting priority -100; }' &&
	nft add rule ip lead in ip daddr 10.8.0.3 dnat to 10.8.0.2
check "and so does who is led there" wait_for 60 from_outside 192.0.2.10 10.8.0.3
nft delete table ip lead
nft delete chain ip xm-nat "vif$ID.3-in"
check "it is the card's chain that keeps the neighbour out" wait_for 60 from_outside 192.0.2.10 10.8.0.2

# What the guest says of neighbours and routers. Forged would be an address that is outside of its /60 only by some bits.
ip -6 route add 2001:db8:60::/48 dev xenbr0
check "it advertises an address of its network" wait_for 60 has_neighbour 2001:db8:60:15:: 00:16:3e:00:00:50
check "one of the network beside it does not pass" not has_neighbour 2001:db8:60:25:: 00:16:3e:00:00:50
# 2: also on a machine that is a router itself.
echo 2 >/proc/sys/net/ipv6/conf/xenbr0/accept_ra
{ adverts 0; adverts 1; } | nft -f -
check "it advertises itself as a router on two cards" wait_for 60 \
	sh -c "test \$(nft list table netdev adverts | grep -c 'packets [1-9]') = 2"
check "that is taken without antispoof" wait_for 60 has_router fe80::216:3eff:fe00:67
check "and does not pass with it" not has_router fe80::216:3eff:fe00:50
nft delete table netdev adverts

image spare.qcow2 "spare"
refused "no free nbd device" "all 4 nbd devices are in use" block-attach demo tap:qcow2:$T/spare.qcow2,xvde,w
qemu-nbd --disconnect /dev/nbd0 >/dev/null
wait_for 60 test ! -e /sys/block/nbd0/pid
check "a qcow2 image is plugged in" xm block-attach demo tap:qcow2:$T/plugged.qcow2,xvde,w
check "the guest has used it" wait_for 60 grep -q 'guest: has used' $T/console
tail_if_not "guest: has used"
check "it is unplugged" xm block-detach demo xvde
check "its nbd device is free" test ! -e /sys/block/nbd0/pid
check "its image is whole, and has what the guest wrote" sh -c "qemu-img check -q $T/plugged.qcow2 &&
	qemu-img dd -f qcow2 -O raw bs=4096 count=1 if=$T/plugged.qcow2 of=$T/raw && grep -q 'written while plugged' $T/raw"
for cd in first second; do
	echo "inside of the $cd CD" >$T/$cd.iso
	truncate -s 1M $T/$cd.iso
	check "the $cd CD is put in" xm block-attach demo file:$T/$cd.iso,xvdh:cdrom,r
	check "the guest has read it" wait_for 60 grep -q "guest: has read the $cd CD" $T/console
	check "it is taken out" xm block-detach demo xvdh
	check "its loop device is free" test "$(backing $T/$cd.iso)" = 0
done
check "a card is unplugged" xm network-detach demo 3
check "a card with a name of its own is unplugged" xm network-detach demo 2
check "with its interface" test ! -e /sys/class/net/routed
check "with its chains" not sh -c "nft list chains | grep 'chain vif$ID.[23][ -]'"
check "the guest is done" wait_for 60 grep -q 'guest: RESULT' $T/console
grep -o 'guest: \(not \)\?ok .*' $T/console | tr -d '\r' >$T/verdicts
while read -r _ verdict text; do
	check "in the guest: ${text#ok }" test "$verdict" = ok
done <$T/verdicts
check "the guest has checked all it should" test "$(wc -l <$T/verdicts)" = 24

echo "# $(cut -d. -f1 /proc/uptime) s"
xm shutdown -w -t 60 demo 2>$T/out
wait $watcher
ip netns delete outside
check "nothing is left" clean "$nothing"

# ---- a domain that is dead and still there ----

xm create -q -p $CFG disk=[] vif=[] >$T/out 2>&1
ID=$(xm domid demo)
consoled=$(pgrep xenconsoled)
kill -STOP "$consoled"
xm destroy demo >$T/out 2>&1
held="1 granted to the control domain: xenconsoled (process $consoled, stopped) ('kill -CONT $consoled' makes it let go)"
check "a dead domain that stays: who holds its pages" \
	grep -q "domain $ID (guest 'demo') is dead, but 1 of its pages are still held: $held" $T/out
check "it is listed under its name" says "^demo  *$ID  .*d  *[0-9]" list
check "and with who holds its pages" says "^      $held" list -v
refused "too little memory" "not enough memory: 60001 MiB needed, [0-9]* MiB free of [0-9]* MiB; Domain-0 (domain 0) has" \
	create $CFG name=other memory=60000
kill -CONT "$consoled"
check "it goes when they let go" wait_for 60 not xm domid demo
check "what the guest wrote is in the image" sh -c "qemu-img check -q $T/data.qcow2 &&
	qemu-img convert -f qcow2 -O raw $T/data.qcow2 $T/raw && grep -q 'written by the guest' $T/raw"

# ---- GRUB in the guest: it finds the partition, its menu and a Debian kernel, and starts that in its own place ----

echo "# $(cut -d. -f1 /proc/uptime) s"
cat >$T/grub.cfg <<-END
	name = "demo"
	kernel = "/usr/lib/grub-xen/grub-x86_64-xen.bin"
	memory = 200
	vcpus = 2
	disk = ['file:$T/machine.img,xvda,w']
END
CFG=$T/grub.cfg
boot
check "GRUB's PV image shows what its menu says" wait_for 120 grep -q 'guest: GRUB has its menu' $T/console
check "the kernel that it starts comes up" up
tail_if_not "guest: up"
check "with both CPUs" grep -q 'guest: up, .* 2 CPUs' $T/console
check "and with the partition" grep -q 'guest: disk: on the partition' $T/console

# ---- its qemu-nbd is stopped: the disk closes all the same ----

check "a qcow2 disk for it" xm block-attach demo tap:qcow2:$T/spare.qcow2,xvde,w
guest_at /dev/xvde 'echo there'
server=$(pgrep qemu-nbd)
kill -STOP "$server"
xm destroy demo >$T/out 2>&1
check "a stopped qemu-nbd is made to end" \
	grep -q "qemu-nbd (process $server) of /dev/nbd[0-9]* was stopped; it goes on now, to end" /var/log/xen/xm-demo.log
check "nothing is left of it" clean "$nothing"
check "and the image is whole" qemu-img check -q $T/spare.qcow2

# ---- the same machine on a whole drive, its kernel read by guestboot: not at all, once, and again at a reboot ----

no_kernel()
{
	xm create $T/boot.cfg "$(disk "$3")" >$T/stdout 2>$T/out
	status=$?
	check "$1: refused, and why" test $status = 1 -a "$(grep -c "guest 'demo': no kernel from disk .*: $2" $T/out)" = 1 \
		-a "$(wc -l <$T/out)" = 1
	check "$1: nothing left behind" clean "$nothing"
}
cat >$T/boot.cfg <<-END
	name = "demo"
	bootloader = "guestboot"
	extra = "told=once"
	memory = 200
	vcpus = 2
	disk = ['phy:/dev/vda,xvda,w', 'file:$T/cd.iso,xvdb,r']
	vif = ['bridge=xenbr0', 'bridge=xenbr0,mac=00:16:3e:00:00:61']
END
no_kernel "no boot loader's menu on the disk" "no menu of GRUB" file:$T/plain,xvda,w
dd if=$T/machine.img of=/dev/vda bs=1M conv=fsync 2>/dev/null
dd if=/dev/urandom of=$T/machine.img bs=4096 seek=512 count=64 conv=notrunc 2>/dev/null
no_kernel "a damaged file system" "" file:$T/machine.img,xvda,w
xm create -q $T/boot.cfg >$T/out 2>&1
ID=$(xm domid demo)
: >$T/console
watch_console
check "a kernel from a block device comes up" up
tail_if_not "guest: up"
guest 'sed -i s/guest.disk/told=again\ guest.disk/ /mnt/boot/grub/grub.cfg; sync; cat /proc/cmdline'
check "with the disk's settings, and then the administrator's" grep -q '^console=hvc0 guest.disk=/dev/xvda2 told=once' $T/out
check "a disk is taken away" wait_for 60 xm block-detach demo xvdb
check "a card is taken away" xm network-detach demo 0
check "a qcow2 image is added" xm block-attach demo tap:qcow2:$T/plugged.qcow2,xvdc,w
check "a card is added" xm network-attach demo bridge=xenbr0 mac=00:16:3e:00:00:62
check "the added disk is in use" wait_for 60 says '^xvdc .* qcow2 *w *4 ' block-list demo
old=$ID
guest 'sleep 1; reboot'
check "a reboot from inside" wait_for 120 rebooted "$old"
wait $watcher
ID=$(xm domid demo)
: >$T/console
watch_console
check "the kernel is read again, and comes up" up
guest 'cat /proc/cmdline; head -n 1 /dev/xvdc; ls /dev/xvd?; cat /sys/class/net/eth*/address'
check "by the menu that the guest has written" grep -q '^console=hvc0 told=again guest.disk=/dev/xvda2 told=once' $T/out
check "the added qcow2 image is there" grep -q '^written while plugged' $T/out
check "the disk that was taken away is not" not grep -q '^/dev/xvdb' $T/out
check "and the same cards" test "$(grep -o '^00:16:.*:6[0-9]' $T/out | tr '\n' ' ')" = "00:16:3e:00:00:61 00:16:3e:00:00:62 "
check "with the same numbers" test "$(xm network-list demo | awk 'NR > 1 { print $1 }' | tr '\n' ' ')" = "1 2 "
xm destroy demo
check "nothing is left of it either" clean "$nothing"
finish
