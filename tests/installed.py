# SPDX-License-Identifier: GPL-2.0-only
"""The packages on a real Debian: a drive made by debootstrap boots through its own GRUB into our hypervisor, with systemd.

Another drive of the same kind, a whole machine's, lies on it as a file and is a guest that starts at boot; its kernel is
read out of it by guestboot.
"""
import glob
import os
import re
import shutil
import subprocess

import machine

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))

# Much is done at a time, in software, perhaps beside another machine.
LONG = 400


# What `make install` has besides, and the packages (docs/install.md).
ONLY_INSTALLED = ("usr/include/", "usr/lib/xen/tests/")
ONLY_PACKAGED = ("usr/share/doc/", "usr/share/man/man1/xenstore-")


def plain(path):
    """The same name whether packed or not, in a merged /usr or not."""
    path = re.sub(r"^lib/", "usr/lib/", path.lstrip("./"))
    return path[:-3] if path.startswith("usr/share/") and path.endswith(".gz") else path


def same_files(dest):
    """`make install` under @dest and the packages bring the same files, but for what is listed above."""
    debs = [f for f in glob.glob(os.path.join(TOP, "build/deb/*.deb")) if "dbgsym" not in f]
    packaged = set()
    for deb in debs:
        lines = subprocess.run(["dpkg-deb", "-c", deb], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        packaged |= {plain(line.split()[5]) for line in lines if not line.startswith("d")}
    installed = {plain(os.path.relpath(os.path.join(top, f), dest)) for top, _, files in os.walk(dest) for f in files}
    lost = {f for f in installed - packaged if not f.startswith(ONLY_INSTALLED)}
    more = {f for f in packaged - installed if not f.startswith(ONLY_PACKAGED)}
    if lost or more or len(debs) != 2:
        raise machine.Failure("only by make install: %s; only in the %d packages: %s" % (sorted(lost), len(debs), sorted(more)))


def build(log):
    """Packages and drives; what the programs say goes to the log's neighbour."""
    dest = os.path.join(TOP, "build/host/dest")
    shutil.rmtree(dest, ignore_errors=True)
    with open(log + ".build", "wb") as out:
        for command in (["make", "-C", TOP, "deb"], ["make", "-C", TOP, "install", "DESTDIR=" + dest],
                        [os.path.join(TOP, "scripts/mkhost")]):
            done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT,
                                  env=dict(os.environ, DEB_BUILD_OPTIONS="noautodbgsym"))
            if done.returncode:
                out.flush()
                with open(log + ".build") as f:
                    raise machine.Failure("%s failed:\n%s" % (" ".join(command), f.read()[-2000:]))
    same_files(dest)
    shutil.rmtree(dest)
    return os.path.join(TOP, "build/host/host.img")


