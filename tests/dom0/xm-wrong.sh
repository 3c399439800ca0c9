# SPDX-License-Identifier: GPL-2.0-only
# What bad input gets from xm. The test itself is installed with the tools: tools/tests/xm-wrong.sh.
# run: xen=ours smp=2 timeout=900
sh /usr/lib/xen/tests/xm-wrong.sh
