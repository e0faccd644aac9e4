"""Sentences per second of `talmach serve` with many clients, beside `talmach translate`.

usage: serve_throughput.py --talmach PROGRAM -m DIR -i FILE [--clients N] [--sentences N] [FLAGS…]

Each client keeps one connection and sends its part of FILE, some sentences a request, as soon as
the answer before has come. Clients are one process that takes little time, since they share the
processors with the server. Both programs get FLAGS (such as --precision int8 --threads 2), and
their time does not count the loading of the model. Translations must be equal.
"""

import argparse
import json
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import time


def translate(options, flags, lines):
    """(seconds, translations) of the program, without the time it takes for no lines."""
    command = [options.talmach, "translate", "-m", options.model, "--quiet", *flags]
    times = []
    for text in ("", "".join(lines)):
        start = time.monotonic()
        result = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
        times.append(time.monotonic() - start)
    return times[1] - times[0], result.stdout.splitlines()


class Client:
    """A connection that sends one request after the other, and as little else as possible."""

    def __init__(self, port, requests):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.requests = requests  # (number of the first sentence, bytes)
        self.answers = []         # (the same number, bytes)
        self.received = b""
        self.send_next()

    def send_next(self):
        """Sends the next request; False if there is none."""
        if len(self.answers) == len(self.requests):
            return False
        self.socket.sendall(self.requests[len(self.answers)][1])
        return True

    def receive(self):
        """Takes what has come; False after the last answer."""
        self.received += self.socket.recv(1 << 20)
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return True
        assert head.startswith(b"HTTP/1.1 200"), self.received
        length = int(re.search(rb"(?i)\r\nContent-Length: (\d+)", head)[1])
        if len(body) < length:
            return True
        self.answers.append((self.requests[len(self.answers)][0], body))
        self.received = b""
        return self.send_next()


def to_bytes(sentences):
    body = json.dumps({"text": sentences}).encode()
    return (b"POST /translate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)) + body


def run_clients(port, num_clients, requests):
    """(seconds, translations) of clients that share the requests."""
    start = time.monotonic()
    clients = [Client(port, requests[i::num_clients]) for i in range(num_clients)
               if requests[i::num_clients]]
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
    while selector.get_map():
        for key, _ in selector.select():
            if not key.data.receive():
                selector.unregister(key.fileobj)
                key.fileobj.close()
    seconds = time.monotonic() - start
    answers = sorted(answer for client in clients for answer in client.answers)
    return seconds, [text["candidates"][0]["text"]
                     for _, body in answers for text in json.loads(body)["translations"]]


def serve(options, flags, lines):
    """(seconds, translations) of the server."""
    command = [options.talmach, "serve", "-m", options.model, "--port", "0",
               "--max-requests", "1000", *flags]
    sentences = [line.rstrip("\n") for line in lines]
    requests = [(begin, to_bytes(sentences[begin:begin + options.sentences]))
                for begin in range(0, len(sentences), options.sentences)]
    with tempfile.TemporaryFile("w+") as log, \
            subprocess.Popen(command, stderr=log) as process:
        try:
            found = None
            while not found:
                assert process.poll() is None, "the server does not start"
                time.sleep(0.05)
                log.seek(0)
                found = re.search(r"listening on http://\S+:(\d+)/", log.read())
            return run_clients(int(found[1]), options.clients, requests)
        finally:
            process.terminate()


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1][len("usage: "):])
    parser.add_argument("--talmach", required=True)
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("-i", "--input", required=True)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--sentences", type=int, default=8)
    options, flags = parser.parse_known_args()
    with open(options.input, encoding="utf-8") as file:
        lines = file.readlines()
    alone, expected = translate(options, flags, lines)
    served, texts = serve(options, flags, lines)
    print(f"{len(lines)} sentences: translate {len(lines) / alone:.1f}/s, serve "
          f"{len(lines) / served:.1f}/s with {options.clients} clients of {options.sentences} "
          f"sentences a request: {alone / served:.0%}")
    if texts != expected:
        sys.exit("the translations differ")


if __name__ == "__main__":
    main()