class Installed:
    """The one case. Its timeout is what it may take in all: it says where it stands in the list."""

    name = "installed/debian"
    timeout = 1800

    def run(self, log):
        with machine.Machine(boot="disk", disk=build(log), smp=2, mem=1536, log=log) as m:
            self.m = m
            self.boot()
            self.host()
            self.kernel()
            self.daemons()
            self.bridge()
            self.samples()
            self.guest()
            self.end()

    def boot(self):
        self.m.expect("Debian GNU/Linux, with Xen hypervisor", LONG)
        self.m.expect(r"\(XEN\) Xen-compatible hypervisor", LONG)
        self.login("host")
        # What the kernel tells of new cards may not come in the middle of a line.
        self.sh("dmesg -n 4")

    def login(self, name):
        self.m.expect(name + " login: ", LONG)
        self.m.send("root\n")
        self.m.expect("Password: ", LONG)
        self.m.send("toor\n")
        self.m.expect(r"root@%s:" % name, LONG)
        # No colours, no echo: what is read then is what commands said.
        self.m.send("stty -echo; PS1= TERM=dumb; bind 'set enable-bracketed-paste off'; echo RE''ADY\n")
        self.m.expect("READY", LONG)

    def sh(self, command, seconds=LONG, wanted=0):
        """Runs a command; returns what it said."""
        start = self.m.seen
        self.m.send(command + "; echo STATUS''=$?=\n")
        status = int(self.m.expect(r"STATUS=(\d+)=", seconds).group(1))
        text = self.m.text[start:self.m.seen].replace("\r", "")
        if status != wanted:
            raise machine.Failure("%s: status %d\n%s" % (command, status, text[-1500:]))
        return text

    def until(self, condition):
        """A shell condition becomes true."""
        self.sh("n=0; until %s; do n=$((n + 1)); [ $n -lt %d ] || break; sleep 0.3; done; %s" %
                (condition, LONG * 3, condition), 2 * LONG)

    def host(self):
        self.sh("systemctl is-active proc-xen.mount xenstored xenconsoled xen-hypervisor-log xen-metrics.timer || "
                "{ systemctl --no-pager -l -n 20 status 'xen*'; false; }")
        # Guests of /etc/xen/auto are being started; that ends when the job does.
        self.sh("systemctl start xendomains && systemctl is-active xendomains")
        failed = self.sh("systemctl --failed --no-legend --no-pager --plain")
        if ".service" in failed:
            raise machine.Failure("failed units:\n" + failed)
        if not re.search(r"(?m)^machine\s+\d+\s+256\s", self.sh("xm list")):
            raise machine.Failure("the guest of /etc/xen/auto does not run:\n" + self.m.tail(20))
        if "root=UUID=" not in self.sh("guestboot --list /var/lib/xen/images/machine.img"):
            raise machine.Failure("guestboot --list shows no kernel")
        self.sh("xm log --hypervisor | grep -q 'dom0 kernel'")

    def kernel(self):
        """The host's kernel was unpacked when the packages were installed; memory for a guest comes from dom0."""
        self.sh("xm info | grep -q dom0_mem", wanted=1)
        self.sh(r"""printf 'name = "once"\nmemory = 512\nkernel = "%s"\n' /boot/vmlinuz-$(uname -r) >/root/once.cfg""")
        self.sh("ls -i /var/cache/xen >/root/before; test -s /root/before")
        said = self.sh("xm create -p /root/once.cfg")
        if "Domain-0 gives back" not in said:
            raise machine.Failure("no line on the terminal tells that memory comes from Domain-0:\n" + said)
        self.sh("ls -i /var/cache/xen | cmp - /root/before")
        self.sh("xm destroy once")

    def bridge(self):
        """systemd-networkd makes the bridge of docs/install.md; a card without another word goes there."""
        self.sh("systemctl start systemd-networkd")
        self.until("ip -4 addr show xenbr0 2>&1 | grep -q 10.5.0.1/24")
        self.sh("xm network-attach machine && ls /sys/class/net/xenbr0/brif | grep vif")

    def daemons(self):
        """A new store in place of the old one, and a dead console daemon, while a guest runs."""
        # The timer is started when node_exporter's folder comes, which dpkg tells (node_exporter is not here, its folder is);
        # the rest is the timer's own doing, four times a minute: seen at the end.
        self.sh("systemctl stop xen-metrics.timer; rm -f /var/lib/prometheus/node-exporter/xen.prom")
        self.sh("dpkg-trigger --by-package=xen-pv-tools --no-await /var/lib/prometheus/node-exporter && "
                "dpkg --triggers-only xen-pv-tools && systemctl is-active xen-metrics.timer")
        self.sh("guest=$(xm domid machine)")
        self.privileges_of_store()
        self.privileges_of_consoles()
        self.sh("store=$(systemctl show -P MainPID xenstored) && systemctl reload xenstored")
        self.until("grep -q 'after a live update' /var/log/xen/xenstored.log")
        self.sh("[ $(systemctl show -P MainPID xenstored) = $store ] && systemctl is-active xenstored")
        self.privileges_of_store()
        self.sh("old=$(systemctl show -P MainPID xenconsoled); kill -9 $old")
        self.until("{ systemctl -q is-active xenconsoled && [ $(systemctl show -P MainPID xenconsoled) != $old ]; }")
        # Who starts guests is not started again with it: that would shut them down.
        self.sh("xm domid machine | grep -qx $guest && systemctl is-active xendomains")
        self.until("grep -qs '^xen_domain_cpu_seconds.*machine' /var/lib/prometheus/node-exporter/xen.prom")

    def processes(self, unit, count):
        """Status and open files of each process of a unit: none has a capability, or can get one, or may use all calls."""
        text = self.sh("for p in $(cat /sys/fs/cgroup/system.slice/%s.service/cgroup.procs); do "
                       "cat /proc/$p/status; ls -l /proc/$p/fd; done" % unit)
        found = re.split(r"(?m)^(?=Name:)", text)[1:]
        if len(found) != count:
            raise machine.Failure("%s: expected %d processes:\n%s" % (unit, count, text))
        for status in found:
            wanted = r"Cap(?:Inh|Prm|Eff|Bnd|Amb):\s+0+\n|NoNewPrivs:\s+1\n|Seccomp:\s+2\n"
            if len(re.findall("(?m)^(?:%s)" % wanted, status)) != 7:
                raise machine.Failure("%s may do more than it should:\n%s" % (unit, status))
        return found

    def privileges_of_store(self):
        """The store's two processes as systemd starts them. Only the one that lists domains has the privileged calls."""
        daemon, lister = sorted(self.processes("xenstored", 2), key=lambda status: "privcmd" in status)
        if not re.match(r"Name:\s+xenstored\n", daemon) or not re.match(r"Name:\s+xenstored-list\n", lister):
            raise machine.Failure("not the store's processes:\n" + daemon + lister)
        if "hypercall" in daemon or "gntdev" not in daemon:
            raise machine.Failure("not the devices that xenstored needs:\n" + daemon)
        if "Landlock" in self.sh("cat /var/log/xen/xenstored.log"):
            raise machine.Failure("no Landlock here")

    def privileges_of_consoles(self):
        """Guests talk to the one, only the other has the privileged calls."""
        for unit, more, never in (("xenconsoled", "evtchn", "privcmd|hypercall"),
                                  ("xen-hypervisor-log", "privcmd|hypercall", "gntdev|xenbus")):
            process, = self.processes(unit, 1)
            if not re.search("/dev/xen/(%s)" % more, process) or re.search("/dev/xen/(%s)" % never, process):
                raise machine.Failure("not the devices that %s needs:\n%s" % (unit, process))

    def samples(self):
        """Nothing is wrong with them on a Debian but the disk that has to be made first, which each says: with an empty one,
        and a small kernel where theirs would come out of it or from the network, they are taken."""
        self.sh("truncate -s 1M /root/disk.img; ip link add xenbr1 type bridge; echo 1 >/proc/sys/net/ipv4/ip_forward")
        self.sh("disk='disk=[\"file:/root/disk.img,xvda,w\"]'")
        self.sh("own='bootloader=none kernel=/usr/lib/grub-xen/grub-x86_64-xen.bin ramdisk=/etc/hostname'")
        said = ""
        for name in ("demo", "installer", "debian", "copied", "grub", "qcow2", "nat", "routed", "example"):
            own = "" if name in ("demo", "grub") else "$own"
            said += self.sh("xm create -n -q /etc/xen/%s.cfg; xm create -n -q /etc/xen/%s.cfg memory=128 \"$disk\" %s && "
                            "echo RIGHT" % (name, name, own))
        lines = [line for line in said.splitlines() if line.startswith("xm create")]
        if len(lines) != 9 or any("disk xvda (" not in line or "No such file" not in line for line in lines) or \
           said.count("RIGHT") != 9:
            raise machine.Failure("samples:\n" + said)

    def guest(self):
        """The guest's console: a prompt, and who logs in finds the whole system behind it."""
        self.m.send("xm console machine; echo LE''FT\n")
        # Its prompt may have been said before anybody listened: then it says it again.
        for _ in range(LONG // 20):
            try:
                self.m.expect("(?=machine login: )", 20)
                break
            except machine.Failure:
                self.m.send("\n")
        self.login("machine")
        line = self.sh("cat /proc/cmdline; findmnt -n -o SOURCE /")
        if "console=hvc0" not in line or "/dev/xvda1" not in line:
            raise machine.Failure("not the machine that was expected:\n" + line)
        self.m.send("exit\n")
        self.m.expect("machine login: ", LONG)
        self.m.send("\x1d")
        self.m.expect("LEFT", LONG)

    def end(self):
        """The host goes down; the guest, asked by xendomains, before it."""
        domid = int(re.search(r"(?m)^(\d+)$", self.sh("xm domid machine")).group(1))
        self.m.send("poweroff\n")
        self.m.expect(r"\(XEN\) d%d shuts down: power" % domid, LONG)
        self.m.expect_end(LONG)


def cases():
    return [Installed()]
