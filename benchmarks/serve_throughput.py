"""Sentences per second of `talmach serve` with many clients, beside `talmach translate`.

usage: serve_throughput.py --talmach PROGRAM -m DIR -i FILE [--clients N] [--sentences N] [FLAGS…]

Each client keeps one connection and sends its part of FILE, some sentences a request, as soon as
the answer before has come. Both programs get FLAGS (such as --precision int8 --threads 2), and
their time does not count the loading of the model. Translations must be equal.
"""

import argparse
import http.client
import json
import re
import subprocess
import sys
import threading
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


def run_client(port, requests, answers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    for number, lines in requests:
        connection.request("POST", "/translate", json.dumps({"text": lines}),
                           {"Content-Type": "application/json"})
        reply = connection.getresponse()
        body = reply.read()
        assert reply.status == 200, body
        answers[number] = [text["candidates"][0]["text"]
                           for text in json.loads(body)["translations"]]
    connection.close()


def serve(options, flags, lines):
    """(seconds, translations) of the server."""
    command = [options.talmach, "serve", "-m", options.model, "--port", "0",
               "--max-requests", "1000", *flags]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        port = None
        while port is None:
            line = process.stderr.readline()
            assert line, "the server does not start"
            found = re.search(r"listening on http://\S+:(\d+)/", line)
            port = found and int(found[1])
        threading.Thread(target=process.stderr.read, daemon=True).start()
        sentences = [line.rstrip("\n") for line in lines]
        requests = [(begin, sentences[begin:begin + options.sentences])
                    for begin in range(0, len(sentences), options.sentences)]
        answers = {}
        clients = [threading.Thread(target=run_client,
                                    args=(port, requests[i::options.clients], answers))
                   for i in range(options.clients)]
        start = time.monotonic()
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        seconds = time.monotonic() - start
        return seconds, [text for begin in sorted(answers) for text in answers[begin]]
    finally:
        process.terminate()
        process.wait()


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
