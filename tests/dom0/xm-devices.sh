# SPDX-License-Identifier: GPL-2.0-only
# Disks and cards of each kind under our toolstack: qcow2, bridge, route, NAT, anti-spoofing, hot-plug, bad input; and
# a guest that GRUB's own PV image, and then guestboot, boots from a partition.
# The test itself is installed with the tools: tools/tests/xm-devices.sh.
# run: xen=ours smp=2 device=virtio-blk \
#   programs=qemu-nbd,qemu-img,nft,ip,mke2fs,sfdisk,/usr/bin/grub-fstest,/usr/lib/grub-xen/grub-x86_64-xen.bin \
#   modules=nbd,md-mod,nft_masq,nft_nat,nft_ct,nft_chain_nat,veth timeout=900
sh /usr/lib/xen/tests/xm-devices.sh
