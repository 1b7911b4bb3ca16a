"""JupyterLab as ``make edit`` runs it: Ctrl+C always ends it.

The server's own way leaves threads waiting for work when a request was being answered (an export, the list of files),
and Python then waits for them for ever.
"""

import os
import sys
import threading

from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp


# So long may closing the kernels take; they get five seconds each before they are killed, all at once.
PATIENCE = 20.0


def leave() -> None:
    """End the process without waiting for its threads; kernels notice that their parent is gone and end too."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


class Server(ServerApp):
    """The server that does not stay when it was told to stop."""

    def stop(self, from_signal: bool = False) -> None:
        """Close the kernels and end; end all the same if that does not come to its end."""
        last = threading.Timer(PATIENCE, leave)
        last.daemon = True
        last.start()
        super().stop(from_signal)


class Lab(LabApp):
    """JupyterLab on that server."""

    serverapp_class = Server


def main() -> None:
    """Run until Ctrl+C."""
    Lab.launch_instance()
    leave()


if __name__ == "__main__":
    main()
