"""Finds a Chromium for the page's tests, or gets one: ``python -m tests.browser``.

In the order tried: an installed Chromium or Chrome, Playwright's own download, the system's ``chromium`` package.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_browser() -> str | None:
    """The path of a browser that the tests can drive, or None."""
    installed = next((path for name in NAMES if (path := shutil.which(name))), None)
    if installed:
        return installed
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return str(own) if own.exists() else None


def get_browser() -> str | None:
    """Install a browser where there is none; its path, or None when nothing worked."""
    apt = ["apt-get", "install", "-y", "-qq", "chromium"]
    ways = (
        [[sys.executable, "-m", "playwright", "install", "chromium"]],
        [["apt-get", "update", "-qq"], apt],
        [["sudo", "-n", "apt-get", "update", "-qq"], ["sudo", "-n", *apt]],
    )
    for commands in ways:
        if all(shutil.which(command[0]) and subprocess.run(command, check=False).returncode == 0 for command in commands):
            found = find_browser()
            if found:
                return found
    return None


if __name__ == "__main__":
    if find_browser() is None:
        print("No Chromium on this machine: getting one for the page's tests…", flush=True)
        if get_browser() is None:
            print("Could not get a browser: the page's tests will be skipped (under CI=true they fail). Install chromium.", flush=True)
