# SPDX-License-Identifier: GPL-2.0-only
"""The packages on a real Debian: a drive made by debootstrap boots through its own GRUB into our hypervisor, with systemd.

Another drive of the same kind, a whole machine's, lies on it as a file and is a guest that starts at boot; its kernel is
read out of it by guestboot.
"""
import os
import re
import subprocess

import machine

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))

# Much is done at a time, in software, perhaps beside another machine.
LONG = 400


def build(log):
    """Packages and drives; what the programs say goes to the log's neighbour."""
    with open(log + ".build", "wb") as out:
        for command in (["make", "-C", TOP, "deb"], [os.path.join(TOP, "scripts/mkhost")]):
            done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT)
            if done.returncode:
                out.flush()
                with open(log + ".build") as f:
                    raise machine.Failure("%s failed:\n%s" % (" ".join(command), f.read()[-2000:]))
    return os.path.join(TOP, "build/host/host.img")


class Installed:
    """The one case. Its timeout is what it may take in all: it says where it stands in the list."""

    name = "installed/debian"
    timeout = 1800

    def run(self, log):
        with machine.Machine(boot="disk", disk=build(log), smp=2, mem=2048, log=log) as m:
            self.m = m
            self.boot()
            self.host()
            self.guest()
            self.end()

    def boot(self):
        self.m.expect("Debian GNU/Linux, with Xen hypervisor", LONG)
        self.m.expect(r"\(XEN\) Xen-compatible hypervisor", LONG)
        self.login("host")

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

    def host(self):
        self.sh("systemctl is-active proc-xen.mount xenstored xenconsoled || systemctl --no-pager -l -n 20 status "
                "'xen*'")
        # Guests of /etc/xen/auto are being started; that ends when the job does.
        self.sh("systemctl start xendomains && systemctl is-active xendomains")
        failed = self.sh("systemctl --failed --no-legend --no-pager --plain")
        if ".service" in failed:
            raise machine.Failure("failed units:\n" + failed)
        if not re.search(r"(?m)^machine\s+\d+\s+256\s", self.sh("xm list")):
            raise machine.Failure("the guest of /etc/xen/auto does not run:\n" + self.m.tail(20))
        if "root=UUID=" not in self.sh("guestboot --list /var/lib/xen/images/machine.img"):
            raise machine.Failure("guestboot --list shows no kernel")

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
        self.sh("systemctl stop xendomains")
        if re.search(r"(?m)^machine\s", self.sh("xm list")):
            raise machine.Failure("the guest outlived xendomains")
        if "power" not in self.sh("cat /var/log/xen/xm-machine.log"):
            raise machine.Failure("the guest did not power itself off")
        self.m.send("poweroff\n")
        self.m.expect_end(LONG)


def cases():
    return [Installed()]
