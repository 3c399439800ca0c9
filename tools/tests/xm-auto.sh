# SPDX-License-Identifier: GPL-2.0-only
# Part of xm-wrong.sh: xendomains with a broken file among those of its folder, and with guests that do not power off.

auto=$T/auto
mkdir -p $auto /etc/default
[ ! -e /etc/default/xendomains ] || mv /etc/default/xendomains $T/xendomains
printf 'XENDOMAINS_AUTO=%s\nXENDOMAINS_TIMEOUT=2\n' $auto >/etc/default/xendomains
echo 'name = "broken' >$auto/10-broken
cp $auto/10-broken $auto/15-broken.dpkg-old
cp $auto/10-broken $auto/15-broken~
for n in 2 3; do
	{ grep -v '^ *\(name\|disk\|vif\|memory\)' $CFG; printf 'name = "auto%s"\nmemory = 96\n' $n; } >$auto/${n}0-auto
done

# xendomains_ends STATUS ACTION: what it said is in $T/out; the guests that there are then in $TWO and $THREE.
xendomains_ends()
{
	xendomains "$2" >$T/stdout 2>$T/out
	[ $? = "$1" ] && TWO=$(xm domid auto2) && THREE=$(xm domid auto3)
}
# Who is paused does not power off.
pause_both()
{
	xm pause auto2 && xm pause auto3
}

check "xendomains start: one cannot start, which is its status" xendomains_ends 1 start
check "it says what is wrong" grep -q "$auto/10-broken:1:" $T/out
check "and that the guest is missing" grep -q "^xendomains: $auto/10-broken: not started" $T/out
check "copies that editors and dpkg leave are no guests" not grep -q '15-broken' $T/out
was="$TWO $THREE"
check "again: those that run are left alone" xendomains_ends 1 start
check "it says so" test "$(grep -c 'auto: runs already' $T/out)" = 2
check "they are the same" test "$TWO $THREE" = "$was"
check "status shows them" sh -c "xendomains status | grep -q '^auto3 *$THREE '"
pause_both
check "restart" xendomains_ends 1 restart
for id in $was; do
	check "a guest that does not power off is destroyed" \
		grep -q "^xendomains: domain $id did not power off within 2 s: destroyed" $T/out
	check "there is another in its place" not xm domname $id
done
pause_both
check "stop" xendomains stop
check "ends all of them" clean "$before"
check "stop without guests" xendomains stop
check "an unknown word is refused" sh -c '! xendomains begin'
[ ! -e $T/xendomains ] || mv $T/xendomains /etc/default/xendomains
