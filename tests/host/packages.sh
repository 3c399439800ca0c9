#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the tree of scripts/mkhost, in a chroot, where our packages were just installed from /root: the same version
# again, removal, removal with all settings, and installation once more. Nothing that was ours may stay; what is the
# administrator's may not go.
set -eu

PACKAGES="xen-pv-hypervisor xen-pv-tools"

die()
{
	echo "packages: $*" >&2
	exit 1
}

# ours: files of the menu, of systemd and of dpkg that speak of us.
ours()
{
	grep -l 'xen-pv' /boot/grub/grub.cfg || true
	find /etc/systemd/system /var/lib/systemd -name '*xen*'
	for f in $files; do
		[ -d "$f" ] || ls -d "$f" 2>/dev/null || true
	done
}

installed()
{
	grep -q 'multiboot.*/boot/xen-pv-' /boot/grub/grub.cfg || die "$1: no entry in GRUB's menu"
	for unit in xenstored xenconsoled xen-hypervisor-log xendomains; do
		[ -L /etc/systemd/system/multi-user.target.wants/$unit.service ] || die "$1: $unit is not enabled"
	done
	[ -L /etc/systemd/system/timers.target.wants/xen-metrics.timer ] || die "$1: xen-metrics.timer is not enabled"
	[ -n "$(ls /var/cache/xen)" ] || die "$1: no kernel was unpacked ahead"
	[ -d /etc/xen/auto ] || die "$1: no /etc/xen/auto"
	xm help >/dev/null || die "$1: xm does not run"
}

files=$(dpkg -L $PACKAGES | sort -u)
installed "the first time"

echo "# a setting of the administrator" >>/etc/xen/xm.conf
echo 'name = "mine"' >/etc/xen/mine.cfg
ls -i /var/cache/xen >/root/cache
dpkg -i /root/xen-pv-*.deb
installed "the same version again"
grep -q 'of the administrator' /etc/xen/xm.conf || die "an upgrade forgets settings"
ls -i /var/cache/xen | cmp - /root/cache || die "an upgrade unpacks the kernels again"

dpkg -r $PACKAGES
! grep -q 'xen-pv\|xen-gnulinux' /boot/grub/grub.cfg || die "removed: the entry is still in GRUB's menu"
grep -q 'of the administrator' /etc/xen/xm.conf || die "removed: settings are gone"
for f in /usr/sbin/xm /usr/sbin/xenstored /boot/xen-pv-* /var/cache/xen; do
	[ ! -e "$f" ] || die "removed: $f is still there"
done

dpkg -P $PACKAGES
left=$(ours)
[ -z "$left" ] || die "purged: still there:" $left
[ -e /etc/xen/mine.cfg ] || die "purged: the administrator's own file is gone"
rm /etc/xen/mine.cfg
rmdir /etc/xen || die "purged: more is in /etc/xen"
for f in /var/log/xen /var/cache/xen /var/lib/xen; do
	[ ! -e "$f" ] || die "purged: $f is still there"
done

dpkg -i /root/xen-pv-*.deb
installed "after a purge"
rm -f /root/cache
