# SPDX-License-Identifier: GPL-2.0-only
"""make bench: counts instructions of one program on Debian alone, on our hypervisor and on the peer's.

Each system is booted under QEMU with -icount: 1 ns of its clock is one instruction, and two runs agree within
0.2 %. dom0 runs bench/micro.c, starts a guest of 128 MB that runs it too, and times the toolstack. The table goes to
the terminal and to docs/benchmarks/latest.md. A row that is worse than the peer's is marked; --strict makes that an
error.
"""
import argparse
import datetime
import os
import re
import statistics
import subprocess
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.join(TOP, "scripts/lib"))

import cpio  # noqa: E402
import machine  # noqa: E402
import roots  # noqa: E402

OUT = os.path.join(TOP, "build/bench")
MICRO = os.path.join(OUT, "micro")
LOADER = os.path.join(OUT, "loader")
TINY = os.path.join(TOP, "build/tests/guests")
GUEST_MB, DOM0_MB, MACHINE_MB = 128, 512, 1024
COMMAND = {"ours": ("xm", "xm console bench"), "peer": ("xl", "xenconsole 1")}
# What the package's hook does with a kernel that is installed.
AHEAD = {"ours": "xm cache-kernel -q /boot/guest/vmlinuz", "peer": ":"}
UNSEEN = "create one with a kernel that no package brought"
# Most that our toolstack may take.
GOALS = {"create a guest": 1500000000, UNSEEN: 1500000000, "create it again": 200000000, "list": 5000000}
NAMES = {"native": "native", "ours": "dom0, ours", "ours guest": "guest, ours",
         "peer": "dom0, peer", "peer guest": "guest, peer"}

CONFIG = """name = "bench"
memory = %d
vcpus = 1
kernel = "/boot/guest/vmlinuz"
ramdisk = "/boot/guest/bench"
extra = "console=hvc0 guest.run=/bench.sh"
disk = [ "file:/var/lib/xen/images/demo.img,xvda,w" ]
vif = [ "bridge=xenbr0" ]
tsc_mode = "native"
on_poweroff = "destroy"
""" % GUEST_MB

DOM0 = """/micro --tsc
/micro | sed 's/^/DOM0 /'
"""

# The guest starts paused, so that creating it is timed without its own boot.
TOOLS = """free() { %(tool)s info | sed -n 's/^free_memory *: */FREE /p'; }
%(tool)s info | sed -n 's/^total_memory *: */TOTAL /p'
%(ahead)s
free
/micro --time %(tool)s create -p /bench.cfg 2>&1 | sed -n 's/^TIME/CREATE/p'
free
(%(console)s < /dev/null > /console 2>&1 &)
%(tool)s unpause bench
n=0
until grep -q 'guest: RESULT' /console; do
	n=$((n + 1))
	[ $n -lt 600 ] || break
	sleep 1
done
tr -d '\\r' < /console | sed -n 's/^ROW/GUEST ROW/p'
%(tool)s list > /dev/null
/micro --time %(tool)s list | sed -n 's/^TIME/LIST/p'
/micro --time %(tool)s destroy bench | sed -n 's/^TIME/DESTROY/p'
# The same kernel was used before: our builder has it unpacked.
/micro --time %(tool)s create -p /bench.cfg 2>&1 | sed -n 's/^TIME/AGAIN/p'
%(tool)s destroy bench
rm -rf /var/cache/xen
/micro --time %(tool)s create -p /bench.cfg 2>&1 | sed -n 's/^TIME/UNSEEN/p'
"""


def build():
    os.makedirs(OUT, exist_ok=True)
    source = os.path.join(TOP, "bench")
    subprocess.run(["gcc", "-O2", "-static", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-sign-compare",
                    "-o", MICRO, source + "/micro.c"], check=True)
    subprocess.run(["gcc", "-m32", "-nostdlib", "-static", "-no-pie", "-Wl,-N,--no-warn-rwx-segments",
                    "-Wl,--section-start=.multiboot=0x100000,-Ttext=0x101000,--build-id=none", "-o", LOADER + ".elf",
                    source + "/loader.S"], check=True)
    subprocess.run(["objcopy", "-O", "binary", LOADER + ".elf", LOADER], check=True)
    subprocess.run(["make", "-s", "-C", os.path.join(TOP, "xen/tests/guests"),
                    TINY + "/bench-paths", TINY + "/bench-latency"], check=True)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def guest_initrd():
    more = cpio.Archive()
    more.data("micro", read(MICRO), 0o755)
    more.data("bench.sh", b"/micro\n", 0o755)
    return read(roots.guest_root("6.1")) + more.bytes()


