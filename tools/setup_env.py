"""`make setup`: a virtual environment with what requirements.txt pins, or a sentence that says what is missing.

Runs on the machine's own Python, whatever its age, so it is written in words that an old one understands, and uses
nothing but the standard library.
"""

import hashlib
import os
import shutil
import subprocess
import sys

LEAST_PYTHON = (3, 11)
LEAST_DISK_MB = 1500
VENV = ".venv"
STAMP = os.path.join(VENV, ".tact-requirements")

# What pip says, and what a person can do about it. The first that is found in its output is told.
TROUBLES = (
    ("No space left on device", "The disk is full. Make room, then run the same command again."),
    (
        "error: command 'gcc' failed",
        "A package could not be compiled. Install gcc and the Python headers (python3-dev).",
    ),
    (
        "error: command 'cc' failed",
        "A package could not be compiled. Install gcc and the Python headers (python3-dev).",
    ),
    ("unable to execute 'gcc'", "No compiler was found. Install gcc and the Python headers (python3-dev)."),
    ("No matching distribution", "A pinned package is not to be had for this machine; the lines above name it."),
    ("Temporary failure in name resolution", "The package index cannot be reached. Check the network."),
    ("Could not connect", "The package index cannot be reached. Check the network."),
)


def main(files):
    """Set up from these requirement files; the exit status."""
    if sys.version_info < LEAST_PYTHON:
        return say("Tact needs Python %d.%d or newer; this is %d.%d." % (LEAST_PYTHON + tuple(sys.version_info[:2])))
    if os.path.exists(STAMP) and wanted(files) <= set(read(STAMP).split()):
        return 0
    free = shutil.disk_usage(".").free // 2**20
    if free < LEAST_DISK_MB:
        return say("Only %d MB are free here; setting up needs %d. Make room, then try again." % (free, LEAST_DISK_MB))
    sys.stdout.write("Setting up %s (once; a minute or two) ...\n" % VENV)
    sys.stdout.flush()
    return make_venv() or install(files)


def make_venv():
    """The empty environment."""
    done = subprocess.run([sys.executable, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        tell_end_of(done.stdout)
        return say("The virtual environment could not be made. On Debian and Ubuntu: apt install python3-venv")
    return 0


def install(files):
    """pip, quietly; its last lines and a sentence when it fails."""
    python = os.path.join(VENV, "bin", "python")
    asked = [part for name in files for part in ("-r", name)]
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"] + asked
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        tell_end_of(done.stdout)
        output = done.stdout.decode("utf-8", "replace")
        known = [sentence for sign, sentence in TROUBLES if sign in output]
        return say(known[0] if known else "The packages could not be installed; the lines above say why.")
    before = set(read(STAMP).split()) if os.path.exists(STAMP) else set()
    with open(STAMP, "w") as stamp:
        stamp.write("\n".join(sorted(before | wanted(files))))
    return 0


def wanted(files):
    """The digests of the files to install: when one changes, `make setup` installs again."""
    return {hashlib.sha256(read(name).encode("utf-8")).hexdigest() for name in files}


def read(name):
    """A file's text."""
    with open(name) as file:
        return file.read()


def tell_end_of(output):
    """The last lines of what a tool said."""
    sys.stderr.write("\n".join(output.decode("utf-8", "replace").splitlines()[-8:]) + "\n")


def say(sentence):
    """A sentence on standard error; exit status 1."""
    sys.stderr.write(sentence + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
