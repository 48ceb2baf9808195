"""Downloads one of torchvision's data sets: `python -P download_process.py CIFAR10 ROOT`. Run by `download`.

A process can be ended at any time, and the output of torchvision can be discarded. Imports nothing of this package, so
that it runs from any folder.
"""

import os
import socket
import sys
import threading

_NO_ANSWER_SECONDS = 30.0
_BY_SPLIT = ("STL10", "SVHN")  # these name their splits, the others ask for train=True


def end_with_parent() -> None:
    """End this process when standard input closes: the parent process has ended, even where it was killed."""
    os.read(sys.stdin.fileno(), 1)  # not through sys.stdin: its lock must be free when this process ends first
    os._exit(1)


def main(class_name: str, root: str) -> None:
    """Download both splits into `root`; an exception of torchvision goes to standard error."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    socket.setdefaulttimeout(_NO_ANSWER_SECONDS)
    from torchvision import datasets

    for split in ("train", "test"):
        which = {"split": split} if class_name in _BY_SPLIT else {"train": split == "train"}
        getattr(datasets, class_name)(root, download=True, **which)


if __name__ == "__main__":
    main(*sys.argv[1:])
