#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# xm on the build machine, without a hypervisor: its help, its manual page, its completion, its refusals.
# usage: xm-host.sh XM TOP

xm=$1
top=$2
failed=0
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

complain()
{
	echo "xm-host: $*"
	failed=1
}

# ---- every command has help with an example, and a place in the manual ----

commands=$("$xm" help | awk '/^  [a-z]/ { print $1 }')
[ "$(echo "$commands" | wc -w)" -ge 36 ] || complain "'xm help' lists too few commands"
for c in create list console pause unpause shutdown reboot destroy rename domid domname uptime vcpu-list vcpu-pin \
	vcpu-set mem-set mem-max sched-credit block-attach block-detach block-list network-attach network-detach \
	network-list info dmesg log top metrics cache-kernel sysrq trigger dump-core debug-keys help version vm-list \
	button-press sched-credit2; do
	"$xm" help "$c" >/dev/null 2>&1 || complain "there is no command $c"
done
# The words of the manual as they are shown: without the backslashes of its source.
sed 's/\\-/-/g' "$top/docs/man/xm.1" >$T/manual
for c in $commands; do
	"$xm" "$c" --help >$T/help 2>&1 || [ "$c" = help ] || complain "'xm $c --help' fails"
	"$xm" help "$c" >$T/help
	grep -q '^Example:' $T/help || complain "help of $c has no example"
	grep -q "^\.BI* \"*$c\b" $T/manual || complain "xm.1 does not explain $c"
	for o in $(grep -o -- '--[a-z_-]*' $T/help | sort -u); do
		grep -q -- "$o\b" $T/manual || complain "xm.1 does not know $o of $c"
	done
	# What is in the help is accepted.
	for o in $(sed -n 's/^  \(-[a-zA-Z], \)*\(--[a-z_-]*\).*/\2/p' $T/help); do
		"$xm" "$c" "$o" 2>&1 </dev/null | grep -q 'unknown option' && complain "xm $c does not know its $o"
	done
done

json_commands=$(sed -n '/^\.SH JSON/,/^Sizes/p' "$top/docs/man/xm.1" | grep '^\.BR [a-z]' | tr -d '",.' | sed 's/^BR//; s/ and / /')
for c in $json_commands; do
	"$xm" "$c" -j 2>&1 </dev/null | grep -q 'unknown option' && complain "xm $c does not know -j"
done

# ---- the states of a domain are explained where they are shown ----

"$xm" list --help >$T/help
for l in r b p s c d; do
	grep -q "^ *$l  [a-z]" $T/help || complain "'xm list --help' does not explain the state $l"
done
for words in 'not crashed' 'has crashed' 'No letter at all' 'does not answer'; do
	grep -q "$words" $T/help || complain "'xm list --help' does not say: $words"
done

# ---- refusals ----

"$xm" crate 2>&1 | grep -q "did you mean 'create'" || complain "no suggestion for 'crate'"
"$xm" crate 2>/dev/null
[ $? = 2 ] || complain "an unknown command does not exit with 2"
"$xm" top </dev/null 2>&1 | grep -q 'this is no terminal' || complain "top does not say that there is no terminal"
"$xm" version --json | grep -q '"domctl_interface": 21' || complain "version --json is no JSON"
# Samples: nothing in them is wrong; what they need is not on this machine, and that is what is said. An error in the file
# would come before that, and with its place.
samples="demo installer debian copied grub qcow2 nat routed example"
for f in $samples; do
	[ -e "$top/config/$f.cfg" ] || complain "there is no sample $f.cfg"
