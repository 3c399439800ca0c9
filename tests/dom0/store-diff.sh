# SPDX-License-Identifier: GPL-2.0-only
# Our store daemon answers as the peer's does: the same thousands of requests to both.
# run: xen=peer tools=mixed guest=none timeout=600
T=/usr/lib/xen/tests
export XENSTORED_PATH=/tmp/ours
$T/xenstored --foreground --no-domains --pid-file=/tmp/ours.pid 2> /tmp/ours.log &
n=0
until [ -S /tmp/ours ]; do
	n=$((n + 1))
	[ $n -lt 300 ] || exit 1
	sleep 0.2
done
status=0
for seed in 1 2 3 4 5; do
	unset XENSTORED_PATH
	$T/store-transcript $seed 1500 > /tmp/peer.$seed || exit 1
	export XENSTORED_PATH=/tmp/ours
	$T/store-transcript $seed 1500 > /tmp/ours.$seed || exit 1
	if cmp -s /tmp/peer.$seed /tmp/ours.$seed; then
		echo "ok - seed $seed, $(wc -l < /tmp/ours.$seed) answers"
	else
		echo "not ok - seed $seed (- the peer, + ours)"
		diff /tmp/peer.$seed /tmp/ours.$seed | head -n 40
		status=1
	fi
done
exit $status
