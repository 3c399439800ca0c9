# SPDX-License-Identifier: GPL-2.0-only
"""The real xenstored on this host, without a hypervisor: live update, refusals, death and the state file.

Prints PASS or FAIL for each case. Needs build/tools; no root.
"""
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
DAEMON = TOP + "/build/tools/xenstored/xenstored"
CLIENT = TOP + "/build/tools/libxenstore/xenstore"
READ, WATCH, START, END, WRITE, CONTROL, EVENT, ERROR = 2, 4, 6, 7, 11, 0, 15, 16


class Client:
    """A program's connection, and what it got."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(path)
        self.events = []

    def send(self, kind, *words, tx=0, raw=None):
        body = raw if raw is not None else b"".join(w.encode() + b"\0" for w in words)
        self.sock.sendall(struct.pack("<IIII", kind, 1, tx, len(body)) + body)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            part = self.sock.recv(n - len(data))
            if not part:
                raise EOFError("the daemon hung up")
            data += part
        return data

    def message(self):
        kind, _, _, length = struct.unpack("<IIII", self.exactly(16))
        return kind, self.exactly(length)

    def reply(self):
        while True:
            kind, body = self.message()
            if kind != EVENT:
                return "error " + body.decode().strip("\0") if kind == ERROR else body.decode().strip("\0")
            self.events.append(body.decode().split("\0")[0])

    def ask(self, kind, *words, tx=0, raw=None):
        self.send(kind, *words, tx=tx, raw=raw)
        return self.reply()

    def event(self):
        while not self.events:
            kind, body = self.message()
            if kind == EVENT:
                self.events.append(body.decode().split("\0")[0])
        return self.events.pop(0)

    def begin(self):
        return int(self.ask(START, ""))

    def write(self, path, value, tx=0):
        return self.ask(WRITE, tx=tx, raw=path.encode() + b"\0" + value.encode())


class Daemon:
    """xenstored in a directory of its own."""

    def __init__(self, path):
        self.dir, self.path = path, path + "/socket"
        self.state, self.program = path + "/state", path + "/xenstored"
        shutil.copy(DAEMON, self.program)
        self.process = None

    def start(self):
        env = dict(os.environ, XENSTORED_PATH=self.path)
        self.process = subprocess.Popen(
            [self.program, "--foreground", "--no-domains", "--log-file=" + self.log_file(), "--pid-file=" + self.dir + "/pid",
             "--state-file=" + self.state], env=env)
        wait_for(lambda: os.path.exists(self.dir + "/pid"), "the daemon does not come up")

    def kill(self, sig):
        os.unlink(self.dir + "/pid") if sig == signal.SIGKILL else None
        self.process.send_signal(sig)
        self.process.wait(20)

    def log_file(self):
        return self.dir + "/log"

    def log(self):
        with open(self.log_file()) as f:
            return f.read()


def wait_for(true, what):
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(what)


def expect(got, wanted):
    if got != wanted:
        raise AssertionError("got %r, expected %r" % (got, wanted))


def live_update(d):
    c, other, half = Client(d.path), Client(d.path), Client(d.path)
    expect(c.ask(WATCH, "/w", "token"), "OK")
    expect(c.event(), "/w")
    won, lost = other.begin(), c.begin()
    expect(other.write("/t/won", "1", tx=won), "OK")
    expect(c.ask(READ, "/seen", tx=lost), "error ENOENT")
    expect(c.write("/t/lost", "1", tx=lost), "OK")
    expect(other.write("/seen", "1"), "OK")
    half.sock.sendall(struct.pack("<IIII", READ, 1, 0, 6) + b"/se")
    # A reply that nobody has taken when the update comes, and the answer to the one who asked for it.
    c.send(READ, "/seen")
    expect(other.ask(CONTROL, "live-update"), "OK")
    wait_for(lambda: "serving, after a live update" in d.log(), "no update")
    expect(d.process.poll(), None)
    expect(c.reply(), "1")
    half.sock.sendall(b"en\0")
    expect(half.reply(), "1")
    expect(other.ask(END, "T", tx=won), "OK")
    expect(c.ask(END, "T", tx=lost), "error EAGAIN")
    expect(other.ask(READ, "/t/won"), "1")
    expect(other.write("/w/x", "1"), "OK")
    expect(c.event(), "/w/x")
    # Once more, with the program replaced on disk as an upgrade does it.
    os.unlink(d.program)
    shutil.copy(DAEMON, d.program)
    expect(other.ask(CONTROL, "live-update"), "OK")
    expect(other.ask(READ, "/t/won"), "1")
    expect(Client(d.path).ask(READ, "/w/x"), "1")


def refusals(d):
    c = Client(d.path)
    expect(c.write("/kept", "1"), "OK")
    script = d.dir + "/new"
    for text, reason in (("#!/bin/sh\necho I do not know this state >&2\nexit 3\n", "I do not know this state"),
                         ("#!/bin/sh\nexit 3\n", "status 3"), ("#!/bin/sh\nkill -11 $$\n", "signal 11")):
        with open(script, "w") as f:
            f.write(text)
        os.chmod(script, 0o755)
        answer = c.ask(CONTROL, "live-update", script)
        if not answer.startswith("refused by ") or reason not in answer:
            raise AssertionError(answer)
    for name in ("/nonexistent", "relative"):
        if not c.ask(CONTROL, "live-update", name).startswith("refused"):
            raise AssertionError(name)
    # By the command, whose status tells.
    env = dict(os.environ, XENSTORED_PATH=d.path)
    r = subprocess.run([CLIENT, "control", "live-update", "/nonexistent"], env=env, capture_output=True, text=True)
    expect((r.returncode, r.stdout), (1, ""))
    expect(c.ask(READ, "/kept"), "1")


def status(d):
    with open("/proc/%d/status" % d.process.pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def confinement(d):
    """In force over live updates, and no thicker with each; seen from within by a program that is to be the next one."""
    c, before = Client(d.path), status(d)
    for _ in range(20):
        expect(c.ask(CONTROL, "live-update"), "OK")
    expect(c.ask(READ, "/kept"), "1")
    after = status(d)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if os.getuid() == 0:
            expect((name, int(after[name], 16)), (name, 0))
    expect((after["NoNewPrivs"], after["Seccomp"]), ("1", "2"))
    expect(after.get("Seccomp_filters"), before.get("Seccomp_filters"))
    tries = [("import socket; socket.socket(socket.AF_UNIX)", "PermissionError"),
             ("import os; os.chmod('%s', 0o777)" % d.log_file(), "PermissionError"),
             ("import os; os.unshare(os.CLONE_NEWUSER)", "AttributeError|PermissionError"),
             ("open('%s', 'a')" % d.log_file(), "")]
    if "no Landlock here" not in d.log():
        tries += [("open('/etc/passwd')", "PermissionError"), ("open('/proc/self/mem')", "PermissionError")]
    script = d.dir + "/probe"
    for text, wanted in tries:
        with open(script, "w") as f:
            f.write("#!/usr/bin/python3 -SE\nimport sys\ntry:\n    %s\n    e = ''\nexcept Exception as x:\n    e = x\n"
                    "print('got', type(e).__name__ if e else '', file=sys.stderr)\nsys.exit(1)\n" % text)
        os.chmod(script, 0o755)
        answer = c.ask(CONTROL, "live-update", script).strip()
        if not re.search("got (%s)$" % wanted if wanted else "got$", answer):
            raise AssertionError("%s: %s" % (text, answer))


def death(d):
    c = Client(d.path)
    expect(c.write("/last", "words"), "OK")

    def saved():
        with open(d.state, "rb") as f:
            return b"words" in f.read()
    wait_for(saved, "no state file")
    expect(os.stat(d.state).st_mode & 0o777, 0o600)
    d.kill(signal.SIGKILL)
    d.start()
    expect(Client(d.path).ask(READ, "/last"), "words")
    # An end in order saves what is new.
    expect(Client(d.path).write("/last", "order"), "OK")
    d.kill(signal.SIGTERM)
    d.start()
    expect(Client(d.path).ask(READ, "/last"), "order")


def damaged_file(d):
    d.kill(signal.SIGTERM)
    with open(d.state, "r+b") as f:
        f.truncate(os.path.getsize(d.state) - 5)
    d.start()
    expect(Client(d.path).ask(READ, "/last"), "error ENOENT")
    if "is of no use" not in d.log():
        raise AssertionError(d.log())
    d.kill(signal.SIGTERM)
    # Another boot's.
    with open(d.state, "rb") as f:
        text = f.read()
    with open("/proc/sys/kernel/random/boot_id", "rb") as f:
        boot = f.read().strip()
    with open(d.state, "wb") as f:
        f.write(text.replace(boot, boot[::-1]))
    d.start()
    expect(d.log().count("is of no use"), 2)


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as path:
        d = Daemon(path)
        d.start()
        try:
            for case in (live_update, refusals, confinement, death, damaged_file):
                try:
                    case(d)
                    print("PASS xenstored: " + case.__name__.replace("_", " "))
                except (AssertionError, EOFError, OSError) as e:
                    failed += 1
                    print("%s: %s" % (case.__name__, e))
                    print("FAIL xenstored: " + case.__name__.replace("_", " "))
        finally:
            d.process.kill()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