done
for f in "$top"/config/*.cfg; do
	case " $samples " in
	*" $(basename "$f" .cfg) "*) ;;
	*) complain "$f is tested nowhere" ;;
	esac
	grep -q '/boot/guest' "$f" && complain "$f names a file that only test machines have"
	for o in "-n" "--dryrun --defconfig"; do
		# shellcheck disable=SC2086
		"$xm" create $o "$f" >$T/said 2>&1
		[ $? = 1 ] || complain "create $o $f does not fail"
		sed -i '/: warning: not checked: /d' $T/said
		[ "$(wc -l <$T/said)" = 1 ] || complain "$f: more or less than one line: $(cat $T/said)"
		grep -q '^xm create: disk xvda ([^)]*\(images/\|/dev/\)[^)]*): ' $T/said || complain "$f: $(cat $T/said)"
	done
done
"$xm" create -n $top/config/demo.cfg memroy=1 2>&1 | grep -q "did you mean 'memory'" || complain "a key is not looked at"

# ---- options in front of the command, and those of other tools ----

"$xm" -vvv -T -N -tf create $top/config/nosuch.cfg 2>&1 | grep -q '^20.* xm create: .*nosuch.cfg: cannot be read' ||
	complain "options in front of a command are not taken"
"$xm" -N create $top/config/demo.cfg 2>&1 | grep -q 'warning: not checked' || complain "-N create is no dry run"
# says STATUS PATTERN XM-ARGUMENTS...
says()
{
	wanted=$1
	pattern=$2
	shift 2
	"$xm" "$@" >$T/said 2>&1
	[ $? = "$wanted" ] || complain "xm $* does not end with $wanted"
	[ "$(wc -l <$T/said)" = 1 ] || complain "xm $* says more or less than a line"
	grep -q -- "$pattern" $T/said || complain "xm $*: $(cat $T/said)"
}
says 2 'only create can be tried' -N destroy demo
says 2 "unknown option '-x' in front of the command" -vx list
says 2 'no VNC screen here' create -V demo.cfg
says 2 'no VNC screen here' create --vncviewer-autopass demo.cfg
says 2 'not both' create -e -F demo.cfg
says 2 'cannot both have the output' create -d --json demo.cfg
says 1 'cannot be read' create -eq --ignore-global-affinity-masks /nonexistent

# The next life of the guest is made by a process that works elsewhere.
(cd $T && "$xm" create -n "$top/config/demo.cfg" kernel=none disk=[] vif=[] 2>&1) | grep -q "kernel $T/none cannot be read" ||
	complain "the path of a kernel is not made full"

# ---- completion ----

# A machine with two guests, for the completion to look at.
cat >$T/xm <<EOF
#!/bin/sh
case "\$*" in
list) echo "Name ID"; echo "Domain-0 0"; echo "demo 1"; echo "daily 2" ;;
"log") echo "Guest Log"; echo "gone console" ;;
"block-list demo") echo "Device"; echo "xvda 51712" ;;
"network-list demo") echo "Idx"; echo "0 00:16:3e:00:00:01" ;;
*) exec $xm "\$@" ;;
esac
EOF
chmod +x $T/xm
touch $T/one.cfg $T/two.txt
cat >$T/complete.bash <<'EOF'
. "$1"
shift
compopt() { :; }
while IFS= read -r line; do
	read -r -a COMP_WORDS <<<"$line"
	[[ $line == *" " ]] && COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_xm
	echo "$line: ${COMPREPLY[*]}"
done
EOF
# completes LINE WORD...: all of the words are offered, or (with a dash alone) nothing else.
completes()
{
	line=$1
	shift
	offered=" $(printf '%s\n' "$line" | (cd $T && PATH=$T:$PATH bash complete.bash "$top/tools/xm/completion/xm") |
		sed 's/^[^:]*: *//') "
	for w; do
		case $offered in
		*" $w "*) ;;
		*) complain "completion of '$line' does not offer $w:$offered" ;;
		esac
	done
}
bash -n "$top/tools/xm/completion/xm" || complain "completion does not parse"
# shellcheck disable=SC2086
completes "xm " $commands
for c in $commands; do
	# shellcheck disable=SC2046
	completes "xm $c --" $("$xm" help "$c" | sed -n 's/^  \(-[a-zA-Z], \)*\(--[a-z_-]*\).*/\2/p') --help
done
for c in pause unpause shutdown reboot destroy console dump-core sysrq trigger rename mem-set vcpu-list log; do
	completes "xm $c d" demo daily
done
for c in block-list network-list; do
	completes "xm $c demo d" daily
	[ "$("$xm" $c 2>&1)" = "xm $c: too few arguments; usage: xm $c [--json] DOMAIN ..." ] ||
		complain "$c of nobody is no wrong use"
done
completes "xm log g" gone
completes "xm create " one.cfg
case $offered in *two.txt*) complain "completion of create offers what is no configuration" ;; esac
completes "xm create -c o" one.cfg
completes "xm -v -N create -c o" one.cfg
completes "xm log -n 50 g" gone
completes "xm shutdown -w -t 60 d" demo daily
completes "xm console -e ^A -t pv d" demo daily
completes "xm create -f one.cfg mem" memory=
completes "xm -vT pause d" demo daily
completes "xm -" -v -N
completes "xm create one.cfg mem" memory=
# Each key of the table that does something is offered, and each that is offered is a key.
keys=$(sed -n '/NOEFFECT/d; s/^\t[A-Z]*("\([a-z_]*\)", .*/\1/p' "$top/tools/libcfg/keys.c")
[ "$(echo "$keys" | wc -l)" -gt 30 ] || complain "the table of keys cannot be read"
# shellcheck disable=SC2046
completes "xm create one.cfg " $(echo "$keys" | sed 's/$/=/')
for k in $offered; do
	echo "$keys" | grep -qx "${k%=}" || complain "completion of create offers $k, which is no key"
done
completes "xm help du" dump-core
completes "xm help k" keys
completes "xm top --sort " cpu memory net disk id name
completes "xm trigger demo n" nmi
completes "xm button-press demo p" power
completes "xm sched-credit -s -p " Pool-0
completes "xm block-detach demo x" xvda
completes "xm network-detach demo " 0
completes "xm sched-credit -d d" demo
completes "xm dump-core demo o" one.cfg

[ $failed = 0 ] && echo "xm: help, manual, completion and samples agree"
exit $failed
