#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# xm on the build machine, without a hypervisor: its help, its manual pages, its refusals.
# usage: xm-host.sh XM TOP

xm=$1
top=$2
failed=0

complain()
{
	echo "xm-host: $*"
	failed=1
}

commands=$("$xm" help | awk '/^  [a-z]/ { print $1 }')
[ "$(echo "$commands" | wc -w)" -ge 30 ] || complain "'xm help' lists too few commands"
for c in $commands; do
	"$xm" "$c" --help >/dev/null 2>&1 || [ "$c" = help ] || complain "'xm $c --help' fails"
	"$xm" help "$c" | grep -q '^Example:' || complain "help of $c has no example"
	grep -q "^\.BI* \"*$c\b" "$top/docs/man/xm.1" || complain "xm.1 does not explain $c"
done
"$xm" crate 2>&1 | grep -q "did you mean 'create'" || complain "no suggestion for 'crate'"
"$xm" crate 2>/dev/null
[ $? = 2 ] || complain "an unknown command does not exit with 2"
for f in "$top"/config/*.cfg; do
	# Its kernel is not here, so it stops there and not before.
	"$xm" create -n "$f" 2>&1 | grep -q '^xm create: kernel /boot' || complain "$f is not accepted"
done
bash -n "$top/tools/xm/completion/xm" || complain "completion does not parse"
[ $failed = 0 ] && echo "xm: help, manual and samples agree"
exit $failed
