# SPDX-License-Identifier: GPL-2.0-only
"""What a person does at the prompt that `make run` ends at, typed by a program; and xm top in a pseudo-terminal."""
import json
import os
import re
import subprocess
import zlib

import core
import machine
import screen

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
KALLSYMS = 200 << 20    # where on the disk that takes a core out the symbols of its kernel follow


def check_list(domains):
    """What xm list -l says of demo: its settings, and the other ends of its devices."""
    control, demo = sorted(domains, key=lambda d: d["domid"])
    config = demo["config"]
    assert control["config"] is None and demo["name"] == "demo", domains
    want = {"kernel": {"path": "/boot/guest/vmlinuz", "what": None}, "memory_mib": 128,
            "ramdisk": "/boot/guest/initrd", "cmdline": "console=hvc0", "on_crash": "coredump-destroy", "cpus": None}
    assert {k: config[k] for k in want} == want, config
    disk, card = config["disks"][0], config["vifs"][0]
    want = {"device": "xvda", "target": "/var/lib/xen/images/demo.img", "access": "w", "state": 4, "backend_domid": 0,
            "backend": "/local/domain/0/backend/vbd/%d/51712" % demo["domid"], "format": "raw", "kind": "file"}
    assert {k: disk[k] for k in want} == want and re.match(r"/dev/loop\d+$", disk["node"]), disk
    want = {"index": 0, "bridge": "xenbr0", "script": "vif-bridge", "interface": "vif%d.0" % demo["domid"],
            "backend": "/local/domain/0/backend/vif/%d/0" % demo["domid"], "rate": None}
    assert {k: card[k] for k in want} == want and card["mac"].startswith("00:16:3e:"), card


