#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in dom0: bad input of each kind gets one clear line from xm, a non-zero status, and leaves nothing behind.
# Output as of xm-smoke.sh.

CFG=${CFG:-/etc/xen/demo.cfg}
T=/tmp/xm-wrong
checks=0
failed=0
mkdir -p $T
. "${LIB:-/usr/lib/xen/tests/xm-lib.sh}"

before=$(leftovers)
head -c 2000000 /boot/guest/vmlinuz >$T/short
head -c 2000000 /bin/busybox >$T/foreign
head -c 100000 /dev/urandom >$T/garbage
: >$T/empty
# no_guest TEXT PATTERN ARGUMENTS...: create refuses them, and so does its dry run.
no_guest()
{
	text=$1
	pattern=$2
	shift 2
	must_fail "$text" "$pattern" create $CFG "$@"
	refused "$case_: its dry run" "$pattern" create -n $CFG "$@"
}

no_guest "a truncated kernel" "$T/short" kernel=$T/short
no_guest "a kernel for something else" "$T/foreign" kernel=$T/foreign
no_guest "a file that is no kernel" "$T/garbage" kernel=$T/garbage
no_guest "an empty kernel" "kernel $T/empty is empty" kernel=$T/empty
no_guest "a missing kernel" "kernel /nonexistent cannot be read: No such file" kernel=/nonexistent
no_guest "a missing ramdisk" "ramdisk /nonexistent cannot be read: No such file" ramdisk=/nonexistent
no_guest "a missing disk image" "disk xvda (/nonexistent): No such file" "disk=['file:/nonexistent,xvda,w']"
no_guest "a file as phy:" "wants a block device" "disk=['phy:/var/lib/xen/images/demo.img,xvda,w']"
no_guest "one image twice" "disk xvdb (.*): the same guest has it as xvda; w! in both" \
	"disk=['file:/var/lib/xen/images/demo.img,xvda,w','file:/var/lib/xen/images/../images/demo.img,xvdb,r']"
no_guest "a missing bridge" "there is no bridge 'nobr'" "vif=['bridge=nobr']"
no_guest "a taken name of an interface" "there is an interface 'xenbr0' on this machine already" "vif=['vifname=xenbr0']"
no_guest "a CPU that is not there" "cpus: this machine has no CPU 2-3,9; it has 0-1" cpus=2-3,9
no_guest "one of several sets of CPUs" "cpus: this machine has no CPU 9; it has 0-1" "cpus=['0','9']" vcpus=2
no_guest "too little memory" "not enough memory: [0-9]* MiB needed, [0-9]* MiB free" memory=60000
xm create -q -p $CFG uuid=12345678-9abc-def0-1234-56789abcdef0 cpus=0-5 2>$T/out
check "CPUs of which some are there: a warning" grep -q 'warning: cpus: this machine has no CPU 2-5; it has 0-1' $T/out
check "none of these has made a domain" test "$(xm domid demo)" = 1
no_guest "a name that is taken" "guest 'demo' exists already as domain 1"
no_guest "a uuid that is taken" "'demo' (domain 1) has its uuid 12345678-9abc-def0-1234-56789abcdef0" \
	name=other disk=[] uuid=12345678-9abc-def0-1234-56789abcdef0
no_guest "a disk that is taken" "guest 'demo' (domain 1) has it as xvda for writing" name=other
xm destroy demo
no_guest "memory too small for the kernel" "guest 'demo': " memory=8
must_fail "a missing config file" "/nonexistent.cfg: cannot be read: No such file" create /nonexistent.cfg
{ cat $CFG; echo 'memroy = 12'; } >$T/bad.cfg
must_fail "a misspelt key" "bad.cfg:[0-9]*:1: unknown key 'memroy'; did you mean 'memory'" create $T/bad.cfg
printf 'name = "x"\nkernel = demo\n' >$T/bad.cfg
must_fail "a word without quotes" "bad.cfg:2:10: expected a string in quotes" create $T/bad.cfg
must_fail "an unknown command" "unknown command 'crate'; did you mean 'create'" crate
must_fail "an unknown option" "unknown option '-z'" list -z
must_fail "an unknown domain" "no domain 'nobody'" pause nobody
must_fail "the control domain" "not possible with the control domain" destroy 0
printf '#!/bin/sh\necho first\necho "the last words" >&2\nexit 3\n' >/etc/xen/scripts/vif-test
chmod +x /etc/xen/scripts/vif-test
must_fail "a failing hotplug script" "online failed: the last words" \
	create $CFG "vif=['bridge=xenbr0,script=vif-test']"
