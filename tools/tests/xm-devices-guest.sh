# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest of xm-devices.sh, off its first disk: what do the disks and cards do?
# One line for each check: `guest: ok TEXT` or `guest: not ok TEXT`.

check()
{
	text=$1
	shift
	if "$@" >/dev/null 2>&1; then
		echo "guest: ok $text"
	else
		echo "guest: not ok $text"
	fi
}

not()
{
	! "$@"
}

seconds()
{
	cut -d. -f1 /proc/uptime
}

# within SECONDS COMMAND...: until it succeeds.
within()
{
	end=$(($(seconds) + $1))
	shift
	until "$@"; do
		[ "$(seconds)" -lt $end ] || return 1
		sleep 0.2
	done
}

# begins DEVICE TEXT
begins()
{
	head -n 1 "/dev/$1" | grep -q "$2"
}

# reaches ADDRESS [SOURCE]
reaches()
{
	ping -c 1 -W 2 ${2:+-I "$2"} "$1"
}

# never_reaches ADDRESS SOURCE: from an address that this guest has.
never_reaches()
{
	within 20 reaches "$2" "$2" && ! reaches "$@" && ! reaches "$@" && ! reaches "$@"
}

# mac CARD ADDRESS
mac()
{
	ip link set "$1" down
	ip link set "$1" address "$2"
	ip link set "$1" up
}

# ---- disks ----

check "qcow2, read-only" test "$(cat /sys/block/xvda/ro)" = 1
check "qcow2: what is inside" begins xvdb 'inside of data'
check "qcow2: its size is that of the disk inside" test "$(cat /sys/block/xvdb/size)" = 2048
echo "written by the guest" | dd of=/dev/xvdb bs=4096 seek=17 conv=fsync 2>/dev/null
check "a CD" begins xvdc 'inside of the CD'
check "a CD is read-only" test "$(cat /sys/block/xvdc/ro)" = 1
check "a partition" begins xvdd 'inside of the partition'

# ---- cards ----

ip addr add 10.5.1.2/24 dev eth1
ip addr add 10.7.0.2/24 dev eth2
ip addr add 10.8.0.2/24 dev eth3
for i in 0 1 2 3; do
	# An IPv6 address can be used at once.
	echo 0 >/proc/sys/net/ipv6/conf/eth$i/accept_dad
	ip link set eth$i up
done
ip -6 addr add 2001:db8:5::2/64 dev eth0
ip -6 addr add 2001:db8:6::2/64 dev eth1
ip -6 addr add 2001:db8:7::2/64 dev eth2
ip route add 192.0.2.9 via 10.7.0.1 dev eth2
ip -6 route add 2001:db8:9::/64 via fe80::fcff:ffff:feff:ffff dev eth2
# The control domain answers for them.
ip route add 192.0.2.10 dev eth3
ip route add 192.0.2.1 dev eth3
check "over the bridge" within 20 reaches 10.5.0.1
check "over the bridge, IPv6" within 20 reaches 2001:db8:5::1
check "over the other card" within 20 reaches 10.5.1.1
check "routed" within 20 reaches 192.0.2.9
check "routed, IPv6" within 20 reaches 2001:db8:9::9
check "translated" within 20 reaches 192.0.2.10

ip addr add 10.5.1.66/24 dev eth1
check "another address passes without antispoof" within 20 reaches 10.5.1.1 10.5.1.66
ip addr add 10.5.0.66/24 dev eth0
check "another address does not pass with it" never_reaches 10.5.0.1 10.5.0.66
ip -6 addr add 2001:db8:6::66/64 dev eth1
check "another IPv6 address passes without antispoof" within 20 reaches 2001:db8:6::1 2001:db8:6::66
ip -6 addr add 2001:db8:5::66/64 dev eth0
check "another IPv6 address does not pass with it" never_reaches 2001:db8:5::1 2001:db8:5::66
check "its own still does" within 20 reaches 10.5.0.1 10.5.0.2
mac eth1 00:16:3e:00:00:67
check "another mac passes without antispoof" within 20 reaches 10.5.1.1 10.5.1.2
mac eth0 00:16:3e:00:00:66
check "another mac does not pass with it" never_reaches 10.5.0.1 10.5.0.2
mac eth0 00:16:3e:00:00:50
check "its own does again" within 20 reaches 10.5.0.1 10.5.0.2

was=$(seconds)
head -c 400000 /dev/zero | nc 10.5.1.1 5000
check "400 KB take time at 100 KB/s" test $(($(seconds) - was)) -ge 2

# ---- looked at by the control domain ----

# A router answers for the lowest address of each network, from an address of its own.
echo 1 >/proc/sys/net/ipv6/conf/eth0/forwarding
for network in 2001:db8:60:15 2001:db8:60:25; do
	ip -6 addr add $network::1/64 dev eth0
done
ip -6 addr add 2001:db8:5::2/64 dev eth0
# To all nodes of the link: the control domain makes a router's advertisements of these.
until test -b /dev/xvde; do
	for i in 0 1; do
		ping -c 1 -W 1 -s 8 -I eth$i ff02::1 >/dev/null 2>&1
		sleep 0.2
	done
done &

# ---- plugged in and out ----

echo "guest: waits"
check "a disk that is plugged in" within 200 test -b /dev/xvde
begins xvde 'inside of plugged' && echo "written while plugged" | dd of=/dev/xvde conv=notrunc,fsync 2>/dev/null
echo "guest: has used the disk"
within 60 not test -b /dev/xvde
for cd in first second; do
	within 200 test -b /dev/xvdh
	check "the $cd CD, read-only" test "$(head -n 1 /dev/xvdh) $(cat /sys/block/xvdg/ro)" = "inside of the $cd CD 1"
	echo "guest: has read the $cd CD"
	within 200 not test -b /dev/xvdh
done
exit
