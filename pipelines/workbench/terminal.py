"""Ending a command that runs until Ctrl+C: for its user that is how it ends, not a failure.

make dies of the same Ctrl+C as its command (130), and of a command it had to end it prints ``*** Terminated``. So the
command takes the terminal for itself while it runs, as a shell gives it to a job: Ctrl+C reaches the command alone, and
make sees it end well.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def until_stopped() -> Iterator[None]:
    """Within it Ctrl+C and SIGTERM both are a KeyboardInterrupt, and Ctrl+C is this process's alone, where there is a terminal."""
    term = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _terminal():
            yield
    finally:
        signal.signal(signal.SIGTERM, term)


@contextmanager
def _terminal() -> Iterator[None]:
    group = os.getpgrp()
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError:  # none: nobody presses Ctrl+C
        yield
        return
    try:
        if group == os.getpid() or os.tcgetpgrp(terminal) != group:  # its own already, or in the background
            yield
            return
        # Ctrl+Z would stop this process but not make, which waits for it: nobody would be left to read the terminal.
        before = {name: signal.signal(name, signal.SIG_IGN) for name in (signal.SIGTTOU, signal.SIGTSTP)}
        os.setpgid(0, 0)
        os.tcsetpgrp(terminal, os.getpgrp())
        try:
            yield
        finally:
            with suppress(OSError):  # make may have been ended from elsewhere
                os.setpgid(0, group)
                os.tcsetpgrp(terminal, group)
            for name, handler in before.items():
                signal.signal(name, handler)
    finally:
        os.close(terminal)
