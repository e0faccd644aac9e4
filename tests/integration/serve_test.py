"""Runs `talmach serve` as browsers, programs and vandals do.

usage: serve_test.py PATH/TO/talmach [--requests N]     N requests in the storm (400)
"""

import argparse
import concurrent.futures
import gzip
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import toy

ARGUMENTS = argparse.ArgumentParser()
ARGUMENTS.add_argument("program")
ARGUMENTS.add_argument("--requests", type=int, default=400)
OPTIONS, REST = ARGUMENTS.parse_known_args()
PROGRAM = os.path.abspath(OPTIONS.program)
MAX_BODY = 20000
SENTENCES = ["small dog", "a cat sees a bird", "green house", "child", "", "small small small"]


class Server:
    """A running server; use it in a with statement."""

    def __init__(self, folder, *flags, max_body=MAX_BODY):
        self.lines = []
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "-m", "model", "--port", "0", "--max-body", str(max_body), *flags],
            cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"})
        self.port = None
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.search(r"listening on http://\S+:(\d+)/", line)
            if found:
                self.port = int(found[1])
                break
        assert self.port, self.lines
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr))
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop(signal.SIGTERM)
        self.process.stdout.close()
        self.process.stderr.close()

    def stop(self, number):
        """Sends the signal; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        self.reader.join()
        return code

    def ask(self, method, path, body=None, headers=None):
        """(status, headers, body) of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def translate(self, **request):
        """(status, JSON) of POST /translate."""
        status, _, body = self.ask("POST", "/translate", json.dumps(request).encode())
        return status, json.loads(body)

    def raw(self, data, wait=True):
        """Sends bytes as they are and goes away, after the answer if `wait`."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            try:
                connection.sendall(data)
                if not wait:
                    return b""
                connection.shutdown(socket.SHUT_WR)
                answer = b""
                while chunk := connection.recv(65536):
                    answer += chunk
                return answer
            except (ConnectionResetError, BrokenPipeError):
                return b""

    def num_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


class ServeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name
        toy.write_corpus(cls.folder, random.Random(1))
        toy.write_config(cls.folder)
        subprocess.run([PROGRAM, "train", "-c", "config.yaml", "-m", "model", "--quiet",
                        "--set", "training.max_updates=60", "validation.every=60u"],
                       cwd=cls.folder, check=True)
        cls.expected = cls.run_translate(SENTENCES)
        cls.shared = Server(cls.folder, "--threads", "2")

    @classmethod
    def tearDownClass(cls):
        with cls.shared:
            pass
        cls.temporary.cleanup()

    @classmethod
    def run_translate(cls, sentences):
        result = subprocess.run([PROGRAM, "translate", "-m", "model", "--quiet"], cwd=cls.folder,
                                input="".join(f"{text}\n" for text in sentences), check=True,
                                capture_output=True, text=True)
        return result.stdout.split("\n")[:-1]

    def check_error(self, answer, status):
        self.assertEqual(answer[0], status, answer[2][:500])
        self.assertEqual(answer[1]["Content-Type"], "application/json")
        error = json.loads(answer[2])["error"]
        self.assertEqual(error["status"], status)
        self.assertTrue(error["message"])
        self.assertNotIn("\n", error["message"])
        return error["message"]

    def test_translates_as_the_command_does(self):
        status, answer = self.shared.translate(text=SENTENCES)
        self.assertEqual(status, 200)
        self.assertEqual([line["candidates"][0]["text"] for line in answer["translations"]],
                         self.expected)
        status, answer = self.shared.translate(text=SENTENCES[0])
        self.assertEqual(answer["translations"][0]["candidates"][0]["text"], self.expected[0])

    def test_gives_lists_and_attention(self):
        status, answer = self.shared.translate(text=["green dog", "cat"], n_best=3, beam_size=4,
                                               normalize=0, attention=True)
        self.assertEqual(status, 200)
        for translation in answer["translations"]:
            candidates = translation["candidates"]
            self.assertEqual(len(candidates), 3)
            self.assertEqual(candidates, sorted(candidates, key=lambda c: -c["score"]))
            for candidate in candidates:
                self.assertAlmostEqual(candidate["score"], candidate["log_probability"], places=5)
                attention = candidate["attention"]
                self.assertEqual(attention["source"][-1], "</s>")
                self.assertEqual(len(attention["weights"]), len(attention["target"]))
                for row in attention["weights"]:
                    self.assertEqual(len(row), len(attention["source"]))
                    self.assertAlmostEqual(sum(row), 1, places=4)

    def test_the_page_and_its_records(self):
        status, headers, page = self.shared.ask("GET", "/")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn(b'<form id="ask">', page)
        status, _, body = self.shared.ask("POST", "/records",
                                          json.dumps({"text": ["dog", "cat"], "n_best": 2}))
        self.assertEqual(status, 200)
        records = json.loads(body)["records"]
        self.assertEqual([record["line"] for record in records], [0, 0, 1, 1])
        self.assertTrue(all(record["matrices"] for record in records))

    def test_tells_its_health(self):
        status, _, body = self.shared.ask("GET", "/health")
        self.assertEqual((status, json.loads(body)["status"]), (200, "ok"))

    def test_a_line_for_a_line_whatever_it_holds(self):
        nasty = ["", " ", "\t", "a\nb", "\r\n", "\u0000", "\u2028", "\ufeff", "\u202eabc", "😀" * 50,
                 "▁", "</s>", "<unk>", "x" * 5000, "dog " * 1000]
        status, answer = self.shared.translate(text=nasty)
        self.assertEqual(status, 200)
        self.assertEqual(len(answer["translations"]), len(nasty))
        for translation in answer["translations"]:
            self.assertNotIn("\n", translation["candidates"][0]["text"])
        self.assertTrue(answer["translations"][-1]["source_cut"])
        self.assertEqual(self.shared.translate(text=[]), (200, {"translations": []}))

    def test_wrong_requests_are_told_so(self):
        for method, path, body, status in [
                ("POST", "/translate", b"", 400), ("POST", "/translate", b"{", 400),
                ("POST", "/translate", b"[]", 400), ("POST", "/translate", b"{}", 400),
                ("POST", "/translate", b'{"text":1}', 400),
                ("POST", "/translate", b'{"text":"\xff"}', 400),
                ("POST", "/translate", b'{"text":"a","beam_size":99}', 400),
                ("POST", "/translate", b'{"text":"a","color":1}', 400),
                ("POST", "/records", b'{"text":"a","n_best":-1}', 400),
                ("POST", "/translate", json.dumps({"text": ["a"] * 101}).encode(), 400),
                ("GET", "/nothing", None, 404), ("POST", "/nothing", b"{}", 404),
                ("GET", "/../../etc/passwd", None, 404),
                ("GET", "/translate", None, 405), ("DELETE", "/", None, 405),
                ("POST", "/health", b"{}", 405)]:
            with self.subTest(method=method, path=path, body=body):
                self.check_error(self.shared.ask(method, path, body), status)

    def test_forms_are_refused(self):
        body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nhallo\r\n--x--\r\n'
        answer = self.shared.ask("POST", "/translate", body,
                                 {"Content-Type": "multipart/form-data; boundary=x"})
        self.check_error(answer, 400)
        # What curl -d says of JSON unless it is told better.
        status, _, _ = self.shared.ask("POST", "/translate", b'{"text":"dog"}',
                                       {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(status, 200)

    def test_large_requests_are_refused(self):
        large = json.dumps({"text": "a" * MAX_BODY}).encode()
        self.check_error(self.shared.ask("POST", "/translate", large), 413)
        self.check_error(self.shared.ask("POST", "/nothing", large), 413)
        chunks = (b"a" * 1000 for _ in range(100))
        self.check_error(self.shared.ask("POST", "/translate", chunks), 413)  # chunked
        bomb = gzip.compress(b" " * 10_000_000)
        self.assertLess(len(bomb), MAX_BODY)
        self.check_error(self.shared.ask("POST", "/translate", bomb,
                                         {"Content-Encoding": "gzip"}), 413)
        long_sentence = json.dumps({"text": "a" * (MAX_BODY - 20)}).encode()
        status, _, _ = self.shared.ask("POST", "/translate", long_sentence)
        self.assertEqual(status, 200)

    def test_ranges_are_ignored(self):
        ranges = {"Range": "bytes=" + "0-," * 1000 + "0-"}
        for method, path, body in (("GET", "/", None), ("POST", "/translate", b'{"text":"dog"}')):
            plain = self.shared.ask(method, path, body)
            status, _, answer = self.shared.ask(method, path, body, ranges)
            self.assertEqual((status, answer), (200, plain[2]))

    def test_packed_requests_are_read(self):
        packed = gzip.compress(json.dumps({"text": SENTENCES[0]}).encode())
        status, _, body = self.shared.ask("POST", "/translate", packed,
                                          {"Content-Encoding": "gzip"})
        self.assertEqual(status, 200)
        self.assertIn(self.expected[0], body.decode())

    def vandalise(self, rng):
        """Something that is not a request; True if the server still answers as it should."""
        body = json.dumps({"text": "dog"}).encode()
        head = b"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        kind = rng.randrange(7)
        if kind == 0:
            self.shared.raw(rng.randbytes(rng.randint(1, 3000)))
        elif kind == 1:
            self.shared.raw(head + body[:5], wait=False)
        elif kind == 2:
            self.shared.raw((head + body)[:rng.randint(0, len(head))], wait=False)
        elif kind == 3:
            self.shared.raw(head + body, wait=False)  # gone before the answer
        elif kind == 4:
            self.shared.raw(b"GET / HTTP/9.9\r\n\r\n")
        elif kind == 5:
            self.shared.raw(b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        else:
            self.shared.raw(head + rng.randbytes(len(body)))

    def storm_request(self, seed):
        """Makes one request of a random kind; None, or what was wrong with the answer."""
        rng = random.Random(seed)
        kind = rng.randrange(10)
        if kind < 5:
            chosen = [rng.randrange(len(SENTENCES)) for _ in range(rng.randint(1, 4))]
            status, answer = self.shared.translate(text=[SENTENCES[i] for i in chosen])
            texts = [line["candidates"][0]["text"] for line in answer.get("translations", [])]
            wanted = [self.expected[i] for i in chosen]
            return None if (status, texts) == (200, wanted) else (status, answer)
        if kind < 8:
            body, wanted = rng.choice([
                (b"{", 400), (b'{"text":3}', 400), (b'{"text":"a","beam_size":"x"}', 400),
                (b"x" * (MAX_BODY + 1), 413)])
            status, _, answer = self.shared.ask("POST", "/translate", body)
            return None if status == wanted else (status, answer)
        if kind == 8:
            path, wanted = rng.choice([("/", 200), ("/health", 200), ("/wp-admin", 404)])
            status, _, answer = self.shared.ask("GET", path)
            return None if status == wanted else (status, answer)
        self.vandalise(rng)
        return None

    def test_survives_a_storm(self):
        self.shared.translate(text="dog")
        files = self.shared.num_files()
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            wrong = [answer for answer in pool.map(self.storm_request, range(OPTIONS.requests))
                     if answer]
        seconds = time.monotonic() - start
        self.assertEqual(wrong, [])
        self.assertIsNone(self.shared.process.poll())
        status, answer = self.shared.translate(text=SENTENCES)
        self.assertEqual(status, 200)
        for _ in range(200):  # connections of clients that went away are closed after a while
            if self.shared.num_files() <= files:
                break
            time.sleep(0.1)
        self.assertLessEqual(self.shared.num_files(), files)
        with open(f"/proc/{self.shared.process.pid}/status", encoding="utf-8") as status:
            memory = re.search(r"VmHWM:\s*(\d+)", status.read())[1]
        print(f"{OPTIONS.requests} requests in {seconds:.1f} s, largest memory "
              f"{int(memory) // 1024} MB", file=sys.stderr)

    def test_too_many_at_a_time_are_told_to_come_back(self):
        request = json.dumps({"text": ["dog cat bird"] * 100, "beam_size": 32}).encode()
        with Server(self.folder, "--max-requests", "1", "--threads", "1") as server:
            with concurrent.futures.ThreadPoolExecutor(10) as pool:
                answers = list(pool.map(lambda _: server.ask("POST", "/translate", request),
                                        range(10)))
            busy = [answer for answer in answers if answer[0] != 200]
            self.assertTrue(0 < len(busy) < 10, [answer[0] for answer in answers])
            for answer in busy:
                self.assertIn("too many requests", self.check_error(answer, 503))
                self.assertEqual(answer[1]["Retry-After"], "1")

    def test_what_takes_too_long_is_given_up(self):
        request = json.dumps({"text": ["dog " * 100] * 100, "beam_size": 32, "n_best": 32})
        with Server(self.folder, "--timeout", "0.01", "--threads", "1", "--max-length-factor", "50",
                    max_body=1000000) as server:
            answer = server.ask("POST", "/translate", request.encode())
            self.assertIn("takes too long", self.check_error(answer, 503))
            self.assertEqual(server.ask("GET", "/health")[0], 200)

    def test_signals_end_it_in_order(self):
        request = json.dumps({"text": ["dog cat bird"] * 300, "beam_size": 32}).encode()
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with Server(self.folder, "--threads", "1") as server, \
                    concurrent.futures.ThreadPoolExecutor(1) as pool:
                pending = pool.submit(server.ask, "POST", "/translate", request)
                while json.loads(server.ask("GET", "/health")[2])["requests"] == 0:
                    self.assertFalse(pending.done(), "too quick to be interrupted")
                self.assertEqual(server.stop(number), code)
                self.assertEqual(pending.result()[0], 200)
                self.assertEqual(server.lines[-1], f"stopped by signal {int(number)}\n")
                with self.assertRaises(ConnectionRefusedError):
                    server.ask("GET", "/health")

    def test_logs_a_line_for_each_request(self):
        with Server(self.folder) as server:
            server.translate(text="dog")
            server.ask("GET", "/a%0Ab%1b[31m")
            server.stop(signal.SIGTERM)
            log = server.lines[1:]
        # A line is written after its answer, by the thread of its connection: either may be first.
        log[:2] = sorted(log[:2], key=lambda line: "POST" not in line)
        self.assertRegex(log[0], r"127\.0\.0\.1 POST /translate 200 \d+\.\d ms\n$")
        self.assertRegex(log[1], r"127\.0\.0\.1 GET /a\?b\?\[31m 404\n$")
        self.assertEqual(len(log), 3)

    def test_warns_of_other_addresses(self):
        with Server(self.folder, "--host", "0.0.0.0") as server:
            self.assertIn("everybody who can reach this address", server.lines[0])
        with Server(self.folder, "--host", "localhost") as server:
            self.assertEqual(len(server.lines), 1)

    def fail_to_start(self, *flags):
        """(exit code, stderr) of a server that cannot start."""
        result = subprocess.run([PROGRAM, "serve", *flags], cwd=self.folder, capture_output=True,
                                text=True, timeout=60, check=False)
        return result.returncode, result.stderr

    def test_says_why_it_cannot_start(self):
        code, error = self.fail_to_start("-m", "model", "--port", str(self.shared.port))
        self.assertEqual(code, 1)
        self.assertIn(f"127.0.0.1:{self.shared.port}: cannot listen", error)
        self.assertEqual(error.count("\n"), 1)
        self.assertEqual(self.fail_to_start("-m", "nowhere", "--port", "0")[0], 4)
        self.assertEqual(self.fail_to_start("-m", "model", "--port", "70000")[0], 2)
        self.assertEqual(self.fail_to_start("--port", "0")[0], 2)
        no_address = ["-m", "model", "--port", "0", "--host", "not.an.address"]
        self.assertEqual(self.fail_to_start(*no_address)[0], 1)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *REST], verbosity=1)
