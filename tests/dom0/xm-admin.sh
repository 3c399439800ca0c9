# SPDX-License-Identifier: GPL-2.0-only
# The administrator's commands of xm, on either hypervisor.
# On ours the control domain has all memory at first, and its own part in the test (xm-memory.sh).
# The test itself is installed with the tools: tools/tests/xm-admin.sh.
# run: xen=ours smp=2 dom0_mem=0 timeout=900
# run: xen=peer tools=ours smp=2 timeout=900
sh /usr/lib/xen/tests/xm-admin.sh