must_fail "a program that is no hotplug script" "expected the name of a file in /etc/xen/scripts/" \
	create $CFG "vif=['bridge=xenbr0,script=/bin/true']"

# ---- every command that takes a domain, with one that is not there ----

# unknown COMMAND: what it gets for a domain by name and by number. A new command is asked as well, with a domain alone.
unknown()
{
	for nobody in nobody 4321; do
		text="no domain '*$nobody'*; 'xm list' shows those there are"
		case $1 in
		sched-credit) set -- "$1" -d $nobody ;;
		rename) set -- "$1" $nobody other ;;
		vcpu-pin) set -- "$1" $nobody all 0 ;;
		vcpu-set) set -- "$1" $nobody 1 ;;
		mem-set | mem-max) set -- "$1" $nobody 100 ;;
		block-attach) set -- "$1" $nobody file:/var/lib/xen/images/demo.img,xvdz,w ;;
		block-detach) set -- "$1" $nobody xvda ;;
		network-detach) set -- "$1" $nobody 0 ;;
		sysrq) set -- "$1" $nobody h ;;
		trigger) set -- "$1" $nobody nmi ;;
		*) set -- "$1" $nobody ;;
		esac
		[ "$*" != "log nobody" ] || text="there is no /var/log/xen/console/guest-nobody.log"
		refused "$*" "^xm $1: $text" "$@"
	done
}
for c in $(xm help | awk '/^  [a-z]/ { print $1 }'); do
	case $c in
	create | cache-kernel | vm-list | top | metrics | info | dmesg | debug-keys | version | help) ;;
	*) unknown "$c" ;;
	esac
done

# ---- bad values, on a guest that stands still ----

xm create -q -p $CFG "disk=[]" "vif=[]"
ID=$(xm domid demo)
guest=$(leftovers)
while IFS='|' read -r words text; do
	[ -n "$text" ] || continue
	# shellcheck disable=SC2086
	refused "$words" "$text" $words
