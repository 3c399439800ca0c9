# SPDX-License-Identifier: GPL-2.0-only
"""A program in a pseudo-terminal, and what is on its screen: as much of a Linux console as ncurses uses."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

ESCAPE = re.compile(r"\x1b\[([?\d;]*)([A-Za-z@`])|\x1b([()][0-9A-Z]|[78=>cDMEH])|\x1b\][^\x07]*\x07")


class Screen:
    """Starts a program; text() is its screen, as lines."""

    def __init__(self, args, rows=24, columns=80, env=None, nohup=False):
        self.rows, self.columns, self.raw, self.pending = rows, columns, "", ""
        self.clear()
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.pid = os.fork()
        if not self.pid:
            os.close(master)
            signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)
            self.login(slave)
            os.execvpe(args[0], args, dict(os.environ, **(env or {})))
        self.master, self.slave = master, slave

    @staticmethod
    def login(slave):
        # Who runs the tests in the background of a shell has it ignored, and programs leave it so.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(slave, fd)

    def clear(self):
        self.cells = [[" "] * self.columns for _ in range(self.rows)]
        self.y = self.x = self.top = 0
        self.bottom = self.rows - 1

    def resize(self, rows, columns):
        old, self.rows, self.columns = self.cells, rows, columns
        self.clear()
        for y, row in enumerate(old[:rows]):
            self.cells[y][:len(row)] = row[:columns]
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, text):
        os.write(self.master, text.encode())

    def text(self):
        return ["".join(row).rstrip() for row in self.cells]

    def wait(self, what, seconds=30):
        """Until what(lines) is true."""
        end = time.monotonic() + seconds
        while not what(self.text()):
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError("not on the screen:\n" + "\n".join(self.text()))
            if select.select([self.master], [], [], left)[0]:
                self.feed(os.read(self.master, 65536).decode("utf-8", "replace"))

    def end(self, seconds=30):
        """The exit status; the terminal must be as it was."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if select.select([self.master], [], [], 0.05)[0]:
                self.feed(os.read(self.master, 65536).decode("utf-8", "replace"))
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                if termios.tcgetattr(self.slave) != self.before:
                    raise AssertionError("the terminal is not as it was before")
                os.close(self.master)
                os.close(self.slave)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError("the program does not end")

    def hang_up(self, seconds=30):
        """The terminal goes away; the exit status."""
        os.close(self.slave)
        os.close(self.master)
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError("the program outlives its terminal")

    # What comes from the program

    def feed(self, text):
        self.raw += text
        text = self.pending + text
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                found = ESCAPE.match(text, at)
                if not found:
                    break
                if found.group(2):
                    self.control(found.group(2), found.group(1))
                elif found.group(3) == "M" and self.y == self.top:
                    self.shift(self.top, 1)
                elif found.group(3) == "M":
                    self.y -= 1
                at = found.end()
            else:
                self.put(text[at])
                at += 1
        self.pending = text[at:]

    def put(self, c):
        if c == "\r":
            self.x = 0
        elif c == "\n":
            self.line_feed()
        elif c == "\b":
            self.x = max(self.x - 1, 0)
        elif c == "\t":
            self.x = min(self.x // 8 * 8 + 8, self.columns - 1)
        elif c >= " ":
            if self.x >= self.columns:
                self.x = 0
                self.line_feed()
            self.cells[self.y][self.x] = c
            self.x += 1

    def control(self, name, args):
        numbers = [int(n) if n.isdigit() else 0 for n in args.split(";")]
        n = max(numbers[0], 1)
        row = self.cells[self.y]
        if name in "Hf":
            self.y = min(n, self.rows) - 1
            self.x = min(max(numbers[1] if len(numbers) > 1 else 1, 1), self.columns) - 1
        elif name in "ABCD":
            dy, dx = {"A": (-n, 0), "B": (n, 0), "C": (0, n), "D": (0, -n)}[name]
            self.y = min(max(self.y + dy, 0), self.rows - 1)
            self.x = min(max(self.x + dx, 0), self.columns - 1)
        elif name in "G`":
            self.x = min(n, self.columns) - 1
        elif name == "d":
            self.y = min(n, self.rows) - 1
        elif name == "K":
            first, last = {0: (self.x, self.columns), 1: (0, self.x + 1), 2: (0, self.columns)}[numbers[0]]
            row[first:last] = " " * (last - first)
        elif name == "J":
            self.erase(numbers[0])
        elif name == "X":
            row[self.x:self.x + n] = " " * len(row[self.x:self.x + n])
        elif name == "P":
            row[self.x:] = row[self.x + n:] + [" "] * min(n, self.columns - self.x)
        elif name == "@":
            row[self.x:] = ([" "] * n + row[self.x:])[:self.columns - self.x]
        elif name in "LM":
            self.shift(self.y, n if name == "L" else -n)
        elif name == "r":
            self.top = n - 1
            self.bottom = (numbers[1] if len(numbers) > 1 and numbers[1] else self.rows) - 1
            self.y = self.x = 0

    def erase(self, how):
        y = self.y
        if how == 0:
            self.cells[y][self.x:] = " " * (self.columns - self.x)
        for i in range(self.rows):
            if how == 2 or (how == 0 and i > y) or (how == 1 and i < y):
                self.cells[i] = [" "] * self.columns
        if how == 1:
            self.cells[y][:self.x + 1] = " " * (self.x + 1)

    def line_feed(self):
        if self.y == self.bottom:
            self.shift(self.top, -1)
        else:
            self.y = min(self.y + 1, self.rows - 1)

    def shift(self, first, n):
        """Lines inserted (n > 0) or deleted at `first`, in the scrolling region."""
        empty = [[" "] * self.columns for _ in range(abs(n))]
        part = self.cells[first:self.bottom + 1]
        part = (empty + part)[:len(part)] if n > 0 else (part + empty)[-n:-n + len(part)]
        self.cells[first:self.bottom + 1] = part