def options(system):
    """Options of Machine for native, ours or peer."""
    common = dict(icount=True, files={"micro": read(MICRO)}, log=os.path.join(OUT, system + ".log"))
    if system == "native":
        return dict(common, xen="none", mem=DOM0_MB, test=DOM0)
    tool, console = COMMAND[system]
    common["files"].update({"bench.cfg": CONFIG.encode(), "boot/guest/bench": guest_initrd()})
    return dict(common, xen=system, mem=MACHINE_MB, dom0_mem=DOM0_MB,
                test=DOM0 + TOOLS % {"tool": tool, "console": console, "ahead": AHEAD[system]})


def rows(text, prefix):
    return {n: int(v) for n, v in re.findall(r"(?m)^%sROW ([^|\n]*)\|(\d+)" % prefix, text)}


def tiny_rows(name, system):
    """What one of the tiny kernels measures on a hypervisor."""
    with machine.Machine(xen=system, kernel=os.path.join(TINY, name), initrd=MICRO, mem=512, dom0_mem=64, icount=True,
                         xen_args="dom0_max_vcpus=2", log=os.path.join(OUT, "%s-%s.log" % (name, system))) as m:
        m.expect(r"Test result: \w+", 120)
        return rows(m.text.replace("\r", ""), "")


def loader_ticks(system):
    """The TSC when the loader jumps, with the modules and options of that system."""
    with machine.Machine(**dict(options(system), xen=LOADER)) as m:
        return int(m.expect(r"[0-9a-f]{16}", 60).group(0), 16)


def number(text, word):
    found = re.search(r"(?m)^%s (\d+)(?:\|(\d+))?" % word, text)
    return (int(found.group(1)), int(found.group(2) or 0)) if found else None


def tool_rows(text, system):
    """What the toolstack took, and memory in KB."""
    result = {}
    for word, row in (("CREATE", "create a guest"), ("AGAIN", "create it again"), ("UNSEEN", UNSEEN), ("LIST", "list"),
                      ("DESTROY", "destroy a guest")):
        found = number(text, word)
        if found and not found[1]:
            result[row] = found[0]
    total = number(text, "TOTAL")
    free = [int(v) for v in re.findall(r"(?m)^FREE (\d+)", text)]
    if total and free:
        result["MB of the hypervisor"] = total[0] - free[0] - DOM0_MB
    if len(free) > 1:
        result["MB of a domain beyond its memory"] = free[0] - free[1] - GUEST_MB
    tsc = number(text, "TSC")
    if tsc:
        result["loader's jump to dom0's first line"] = tsc[0] - tsc[1] - loader_ticks(system)
    return result


def measure(system):
    """Boots a system once. Returns ({column: {row: value}}, what went wrong or None)."""
    text, error = "", None
    m = machine.Machine(**options(system))
    try:
        with m:
            status = m.result(900)
            error = "the script ended with status %d" % status if status else None
    except machine.Failure as e:
        error = str(e)
    text = m.text.replace("\r", "")
    columns = {system: rows(text, "DOM0 ")}
    if system != "native":
        columns[system + " guest"] = rows(text, "GUEST ")
        columns[system].update(tool_rows(text, system))
        if not columns[system + " guest"]:
            error = error or "the guest gave no result"
    return columns, error


def middle(runs):
    """The median of each cell over several boots."""
    names = dict.fromkeys(n for run in runs for n in run)
    return {n: int(statistics.median(run[n] for run in runs if n in run)) for n in names}


def ratio(a, b):
    return "%.2f" % (a / b) if a is not None and b and b > 0 else ""


def cell(value):
    return "{:,}".format(value) if value is not None else "-"


