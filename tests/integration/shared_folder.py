"""Tests that hand files to the program."""

import os
import tempfile
import unittest


class SharedFolderTest(unittest.TestCase):
    """The tests of a class share a folder, which is gone when the last one is done."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.directory = cls.temporary.name

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.directory, name)

    @classmethod
    def write(cls, name, text):
        """Writes bytes, or text as UTF-8."""
        with open(cls.path(name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    @classmethod
    def read(cls, name):
        return cls.read_bytes(name).decode()

    @classmethod
    def read_bytes(cls, name):
        with open(cls.path(name), "rb") as file:
            return file.read()
