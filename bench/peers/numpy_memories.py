#!/usr/bin/env python3
"""Recalls of associative memories in NumPy, beside ours, in one run.

Runs kernel_hopfield and kernel_fast_weights of the build folder and then the same cases
vectorised in NumPy, all on one thread of the same OpenBLAS, and prints microseconds a cue or item
and the ratio. Processor times, the best of several rounds. Debian: python3-numpy.

    /usr/bin/python3 bench/peers/numpy_memories.py [--build build/release] [--rounds 3]
"""
import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is loaded

import argparse
import re
import subprocess
import time

import numpy as np

CUES, ITEMS, WIDTH, CHUNK = 256, 4096, 64, 64


def seconds(call, rounds):
    best = float("inf")
    for _ in range(rounds):
        before = time.process_time()
        call()
        best = min(best, time.process_time() - before)
    return best


def hopfield(n=10000, patterns=1000):
    """A synchronous sweep of all cues: W in single precision, no diagonal."""
    draw = np.random.default_rng(1)
    x = draw.choice(np.float32([-1, 1]), (patterns, n))
    w = x.T @ x
    np.fill_diagonal(w, 0)
    state = x[:CUES] * np.where(draw.random((CUES, n)) < 0.1, -1, 1).astype(np.float32)

    def sweep():
        field = state @ w
        return np.where(field > 0, 1, np.where(field < 0, -1, state))
    return sweep


def modern(d, patterns=5000):
    draw = np.random.default_rng(1)
    x, cue = draw.standard_normal((patterns, d)), draw.standard_normal((CUES, d))

    def step():
        z = cue @ x.T
        z -= z.max(axis=1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=1, keepdims=True)
        return z @ x
    return step


def sequence():
    draw = np.random.default_rng(1)
    q, k, v = draw.standard_normal((3, ITEMS, WIDTH))
    k /= np.linalg.norm(k, axis=1, keepdims=True)
    return q, k, v, 1 / (1 + np.exp(-draw.standard_normal(ITEMS)))


def linear_recurrent():
    q, k, v, _ = sequence()

    def run():
        s, o = np.zeros((WIDTH, WIDTH)), np.empty_like(v)
        for t in range(ITEMS):
            s += np.outer(k[t], v[t])
            o[t] = q[t] @ s
        return o
    return run


def chunks(x):
    return x.reshape(-1, CHUNK, WIDTH)


def linear_chunkwise():
    """All chunks at once; sums before them by cumsum."""
    q, k, v, _ = sequence()

    def run():
        a, b, c = chunks(q), chunks(k), chunks(v)
        sums = np.cumsum(b.transpose(0, 2, 1) @ c, axis=0)
        o = np.tril(a @ b.transpose(0, 2, 1)) @ c
        o[1:] += a[1:] @ sums[:-1]
        return o.reshape(ITEMS, WIDTH)
    return run


def delta_recurrent():
    q, k, v, beta = sequence()

    def run():
        s, o = np.zeros((WIDTH, WIDTH)), np.empty_like(v)
        for t in range(ITEMS):
            s += np.outer(k[t], beta[t] * (v[t] - k[t] @ s))
            o[t] = q[t] @ s
        return o
    return run


def delta_chunkwise():
    """WY form: triangular systems of all chunks at once, then the state from chunk to chunk."""
    q, k, v, beta = sequence()

    def run():
        a, b, c, s = chunks(q), chunks(k), chunks(v), np.zeros((WIDTH, WIDTH))
        g, o = beta.reshape(-1, CHUNK, 1), np.empty((ITEMS // CHUNK, CHUNK, WIDTH))
        bt = b.transpose(0, 2, 1)
        both = np.linalg.solve(np.eye(CHUNK) + np.tril(g * (b @ bt), -1),
                               np.concatenate((g * b, g * c), axis=2))
        w, u = both[..., :WIDTH], both[..., WIDTH:]
        scores = np.tril(a @ bt)
        for t in range(len(o)):
            new = u[t] - w[t] @ s
            o[t] = a[t] @ s + scores[t] @ new
            s = s + bt[t] @ new
        return o.reshape(ITEMS, WIDTH)
    return run


def check():
    """The forms agree, or their times mean nothing."""
    for one, other in ((linear_recurrent, linear_chunkwise), (delta_recurrent, delta_chunkwise)):
        a, b = one()(), other()()
        error = np.abs(a - b).max() / np.abs(a).max()
        assert error < 1e-9, f"{one.__name__} differs from {other.__name__}: {error}"


def ours(build):
    """Microseconds a cue or an item, by case."""
    times = {}
    text = subprocess.run([f"{build}/bench/kernel_hopfield"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    for what, cues, ms in re.findall(r"^(.*?\S)\s+(\d+)\s+([\d.]+) ms", text, re.M):
        if int(cues) == CUES:
            times[what] = 1e3 * float(ms) / CUES
    text = subprocess.run([f"{build}/bench/kernel_fast_weights", "0", str(ITEMS)], check=True,
                          text=True, stdout=subprocess.PIPE).stdout
    for rule, n, recurrent, chunkwise in re.findall(
            r"^(\w+)\s+(\d+)\s+([\d.]+)\s+\S+\s+([\d.]+)", text, re.M):
        if int(n) == ITEMS:
            times[rule + " recurrent"] = float(recurrent)
            times[rule + " chunkwise"] = float(chunkwise)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    check()
    times = ours(asked.build)
    cases = (("hopfield, W single, all at once: a sweep", hopfield, CUES),
             ("modern_hopfield, softmax, 5,000 of 64: a step", lambda: modern(64), CUES),
             ("modern_hopfield, softmax, 5,000 of 256: a step", lambda: modern(256), CUES),
             ("linear recurrent", linear_recurrent, ITEMS),
             ("linear chunkwise", linear_chunkwise, ITEMS),
             ("delta_net recurrent", delta_recurrent, ITEMS),
             ("delta_net chunkwise", delta_chunkwise, ITEMS))
    print(f"NumPy {np.__version__}; microseconds a cue or an item\n"
          f"{'case':48s} {'NumPy':>10s} {'ecphory':>10s} {'NumPy / ecphory':>16s}")
    for name, make, count in cases:
        peer = 1e6 * seconds(make(), asked.rounds) / count
        print(f"{name:48s} {peer:10.2f} {times[name]:10.2f} {peer / times[name]:16.2f}", flush=True)


if __name__ == "__main__":
    main()