def table(columns):
    """Lines of the markdown table: instructions, ratio to native, to the peer; and the rows worse than the peer's."""
    order = [c for c in NAMES if c in columns]
    names = dict.fromkeys(n for c in order for n in columns[c])
    heads = ["operation"] + [NAMES[c] for c in order] + ["ours/native: dom0", "guest", "ours/peer: dom0", "guest"]
    lines = ["| " + " | ".join(heads) + " |"]
    lines.append("| --- |" + " ---: |" * (len(order) + 4))
    worse = []
    for name in names:
        get = {c: columns.get(c, {}).get(name) for c in NAMES}
        pairs = [("ours", "native"), ("ours guest", "native"), ("ours", "peer"), ("ours guest", "peer guest")]
        ratios = [ratio(get[a], get[b]) for a, b in pairs]
        for i in (2, 3):
            if ratios[i] and float(ratios[i]) > 1:
                ratios[i] += " **worse**"
                worse.append("%s (%s)" % (name, NAMES[pairs[i][0]]))
        lines.append("| %s | %s | %s |" % (name, " | ".join(cell(get[c]) for c in order), " | ".join(ratios)))
    return lines, worse


LONGEST_CALL = 1000000  # ns: no call may keep a CPU longer
TINY_TABLES = {
    "bench-paths": "Paths through the hypervisor, the guest's own instructions included",
    "bench-latency": "How late a guest's timer is, at the most, while it makes one enormous call (ns; a million is too much)",
}


def tiny_table(kernel, columns):
    """Lines of the table of a tiny kernel; and the rows that are not good enough."""
    ours, peer = columns.get("ours", {}), columns.get("peer", {})
    lines = ["", "%s (`xen/tests/guests/%s`):" % (TINY_TABLES[kernel], kernel), "",
             "| | ours | peer | ours/peer |", "| --- | ---: | ---: | ---: |"]
    bad = []
    for name in dict.fromkeys([*ours, *peer]):
        a, b = ours.get(name), peer.get(name)
        factor = ratio(a, b)
        if a and (a > LONGEST_CALL if kernel == "bench-latency" else b and a > b):
            bad.append(name)
            factor += " **worse**"
        lines.append("| %s | %s | %s | %s |" % (name, cell(a), cell(b), factor))
    return lines, bad


def report(columns, tiny, boots):
    lines, worse = table(columns)
    for name, systems in tiny.items():
        more, more_worse = tiny_table(name, systems)
        lines += more
        worse += more_worse
    for name, goal in GOALS.items():
        value = columns.get("ours", {}).get(name, 0)
        if value > goal:
            lines += ["", "More than the goal of %s: %s." % (cell(goal), name)]
            worse.append("%s (than its goal, %s)" % (name, cell(goal)))
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=TOP, capture_output=True, text=True).stdout
    head = ["<!-- SPDX-License-Identifier: GPL-2.0-only -->", "# Benchmark of %s" % datetime.date.today(), "",
            "Commit %s. Instructions per operation, QEMU with `-icount`, one CPU, Debian's 6.1 kernel in all columns, "
            "the middle of %d boot%s." % (commit.strip(), boots, "s" if boots > 1 else ""),
            "Made by `make bench`; what is measured is told in `bench/micro.c` and `bench/bench.py`.", ""]
    return "\n".join(head + lines) + "\n", lines, worse


def main():
    parser = argparse.ArgumentParser(description="Count instructions.")
    parser.add_argument("systems", nargs="*", default=[], help="native, ours, peer (default all)")
    parser.add_argument("--boots", type=int, default=1, help="boots of each system, the median counts")
    parser.add_argument("--strict", action="store_true", help="fail when a row is worse than the peer's or than its goal")
    args = parser.parse_args()
    roots.fetch()
    build()
    columns, tiny, failed = {}, {name: {} for name in TINY_TABLES}, False
    for system in args.systems or ["native", "ours", "peer"]:
        runs = []
        for name in TINY_TABLES if system != "native" else ():
            tiny[name][system] = tiny_rows(name, system)
        for boot in range(args.boots):
            print("bench: %s, boot %d of %d" % (system, boot + 1, args.boots), file=sys.stderr)
            got, error = measure(system)
            runs.append(got)
            if error:
                failed = True
                print("bench: %s: %s (log in %s)" % (system, error, os.path.relpath(OUT)), file=sys.stderr)
        for column in runs[0]:
            columns[column] = middle([run[column] for run in runs])
    text, lines, worse = report(columns, tiny, args.boots)
    print("\n".join(lines))
    if not args.systems and not failed:
        path = os.path.join(TOP, "docs/benchmarks/latest.md")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
    for row in worse:
        print("bench: worse than the peer, or than a goal: " + row, file=sys.stderr)
    return 1 if failed or (args.strict and worse) else 0


if __name__ == "__main__":
    sys.exit(main())
