"""What tests must know when the program was built with a sanitizer."""

import os

# "address" or "thread", set by the presets of the same name; None without a sanitizer.
SANITIZER = os.environ.get("TALMACH_SANITIZER")

# A sanitizer keeps freed memory back and notes of its own about the rest, so that what a process
# takes says nothing about the program.
MEMORY_COUNTS = SANITIZER is None
