#!/usr/bin/env python3
"""The cortical microcircuit of Potjans & Diesmann (2014) in NEST (3.4 or later).

The same network as scenarios/microcircuit.cfg: sizes, totals of synapses,
weights, delays, initial potentials, background, and what scaling down changes.
Prints one JSON line with the names that `ecphory run --json` uses.

    python3 nest_microcircuit.py --scale 0.2 --threads 2 --duration 1000
"""
import argparse
import json
import math
import resource
import time

import nest

NAMES = ["L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"]
SIZE = [20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948]
EXTERNAL = [1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100]
V0_MEAN = [-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43]
V0_SD = [5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48]
RATE = [0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829]  # Hz, for the compensation
PROBABILITY = [  # row: target, column: source
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
    [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
    [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
    [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
]
C_M, TAU_M, TAU_SYN = 250.0, 10.0, 0.5  # pF, ms, ms
EPSP, INHIBITION, BACKGROUND = 0.15, -4.0, 8.0  # mV, ratio, Hz
DT, DELAY_EX, DELAY_IN = 0.1, 1.5, 0.75  # ms


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="of populations and in-degrees")
    parser.add_argument("--drive", choices=["poisson", "dc"], default="poisson")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--settle", type=float, default=500.0, help="ms, not timed")
    parser.add_argument("--duration", type=float, default=1000.0, help="ms, timed")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def weight_of_epsp():
    """Peak current (pA) whose potential peaks at EPSP."""
    rate = 1 / TAU_SYN - 1 / TAU_M
    peak = math.log(TAU_M / TAU_SYN) / rate
    return EPSP * C_M * rate / (math.exp(-peak / TAU_M) - math.exp(-peak / TAU_SYN))


def synapses(target, source):
    p = PROBABILITY[target][source]
    return math.log1p(-p) / math.log1p(-1 / (SIZE[source] * SIZE[target])) if p > 0 else 0.0


def weight_between(target, source, weight):
    doubled = 2 if (target, source) == (0, 2) else 1  # L4E to L23E
    return weight * doubled * (INHIBITION if source % 2 else 1)


def constant_input(target, weight, scale, drive):
    """DC drive, and the mean that fewer but stronger synapses take away (pA)."""
    charge = 1e-3 * TAU_SYN
    outside = charge * EXTERNAL[target] * BACKGROUND * weight
    inside = sum(
        charge * synapses(target, source) / SIZE[target] * RATE[source]
        * weight_between(target, source, weight)
        for source in range(len(NAMES))
    )
    lost = 1 - math.sqrt(scale)
    return outside + lost * inside if drive == "dc" else lost * (outside + inside)


def create(args, weight):
    populations = []
    for k, size in enumerate(SIZE):
        neurons = nest.Create("iaf_psc_exp", max(1, round(size * args.scale)))
        neurons.set(
            C_m=C_M, tau_m=TAU_M, tau_syn_ex=TAU_SYN, tau_syn_in=TAU_SYN, E_L=-65.0,
            V_reset=-65.0, V_th=-50.0, t_ref=2.0,
            I_e=constant_input(k, weight, args.scale, args.drive),
        )
        neurons.V_m = nest.random.normal(mean=V0_MEAN[k], std=V0_SD[k])
        populations.append(neurons)
        if args.drive == "poisson":
            source = nest.Create("poisson_generator",
                                 params={"rate": EXTERNAL[k] * args.scale * BACKGROUND})
            nest.Connect(source, neurons, syn_spec={
                "weight": weight / math.sqrt(args.scale), "delay": DELAY_EX})
    return populations


def connect(args, weight, populations):
    for target, post in enumerate(populations):
        for source, pre in enumerate(populations):
            number = round(synapses(target, source) * args.scale**2)
            if number == 0:
                continue
            mean = weight_between(target, source, weight) / math.sqrt(args.scale)
            delay = DELAY_EX if mean > 0 else DELAY_IN
            least, most = (0.0, math.inf) if mean > 0 else (-math.inf, 0.0)
            nest.Connect(
                pre, post,
                {"rule": "fixed_total_number", "N": number,
                 "allow_autapses": True, "allow_multapses": True},
                {"synapse_model": "static_synapse_hpc",
                 "weight": nest.math.redraw(
                     nest.random.normal(mean=mean, std=0.1 * abs(mean)), min=least, max=most),
                 # From half a step on a delay rounds to a step or more.
                 "delay": nest.math.redraw(
                     nest.random.normal(mean=delay, std=0.5 * delay),
                     min=DT / 2, max=math.inf)},
            )


def main():
    args = arguments()
    nest.ResetKernel()
    nest.set_verbosity("M_WARNING")
    nest.set(resolution=DT, local_num_threads=args.threads, rng_seed=args.seed)
    weight = weight_of_epsp()
    begin = time.perf_counter()
    populations = create(args, weight)
    connect(args, weight, populations)
    nest.Prepare()
    build = time.perf_counter() - begin
    nest.Run(args.settle)
    before = nest.local_spike_counter
    begin = time.perf_counter()
    nest.Run(args.duration)
    wall = time.perf_counter() - begin
    spikes = nest.local_spike_counter - before
    nest.Cleanup()
    neurons = sum(len(p) for p in populations)
    print(json.dumps({
        "simulator": "NEST " + nest.__version__, "scenario": "microcircuit", "scale": args.scale,
        "drive": args.drive, "seed": args.seed, "threads": args.threads,
        "model_time_s": args.duration / 1000, "wall_s": wall,
        "real_time_factor": 1000 * wall / args.duration, "build_s": build,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "neurons": neurons, "synapses": nest.num_connections, "spikes": spikes,
        "rate_hz": spikes / neurons / args.duration * 1000,
    }))


if __name__ == "__main__":
    main()