class Terminal:
    """A session on one machine. With `facts` also what xm tells of it: JSON, metrics, top, cores."""

    def __init__(self, facts=False, **options):
        self.facts, self.options = facts, options
        words = ["%s=%s" % pair for pair in sorted(options.items())]
        self.name = " ".join(["terminal/session"] + words)

    def run(self, log):
        devices = ["virtio-net", "virtio-blk"] if self.facts else ["virtio-net"]
        with machine.Machine(boot="grub-mb2", devices=devices, log=log, **self.options) as m:
            try:
                self.session(m)
            except (machine.Failure, AssertionError) as e:
                raise machine.Failure("%s\n%s" % (m.tail(15), e))

    @staticmethod
    def debug_keys(m):
        """Ctrl-A three times: keys are the hypervisor's; again: dom0's."""
        m.send("\x01\x01\x01")
        m.expect(r"Serial input is for the debug keys", 90)
        for key, answer in (("h", "restart the machine"), ("d", "CPU0 runs"), ("q", "d0: refs"), ("r", "weight"),
                            ("g", r"\(XEN\) "), ("i", r"\(XEN\).*0x"), ("m", "pages free"), ("t", "System time"),
                            ("e", r"\(XEN\) "), ("0", "d0v0")):
            m.send(key)
            m.expect(answer, 90)
        m.send("\x01\x01\x01")
        m.expect(r"Serial input is dom0's", 90)

    @staticmethod
    def ask(m, command, seconds=60):
        """What a command in dom0 prints."""
        m.send("echo beg''in; %s; echo fin''ished\n" % command)
        m.expect("begin\r*\n", 90)
        at = m.seen
        m.expect("finished", seconds)
        return m.text[at:m.seen].rsplit("finished", 1)[0].replace("\r", "")

    def tell(self, m):
        """Facts about a running guest, each in its form."""
        self.ask(m, "dmesg -n 1")
        for command in ("list", "vm-list", "domid demo", "domname 1", "uptime", "vcpu-list", "sched-credit", "sched-credit -s",
                        "block-list demo 0", "network-list demo demo", "metrics", "log", "info", "version",
                        "top -i 1 -d 0.5", "create -n /etc/xen/demo.cfg name=other disk=[] vif=[]"):
            try:
                told = json.loads(self.ask(m, "xm %s --json" % command))
            except ValueError as e:
                raise AssertionError("xm %s --json is no JSON: %s" % (command, e))
            if command == "list":
                check_list(told)
            elif "demo demo" in command:
                assert [c["domain"] for c in told] == ["demo", "demo"], told
        check_metrics(self.ask(m, "xm metrics"))
        self.widths(m)
        self.escapes(m)
        m.send("xm top -d 0.5\n")
        m.expect(r"xm top - Xen [^\n]*MB?", 90)
        m.expect("demo", 90)
        m.send("q")
        m.expect("~ # ", 90)

    def widths(self, m):
        """The table of xm list is as wide as the terminal; in a pipe its columns are where they always were."""
        name = "a-guest-whose-name-has-forty-seven-letters-abcd"
        self.ask(m, "xm create -q -p /etc/xen/demo.cfg name=%s memory=96 'disk=[]' 'vif=[]'" % name, 120)
        for columns, shown in ((60, name[:20] + "+ "), (52, name[:12] + "+ "), (30, name[:7] + "+ "), (120, name + " ")):
            lines = self.ask(m, "stty cols %d; xm list; stty cols 80" % columns).splitlines()
            assert len(lines) >= 4 and any(line.startswith(shown) for line in lines), (columns, lines)
            # Narrower than this the numbers would have no room.
            assert all(len(line) <= max(columns, 47) for line in lines), (columns, lines)
        text = self.ask(m, "xm list | cat; xm destroy %s" % name)
        assert re.search(r"(?m)^Name {37} +ID +Mem", text) and re.search(r"(?m)^Domain-0 {32} +0 ", text), text
        assert "\x1b" not in text, text

    def escapes(self, m):
        """What a guest writes on its console does not drive the terminal of who reads its log, now or from the file."""
        m.send("xm console demo\n\n")
        m.expect("/ # ", 90)
        m.send("printf 'e''vil\\033[2J\\033]0;t\\007\\233J-e''nd\\n'\n")
        m.expect("J-end", 90)
        m.send("\x1d")
        m.expect("~ # ", 90)
        for command in ("xm log -n 3 demo", "tail -n 3 /var/log/xen/console/guest-demo.log"):
            text = self.ask(m, command)
            assert "evil^[[2J^[]0;t^G\\x9bJ-end" in text and "\x1b" not in text, repr(text)

    def live_core(self, m):
        """With --live the guest is not paused, without it is; -q says nothing."""
        for option, paused in (("-L", False), ("", True)):
            text = self.ask(m, "cd /var/lib/xen/dump; rm -f /tmp/end; (xm dump-core -q %s demo c && wc -c c; >/tmp/end) & "
                               "until [ -e /tmp/end ]; do xm list demo | tail -n 1; done; rm c; cd" % option, 180)
            states = re.findall(r"(?m)^demo +1 +128 +2 +(\S{6}) ", text)
            assert states and any("p" in s for s in states) == paused, text
            size = re.search(r"(?m)^(\d+) c$", text)
            assert size and int(size.group(1)) > 128 << 20 and "% of" not in text, text

    def core(self, m):
        """A core of the guest while it lives, taken out by the disk (the first is what GRUB came from); another when it crashes."""
        m.send("xm console demo\n\n")
        m.expect("/ # ", 90)
        m.send("echo at=$(grep ' linux_banner$' /proc/kallsyms)\n")
        m.expect(r"at=([0-9a-f]{16}) ", 90)
        banner = int(re.findall(r"at=([0-9a-f]{16}) ", m.text)[-1], 16)
        m.send("\x1d")
        m.expect("~ # ", 90)
        # dom0's root in memory has no room for a core; this folder is another file system.
        text = self.ask(m, "D=/var/lib/xen/dump; xm dump-core demo $D/c && dd if=$D/c of=/dev/vdb bs=1M && sync && "
                           "wc -c $D/c && rm $D/c", 120)
        # The control domain has the same kernel as its guest.
        self.ask(m, "gzip -c /proc/kallsyms | dd of=/dev/vdb bs=1M seek=%d && sync" % (KALLSYMS >> 20), 120)
        assert re.search(r"[1-9]\d?% of 128 MiB\x1b\[K", text), "no progress is shown:\n" + text
        found = re.search(r"(\d+) /var/lib/xen/dump/c\n", text)
        assert found, text
        size = int(found.group(1))
        disk = os.path.join(m.dir, "disk1.img")
        core.check(disk, size, banner, cpus=2)
        with open(disk, "rb") as f:
            f.seek(KALLSYMS)
            kallsyms = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(f.read(16 << 20)).decode()
        core.crash(disk, size, m.kernel_path(), kallsyms, cpus=2)
        self.live_core(m)
        self.ask(m, "echo 'echo c >/proc/sysrq-trigger' | xm console demo >/tmp/crash", 120)
        text = self.ask(m, "n=0; while xm domid demo 2>/dev/null && [ $n -lt 300 ]; do sleep 0.2; n=$((n+1)); done; "
                           "xm log -m demo; ls -l /var/lib/xen/dump", 120)
        assert re.search(r"crashed; action: coredump-destroy\n.*core of domain 1 written to "
                         r"/var/lib/xen/dump/demo-[\d-]*.core", text), text
        found = re.search(r"(?m)^-rw-------.* (\d+) \S+ +\S+ +\S+ demo-[\d-]*.core$", text)
        assert found and int(found.group(1)) > 128 << 20, text

    def session(self, m):
        m.expect("Four commands to try", 120)
        m.expect("~ # ", 90)
        if self.options["xen"] == "ours":
            self.debug_keys(m)
        m.send("xm create -c /etc/xen/demo.cfg on_crash=coredump-destroy vcpus=2\n")
        m.expect("guest: up", 120)
        m.expect("/ # ", 90)
        # The answer differs from what was typed, so that an echo is not taken for it.
        m.send("echo in-the-gu''est\n")
        m.expect("in-the-guest", 90)
        m.send("\x1d")
        m.expect("~ # ", 90)
        m.send("echo in-do''m0\n")
        m.expect("in-dom0", 90)
        m.send("xm list\n")
        m.expect(r"Domain-0[^\n]*\n[^\n]*demo ", 90)
        if self.facts:
            self.tell(m)
            self.core(m)
        else:
            m.send("xm shutdown -w demo && echo go''ne\n")
            m.expect(r"\rwaiting for 1 guest \(demo\), 0 s\x1b\[K", 90)
            m.expect("gone", 90)
        m.send("poweroff\n")
        m.expect_end(30)


