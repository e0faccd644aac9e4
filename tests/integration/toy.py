"""A tiny corpus and a model that learns it in seconds, for tests that run the program."""

import os

CONFIG = """
data:
  train: {source: train.en, target: train.de}
  valid: {source: train.en, target: train.de}
  max_length: 20
tokenizer: {vocabulary_size: 60, sampling_alpha: 0.5}
model:
  embedding_size: 24
  encoder: {hidden_size: 24}
  decoder: {hidden_size: 24}
  attention: {size: 24}
  readout: {size: 24}
  dropout: {embedding: 0.1, readout: 0.1}
training:
  precision: float32
  batch_sentences: 4
  max_updates: 1000000  # tests set their own limit
  warmup_updates: 10
  learning_rate: 1.0e-2
  ema_decay: 0.9
  save_every: 2u
  keep_last: 2
validation: {every: 25u, metrics: [cross_entropy], beam_size: 1}
logging: {display_every: 5u}
"""


def write_corpus(folder, rng):
    words = {"dog": "Hund", "cat": "Katze", "bird": "Vogel", "sees": "sieht", "finds": "findet",
             "a": "ein", "small": "klein", "green": "gruen", "child": "Kind", "house": "Haus"}
    with open(os.path.join(folder, "train.en"), "w", encoding="utf-8") as source, \
            open(os.path.join(folder, "train.de"), "w", encoding="utf-8") as target:
        for _ in range(100):
            sentence = [rng.choice(sorted(words)) for _ in range(rng.randint(2, 6))]
            source.write(" ".join(sentence) + "\n")
            target.write(" ".join(words[word] for word in sentence) + "\n")


def write_config(folder):
    """The configuration of the corpus in the same folder."""
    with open(os.path.join(folder, "config.yaml"), "w", encoding="utf-8") as config:
        config.write(CONFIG)


def contents(directory):
    """The bytes of all files of a model directory by name, but what a start that was killed has left
    aside, and the lock."""
    files = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, directory)
            if relative.startswith("new-run/") or relative == "train.lock":
                continue
            with open(path, "rb") as file:
                files[relative] = file.read()
    return files
