"""Runs `talmach serve` as browsers and programs use it, and as attackers abuse it.

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
import urllib.parse

import sanitizer
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

    def __init__(self, folder, *flags, max_body=MAX_BODY, models=("model",)):
        self.lines = []
        self.process = subprocess.Popen(
            [PROGRAM, "serve", *(f"-m{model}" for model in models), "--port", "0", "--max-body",
             str(max_body), *flags],
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
        """(status, headers, body) of the answer; what is sent is JSON unless `headers` differ."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body,
                               {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def translate(self, **request):
        """(status, JSON) of POST /translate."""
        status, _, body = self.ask("POST", "/translate", json.dumps(request).encode())
        return status, json.loads(body)

    def raw(self, data, wait=True, half_close=True):
        """Sends bytes as they are and goes away, after the answer if `wait`."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            try:
                connection.sendall(data)
                if not wait:
                    return b""
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
                answer = b""
                while chunk := connection.recv(65536):
                    answer += chunk
                return answer
            except (ConnectionResetError, BrokenPipeError):
                return b""

    def num_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self, kind):
        """Megabytes of memory: VmHWM, the most so far, or VmRSS."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            return int(re.search(kind + r":\s*(\d+)", status.read())[1]) // 1024

    def metric(self, name):
        """A number of /metrics."""
        text = self.ask("GET", "/metrics")[2].decode()
        return float(re.search(f"(?m)^{name} (.*)$", text)[1])


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

    def test_reports_its_health(self):
        status, _, body = self.shared.ask("GET", "/health")
        self.assertEqual((status, json.loads(body)["status"]), (200, "ok"))

    def test_a_line_for_a_line_whatever_it_holds(self):
        nasty = ["", " ", "\t", "\u0000", "\u2028", "\ufeff", "\u202eabc", "😀" * 50,
                 "▁", "</s>", "<unk>", "x" * 5000, "dog " * 1000]
        status, answer = self.shared.translate(text=nasty)
        self.assertEqual(status, 200)
        self.assertEqual(len(answer["translations"]), len(nasty))
        for translation in answer["translations"]:
            self.assertNotIn("\n", translation["candidates"][0]["text"])
        self.assertTrue(answer["translations"][-1]["source_cut"])
        self.assertEqual(self.shared.translate(text=[]), (200, {"translations": []}))

    def test_wrong_requests_get_the_reason(self):
        for method, path, body, status in [
                ("POST", "/translate", b"", 400), ("POST", "/translate", b"{", 400),
                ("POST", "/translate", b"{}", 400),
                ("POST", "/translate", b'{"text":1}', 400),
                ("POST", "/translate", b'{"text":"\xff"}', 400),
                ("POST", "/translate", b'{"text":"a","beam_size":99}', 400),
                ("POST", "/translate", b'{"text":"a","color":1}', 400),
                ("POST", "/records", b'{"text":"a","n_best":-1}', 400),
                ("POST", "/translate", json.dumps({"text": ["a"] * 101}).encode(), 413),
                ("POST", "/translate", b'{"text":"' + b"a" * 20001 + b'"}', 413),
                ("POST", "/translate", b'{"text":"a\\nb","n_best":2}', 400),
                ("POST", "/translate", b'{"text":"a","model":"x"}', 400),
                ("GET", "/nothing", None, 404), ("POST", "/nothing", b"{}", 404),
                ("GET", "/../../etc/passwd", None, 404),
                ("GET", "/translate", None, 405), ("DELETE", "/", None, 405),
                ("POST", "/health", b"{}", 405)]:
            with self.subTest(method=method, path=path, body=body):
                self.check_error(self.shared.ask(method, path, body), status)
        for body in (b"[]", b"[1]", b'[{"tgt":"a"}]', b'{"q":"dog"}', b'{"q":1,"target":"de"}'):
            self.check_lone_error(self.shared.ask("POST", "/translate", body), 400)

    def test_line_breaks_of_a_text_are_kept(self):
        text = "small dog\r\n\n  \nchild\n"
        status, answer = self.shared.translate(text=text)
        self.assertEqual(status, 200)
        self.assertEqual(answer["translations"][0]["candidates"][0]["text"],
                         f"{self.expected[0]}\r\n\n\n{self.expected[3]}\n")

    def test_only_json_is_read(self):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "",
                     "multipart/form-data; boundary=x", "application/json+x"):
            answer = self.shared.ask("POST", "/translate", b'{"text":"dog"}',
                                     {"Content-Type": kind})
            self.assertIn("application/json", self.check_error(answer, 415))
        status, _, _ = self.shared.ask("POST", "/translate", b'{"text":"dog"}',
                                       {"Content-Type": "Application/JSON; charset=utf-8"})
        self.assertEqual(status, 200)

    def test_other_sites_and_rebound_names_are_refused(self):
        body = b'{"text":"dog"}'
        own = f"127.0.0.1:{self.shared.port}"
        for headers in ({"Host": "evil.example"}, {"Host": f"evil.example:{self.shared.port}"},
                        {"Origin": "http://evil.example"}, {"Origin": "null"},
                        {"Origin": "http://localhost:1"}):
            for method, path in (("POST", "/translate"), ("GET", "/"), ("GET", "/health"),
                                 ("OPTIONS", "/translate")):
                answer = self.shared.ask(method, path, body if method == "POST" else None, headers)
                self.assertIn("--allow-origin", self.check_error(answer, 403))
                self.assertNotIn("Access-Control-Allow-Origin", answer[1])
        form = {"Content-Type": "application/x-www-form-urlencoded",
                "Origin": "http://evil.example"}
        self.check_lone_error(self.shared.ask("POST", "/translate", b"q=dog&target=de", form), 403)
        status, _, _ = self.shared.ask("POST", "/translate", body, {"Origin": f"http://{own}"})
        self.assertEqual(status, 200)
        self.assertTrue(self.shared.raw(b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
                                        half_close=False).startswith(b"HTTP/1.0 400"))

    def test_named_origins_may_ask(self):
        origin = "https://app.example"
        with Server(self.folder, "--allow-origin", origin, "http://other.example:81") as server:
            status, headers, _ = server.ask("OPTIONS", "/translate", None, {
                "Origin": origin, "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type"})
            self.assertEqual(status, 204)
            self.assertEqual(headers["Access-Control-Allow-Origin"], origin)
            self.assertEqual(headers["Access-Control-Allow-Methods"], "POST")
            self.assertEqual(headers["Access-Control-Allow-Headers"], "Content-Type")
            status, headers, _ = server.ask("POST", "/translate", b'{"text":"dog"}',
                                            {"Origin": origin, "Host": "app.example"})
            self.assertEqual((status, headers["Access-Control-Allow-Origin"], headers["Vary"]),
                             (200, origin, "Origin"))
            _, headers, _ = server.ask("POST", "/translate", b"{", {"Origin": origin})
            self.assertEqual(headers["Access-Control-Allow-Origin"], origin)  # errors are read, too
            self.check_error(server.ask("GET", "/health", None, {"Origin": "https://x.example"}),
                             403)

    def check_lone_error(self, answer, status):
        self.assertEqual(answer[0], status, answer[2])
        return json.loads(answer[2])["error"]

    def test_libretranslate_clients(self):
        with Server(self.folder, models=("en-de=model", "de-en=model")) as server:
            # As libretranslatepy, argos-translate's plugins and the web page of LibreTranslate ask.
            form = urllib.parse.urlencode({"q": "small dog", "source": "en", "target": "de"})
            status, _, body = server.ask("POST", "/translate", form.encode(), {
                "Content-Type": "application/x-www-form-urlencoded"})
            self.assertEqual((status, json.loads(body)),
                             (200, {"translatedText": self.expected[0]}))
            body = {"q": SENTENCES[:2], "source": "auto", "target": "de", "format": "text",
                    "alternatives": 1, "api_key": ""}
            status, _, body = server.ask("POST", "/translate", json.dumps(body).encode())
            answer = json.loads(body)
            self.assertEqual((status, answer["translatedText"]), (200, self.expected[:2]))
            self.assertEqual([len(others) for others in answer["alternatives"]], [1, 1])
            self.assertEqual(answer["detectedLanguage"][0]["language"], "en")
            self.assertEqual(json.loads(server.ask("GET", "/languages")[2]), [
                {"code": "de", "name": "German", "targets": ["en"]},
                {"code": "en", "name": "English", "targets": ["de"]}])
            wrong = json.dumps({"q": "a", "source": "en", "target": "fr"}).encode()
            self.assertIn("no such pair",
                          self.check_lone_error(server.ask("POST", "/translate", wrong), 400))

    def test_opennmt_clients(self):
        body = json.dumps([{"src": "small dog", "id": 100}, {"src": "child\nchild", "id": 100}])
        for path in ("/translate", "/translator/translate"):
            status, _, answer = self.shared.ask("POST", path, body.encode())
            self.assertEqual(status, 200)
            rows = json.loads(answer)[0]
            self.assertEqual([row["tgt"] for row in rows],
                             [self.expected[0], "\n".join([self.expected[3]] * 2)])
            self.assertEqual(rows[1]["src"], "child\nchild")
            self.assertLess(rows[0]["pred_score"], 0)

    def test_several_models(self):
        with Server(self.folder, models=("a=model", "b=model", "b=model")) as server:
            for request in ({}, {"model": "a"}, {"model": "b"}):
                status, answer = server.translate(text="small dog", **request)
                self.assertEqual(status, 200)
                self.assertEqual(answer["translations"][0]["candidates"][0]["text"],
                                 self.expected[0])

    def test_counts_for_prometheus(self):
        with Server(self.folder) as server:
            server.translate(text=["dog", "cat"])
            status, headers, body = server.ask("GET", "/metrics")
            self.assertEqual((status, headers["Content-Type"][:10]), (200, "text/plain"))
            text = body.decode()
            self.assertIn('talmach_requests_total{path="/translate",status="200"} 1\n', text)
            self.assertIn('talmach_request_seconds_count{path="/translate"} 1\n', text)
            self.assertIn("talmach_sentences_total 2\n", text)
            self.assertRegex(text, r"(?m)^talmach_connections \d+$")

    def test_connections_are_kept(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.shared.port, timeout=60)
        for _ in range(3):
            connection.request("POST", "/translate", b'{"text":"dog"}',
                               {"Content-Type": "application/json"})
            self.assertEqual(connection.getresponse().read()[:2], b'{"')
            first = connection.sock
            self.assertIsNotNone(first)
        connection.close()
        get = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        last = b"GET /health HTTP/1.0\r\n\r\n"
        answer = self.shared.raw(get * 5 + last, half_close=False)  # at once, and to the end
        self.assertEqual(answer.count(b'"status":"ok"'), 6)
        head = b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        answer = self.shared.raw(head, half_close=False)
        self.assertTrue(answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\n"))

    def test_expectations_are_met(self):
        body = b'{"text":"dog"}'
        with socket.create_connection(("127.0.0.1", self.shared.port), timeout=10) as connection:
            connection.sendall(b"POST /translate HTTP/1.1\r\nHost: localhost\r\n"
                               b"Content-Type: application/json\r\nConnection: close\r\n"
                               b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
            self.assertEqual(connection.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(body)
            self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 200"))

    def test_too_much_work_is_refused_before_it_begins(self):
        text = ["dog " * 500] * 40
        with Server(self.folder, max_body=1000000) as server:
            start = time.monotonic()
            body = json.dumps({"text": text, "n_best": 32, "attention": True}).encode()
            message = self.check_error(server.ask("POST", "/translate", body), 422)
            self.assertIn("--max-", message)
            body = json.dumps({"text": text, "attention": True, "beam_size": 2,
                               "n_best": 2}).encode()
            message = self.check_error(server.ask("POST", "/translate", body), 422)
            self.assertIn("--max-answer", message)
            self.assertLess(time.monotonic() - start, 5)
            self.assertEqual(server.metric("talmach_sentences_total"), 0)

    def test_long_answers_are_streamed(self):
        body = json.dumps({"text": ["dog cat bird " * 6] * 90, "attention": True}).encode()
        with Server(self.folder) as server:
            status, headers, answer = server.ask("POST", "/translate", body)
            self.assertEqual((status, headers["Transfer-Encoding"]), (200, "chunked"))
            attention = json.loads(answer)["translations"][89]["candidates"][0]["attention"]
            self.assertEqual(len(attention["weights"]), len(attention["target"]))
            old = (b"POST /translate HTTP/1.0\r\nContent-Type: application/json\r\n"
                   b"Content-Length: %d\r\n\r\n" % len(body)) + body
            head, _, same = server.raw(old, half_close=False).partition(b"\r\n\r\n")
            self.assertNotIn(b"chunked", head)
            self.assertEqual(same, answer)
            for _ in range(5):  # clients that go in the midst of it
                with socket.create_connection(("127.0.0.1", server.port)) as connection:
                    connection.sendall(old)
                    connection.recv(100)
            self.assertEqual(server.ask("GET", "/health")[0], 200)

    @unittest.skipUnless(sanitizer.MEMORY_COUNTS, "a sanitizer keeps freed memory back")
    def test_memory_of_a_large_answer_comes_back(self):
        body = json.dumps({"text": ["dog cat bird " * 6] * 90, "attention": True, "n_best": 32})
        with Server(self.folder, "--threads", "2") as server:
            server.translate(text="dog")
            before = server.memory("VmRSS")
            status, _, answer = server.ask("POST", "/translate", body.encode())
            self.assertEqual(status, 200)
            for _ in range(300):
                if server.memory("VmRSS") <= before + 8:
                    return
                time.sleep(0.1)
            self.fail(f"{before} MB before an answer of {len(answer) >> 20} MB, "
                      f"{server.memory('VmRSS')} MB after it")

    def test_idle_and_slow_clients_are_in_nobodys_way(self):
        with Server(self.folder) as server:
            address = ("127.0.0.1", server.port)
            head = b"POST /translate HTTP/1.1\r\nHost: localhost\r\n"
            clients = [socket.create_connection(address) for _ in range(500)]
            for i, client in enumerate(clients):
                try:
                    client.sendall([b"", b"G", head, head + b"Content-Length: 100\r\n\r\n{"][i % 4])
                except OSError:
                    pass  # it had to make room
            start = time.monotonic()
            self.assertEqual(server.ask("GET", "/health")[0], 200)
            self.assertEqual(server.translate(text="dog")[0], 200)
            self.assertLess(time.monotonic() - start, 2)
            self.assertLessEqual(server.metric("talmach_connections"), 250)
            for client in clients:
                client.close()

    def test_headers_and_bodies_without_end_are_cut_off(self):
        head = b"POST /translate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        for data, status in (
                (head + b"a: b\r\n" * 101 + b"\r\n", b"431"),
                (head + b"a: " + b"b" * 20000, b"431"),
                (b"GET /" + b"a" * 20000, b"431"),
                (head + b"a:\r\n" * 1000000, b"431"),
                (head + b"Transfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b" " * 1024 +
                 (b"\r\n400\r\n" + b" " * 1024) * 100, b"413"),
                (head + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 200000, b"4"),
                (head + b"Content-Length: 99999999999999999999999\r\n\r\n", b"4"),
                (head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"4"),
                (b"\x16\x03\x01\x02\x00\x01" * 100, b"400")):
            answer = self.shared.raw(data, half_close=False)
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 " + status),
                            (data[:60], answer[:100]))
        self.assertLess(self.shared.memory("VmHWM"), 300)

    def test_short_requests_do_not_wait_for_long_ones(self):
        with Server(self.folder, "--threads", "1", max_body=1000000) as server, \
                concurrent.futures.ThreadPoolExecutor(8) as pool:
            body = json.dumps({"text": ["dog " * 100] * 100, "beam_size": 8}).encode()
            long = [pool.submit(server.ask, "POST", "/translate", body) for _ in range(6)]
            while server.metric("talmach_queue_sentences") == 0:
                self.assertFalse(any(request.done() for request in long))
            start = time.monotonic()
            self.assertEqual(server.translate(text="dog")[0], 200)
            seconds = time.monotonic() - start
            self.assertFalse(all(request.done() for request in long))
            self.assertLess(seconds, 5)
            for request in long:
                self.assertEqual(request.result()[0], 200)

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
        head = (b"POST /translate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body))
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
        print(f"{OPTIONS.requests} requests in {seconds:.1f} s, largest memory "
              f"{self.shared.memory('VmHWM')} MB", file=sys.stderr)

    def test_too_many_at_a_time_are_asked_to_come_back(self):
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
        with Server(self.folder, "--timeout", "0.1", "--threads", "1", "--max-length-factor", "50",
                    "--max-work", "1e15", max_body=1000000) as server:
            answer = server.ask("POST", "/translate", request.encode())
            self.assertIn("takes too long", self.check_error(answer, 503))
            self.assertLess(float(answer[1]["Server-Timing"].partition("=")[2]), 1100)
            # Nobody goes on searching for it.
            start = time.monotonic()
            while server.translate(text="dog")[0] != 200:
                self.assertLess(time.monotonic() - start, 10)
            self.assertEqual(server.metric("talmach_queue_sentences"), 0)

    def test_signals_end_it_in_order(self):
        request = json.dumps({"text": ["dog cat bird " * 6] * 100, "beam_size": 32}).encode()
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with Server(self.folder, "--threads", "1") as server, \
                    concurrent.futures.ThreadPoolExecutor(1) as pool:
                pending = pool.submit(server.ask, "POST", "/translate", request)
                while json.loads(server.ask("GET", "/health")[2])["requests"] == 0:
                    self.assertFalse(pending.done(), "too quick to be interrupted")
                start = time.monotonic()
                self.assertEqual(server.stop(number), code)
                self.assertLess(time.monotonic() - start, 2.5)
                self.assertIn(pending.result()[0], (200, 503))
                self.assertEqual(server.lines[-1], f"stopped by signal {int(number)}\n")
                with self.assertRaises(ConnectionRefusedError):
                    server.ask("GET", "/health")

    def test_logs_a_line_for_each_request(self):
        with Server(self.folder) as server:
            server.translate(text="dog")
            server.ask("GET", "/a%0Ab")
            server.raw(b"GET /a\x1b[31m HTTP/1.1\r\nHost: localhost\r\n\r\n")
            server.stop(signal.SIGTERM)
            log = server.lines[1:]
        self.assertRegex(log[0], r"127\.0\.0\.1 POST /translate 200 \d+\.\d ms\n$")
        self.assertRegex(log[1], r"127\.0\.0\.1 GET /a%0Ab 404 \d+\.\d ms\n$")
        self.assertNotIn("\x1b", "".join(log))
        self.assertRegex(log[2], r" 400 \d+\.\d ms\n$")
        self.assertEqual(len(log), 4)

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