def check_metrics(text):
    """The grammar of Prometheus' text format, and that each metric is announced before its values and once."""
    announced = {}
    for line in text.strip().splitlines():
        head = re.match(r"# (HELP|TYPE) ([a-z_]+) (\S.*)$", line)
        value = re.match(r'([a-z_]+)(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? \d+(?:\.\d+)?$', line)
        if head and head.group(1) == "TYPE":
            name = head.group(2)
            assert name not in announced, "%s is announced twice" % name
            announced[name] = head.group(3)
            assert (head.group(3) == "counter") == name.endswith("_total"), line
        elif not head:
            assert value, "no line of metrics: %s" % line
            assert value.group(1) == list(announced)[-1], "%s is not where it was announced" % line
    for name in ("xen_domain_cpu_seconds_total", "xen_domain_upcalls_total", "xen_domain_disk_read_bytes_total",
                 "xen_domain_network_receive_bytes_total", "xen_domain_memory_bytes", "xen_domain_state"):
        assert re.search(r'(?m)^%s\{domid="1",domain="demo"' % name, text), "no %s of the guest" % name


class TopScreen:
    """xm top with a hundred made-up domains (tools/tests/unit-top): sizes, keys, colours."""
    name = "terminal/top"
    program = os.path.join(TOP, "build/tools/tests/unit-top/san/unit-top")
    # ncurses keeps what it allocated.
    env = {"TERM": "linux", "ASAN_OPTIONS": "detect_leaks=0", "NO_COLOR": ""}

    def run(self, log):
        with open(log, "w") as f:
            subprocess.run(["make", "-C", os.path.join(TOP, "tools/tests/unit-top"), "test"], check=True, stdout=f)
        os.environ.pop("NO_COLOR", None)
        self.keys_and_sizes()
        self.small_screens()
        self.colours()
        self.no_screen()
        self.no_terminal()

    def start(self, domains=100, rows=24, columns=80, nohup=False, **env):
        env = dict(self.env, **env)
        if not env["NO_COLOR"]:
            del env["NO_COLOR"]
        return screen.Screen([self.program, str(domains)], rows, columns, env, nohup)

    @staticmethod
    def names(lines):
        return [line.split()[0] for line in lines if re.match(r"guest-\d|Domain-0", line)]

    def keys_and_sizes(self):
        s = self.start()
        # In the order of CPU: 9 percent each.
        s.wait(lambda t: self.names(t)[:3] == ["guest-009", "guest-019", "guest-029"] and " 9.0 " in t[3])
        lines = s.text()
        assert lines[0].startswith("xm top - Xen 4.17-test   CPUs: 4   Memory: 4096M"), lines[0]
        assert lines[1].startswith("100 domains: 50 running, 49 blocked, 1 paused"), lines[1]
        assert re.match(r"Name +ID +State +CPU% +.*Memory", lines[2]), lines[2]
        assert lines[23].startswith("q quit"), lines[23]
        assert len(self.names(lines)) == 20
        for key, first in (("m", "guest-099"), ("N", "Domain-0"), ("n", "guest-099"), ("i", "Domain-0"),
                           ("R", "guest-099"), ("R", "Domain-0")):
            s.send(key)
            s.wait(lambda t: self.names(t)[:1] == [first])
        for key, first in (("\x1b[6~", "guest-020"), ("\x1b[B", "guest-021"), ("\x1b[A", "guest-020"),
                           ("\x1b[4~", "guest-080"), ("\x1b[5~", "guest-060"), ("\x1b[1~", "Domain-0")):
            s.send(key)
            s.wait(lambda t: self.names(t)[:1] == [first])
        s.send("h")
        s.wait(lambda t: any("sort by CPU" in line for line in t) and not self.names(t))
        s.send("h")
        s.wait(lambda t: len(self.names(t)) == 20)
        s.resize(50, 160)
        s.wait(lambda t: len(self.names(t)) == 46 and "Write/s" in t[2] and "Mem%" in t[2] and "q quit" in t[49])
        s.resize(10, 40)
        s.wait(lambda t: len(self.names(t)) == 6 and "CPU%" in t[2] and "Mem%" not in t[2] and "q quit" in t[9])
        s.resize(24, 80)
        s.wait(lambda t: len(self.names(t)) == 20)
        s.send("q")
        assert s.end() == 0

    def small_screens(self):
        for rows, columns in ((1, 10), (2, 3), (4, 12)):
            s = self.start(rows=rows, columns=columns)
            s.wait(lambda t: t[0].startswith("xm top - Xen"[:columns].rstrip()))
            s.send("q")
            assert s.end() == 0
        s = self.start(domains=1)
        s.wait(lambda t: self.names(t) == ["Domain-0"])
        s.send("\x03")
        assert s.end() == 0

    def no_terminal(self):
        for nohup in (False, True):
            s = self.start(domains=1, nohup=nohup)
            s.wait(lambda t: self.names(t) == ["Domain-0"])
            assert s.hang_up() == 0

    def colours(self):
        for env, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "vt100"}, False)):
            s = self.start(domains=3, **env)
            s.wait(lambda t: self.names(t) and " 2.0 " in t[3])
            s.send("q")
            assert s.end() == 0
            assert bool(re.search(r"\x1b\[[\d;]*3[1-7]", s.raw)) == coloured, (env, s.raw)

    def no_screen(self):
        text = subprocess.run([self.program, "3", "batch"], capture_output=True, text=True, timeout=60, check=True,
                              env=dict(os.environ, **self.env)).stdout
        assert "\x1b" not in text and len(self.names(text.splitlines())) == 3, text
        s = self.start(TERM="nonsense")
        s.wait(lambda t: any("terminal type 'nonsense' is not known" in line for line in t))
        assert s.end() == 1


def cases():
    return [TopScreen(), Terminal(xen="ours"), Terminal(facts=True, xen="ours", smp=2), Terminal(xen="peer", tools="ours")]
