# SPDX-License-Identifier: GPL-2.0-only
# The smallest system test: dom0 runs programs, on as many CPUs as asked for, and powers off.
# run: xen=ours smp=1 guest=none poweroff
# run: xen=ours smp=2 guest=none poweroff
# run: xen=ours smp=4 guest=none poweroff
# run: xen=ours smp=1 boot=grub-mb1 guest=none poweroff
# run: xen=ours smp=2 boot=grub-mb1 guest=none poweroff
# run: xen=ours smp=4 boot=grub-mb1 guest=none poweroff
# run: xen=ours smp=1 boot=grub-mb2 guest=none poweroff
# run: xen=ours smp=2 boot=grub-mb2 guest=none poweroff
# run: xen=ours smp=4 boot=grub-mb2 guest=none poweroff
# run: xen=ours kernel=6.12 guest=none poweroff
# run: xen=peer smp=2 guest=none poweroff
uname -a
cat /proc/cmdline
test "$(id -u)" = 0 || exit 1
# The test runner says how many CPUs the machine has.
wanted=$(sed -n 's/.*test.cpus=\([0-9]*\).*/\1/p' /proc/cmdline)
test "$(nproc)" = "${wanted:-1}"
