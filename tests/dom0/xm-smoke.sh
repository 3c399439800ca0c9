# SPDX-License-Identifier: GPL-2.0-only
# The life of a guest under our toolstack, with disk and network, on either hypervisor.
# The test itself is installed with the tools: tools/tests/xm-smoke.sh.
# run: xen=ours programs=flock timeout=900
# run: xen=ours smp=2 kernel=6.12 guest=6.12 programs=flock timeout=900
# run: xen=peer tools=ours programs=flock timeout=900
sh /usr/lib/xen/tests/xm-smoke.sh
