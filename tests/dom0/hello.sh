# SPDX-License-Identifier: GPL-2.0-only
# The smallest system test: dom0 runs programs.
uname -a
cat /proc/cmdline
test "$(id -u)" = 0