done <<EOF
mem-max demo 64|domain $ID is set to use 128 MiB; lower that first
mem-max demo 0|size '0': expected a number of MiB
mem-set demo 1g|domain $ID can have 128 MiB at most (maxmem)
mem-set demo 1023b|size '1023b': expected a number of MiB, or one with b (at least 1024)
mem-set demo 12mb|size '12mb': expected a number of MiB
mem-set demo 99999999999999999999|size '99999999999999999999': expected
mem-set demo -5|unknown option '-5'
sched-credit -d demo -w 0|weight '0': expected a number from 1 to 65535
sched-credit -d demo -w much|weight 'much': expected a number
sched-credit -d demo -c 65535|cap '65535': expected a number from 0 to 65534
sched-credit -s -t 0|time slice '0': expected a number from 1 to 1000
sched-credit -s -r 50|rate limit 50: expected 0 (none) or 100 to 500000
sched-credit -s -d demo|not both
sched-credit -p 1|there is no CPU pool '1'
vcpu-pin demo 1 0|vcpu '1': expected a number from 0 to 0
vcpu-pin demo one 0|vcpu 'one': expected a number
vcpu-pin demo 0 99|CPUS: this machine has no CPU 99; it has 0-1
vcpu-pin demo 0 0 99|SOFT: this machine has no CPU 99; it has 0-1
vcpu-pin demo 0 5-1|is no set of CPUs
vcpu-pin demo 0|too few arguments
vcpu-set demo 0|number of vcpus '0': expected a number from 1 to 1
vcpu-set demo two|number of vcpus 'two': expected
sysrq demo hh|'hh': expected one letter or digit
sysrq demo %|'%': expected one letter or digit
trigger demo nmy|'nmy': expected nmi or power
trigger demo nmi 1|vcpu '1': expected a number from 0 to 0
trigger demo reset|domain $ID is paravirtualized and has no 'reset'; 'xm reboot' asks its kernel
trigger demo init|has no 'init'
trigger 0 power|not possible with the control domain
shutdown demo -t 0|timeout '0': expected a number from 1
shutdown demo -w|domain $ID is paused and would not see this; 'xm unpause $ID' first
reboot -a demo|too many arguments
reboot|too few arguments
pause demo demo|too many arguments
pause 0|not possible with the control domain
dump-core 0|not possible with the control domain
console 0|not possible with the control domain
console -t serial demo|a guest has one console
console -n 1 demo|a guest has one console
console -e Ctrl-A demo|escape 'Ctrl-A': expected one character
rename demo Domain-0|domain 0 has the name 'Domain-0' already
rename demo 12|name '12': expected 1 to 63 letters
block-attach demo xvdz|disk
block-detach demo xvdq|has no disk 'xvdq'
network-attach demo colour=red|colour
network-detach demo 5|has no network card '5'
top -b -d 0|delay '0': expected seconds from
top -b -d soon|delay 'soon': expected seconds from
top -b -i 0|iterations '0': expected a number from 1
top -b -s size|sort 'size': expected cpu, memory
top|this is no terminal
cache-kernel /nonexistent|/nonexistent
cache-kernel $T/garbage|$T/garbage
log -n 0 demo|lines '0': expected a number from 1
log a/b|'a/b' is no name of a guest
metrics nobody|too many arguments
dmesg now|too many arguments
info now|too many arguments
vm-list demo|too many arguments
debug-keys|too few arguments
help crate|unknown command 'crate'; did you mean 'create'
list demi|no domain 'demi'; did you mean 'demo'
list demo nobody|no domain 'nobody'
uptime demo nobody|no domain 'nobody'
vcpu-list demo nobody|no domain 'nobody'
EOF
check "none of that has changed anything" same "$guest"
check "nor the guest's memory" test "$(xm list -l demo | grep -c '"max_memory_kib": 132096')" = 1
xm mem-max demo 60g
refused "growth for which there is no memory" \
	"not enough memory: 51072 MiB needed, [1-9][0-9]* MiB free of [1-9][0-9]* MiB; Domain-0 (domain 0) has [1-9]" \
	mem-set demo 50g
xm mem-max demo 128
consoled=$(pgrep xenconsoled)
kill $consoled
wait_for 60 not pgrep xenconsoled
must_fail "a dead xenconsoled" "xenconsoled has made no console for domain [0-9]*; is it running" create $CFG name=other
xenconsoled
xm destroy demo
XENSTORED_PATH=/nonexistent xm list >$T/stdout 2>$T/out
check "a dead xenstored: fails" test $? = 1
check "a dead xenstored: says why" grep -q "^xm list: xenstored does not answer" $T/out

# Who is there to see a guest's end: nobody, or the one who made it.
xm -v create -e -d -p $CFG >$T/stdout 2>$T/out
check "-v tells the steps" grep -q '^xm create: it has disk xvda (/var/lib/xen/images/demo.img)' $T/out
check "-d shows the settings" grep -q '^memory = 128' $T/stdout
check "-e makes no monitor" not pgrep xm-monitor
xm destroy demo
check "destroy cleans up without it" clean "$before"
xm create -q -F -p $CFG 2>$T/out &
wait_for 60 xm domid demo
wait_for 60 pgrep xm-monitor
xm destroy demo
wait $!
check "-F comes back when the guest is over" test $? = 0
check "and leaves nothing" clean "$before"

. "${AUTO:-/usr/lib/xen/tests/xm-auto.sh}"

# Without its cache of unpacked kernels it takes long enough to be interrupted; a shell starts it with SIGINT ignored.
rm -rf /var/cache/xen
printf "#!/bin/sh\n: >$T/running\nexec sleep 10\n" >/etc/xen/scripts/vif-test
xm create $CFG "vif=['bridge=xenbr0,script=/etc/xen/scripts/vif-test']" >$T/out 2>&1 &
wait_for 60 test -e $T/running
kill -TERM $!
wait $!
check "an interrupted create says so" grep -q 'interrupted' $T/out
check "an interrupted create leaves nothing behind" clean "$before"
finish
