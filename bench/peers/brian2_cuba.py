#!/usr/bin/env python3
"""The network of Vogels & Abbott (2005) with current synapses in Brian 2.

The same network as scenarios/vogels_abbott.cfg (benchmark 2 of Brette et al.
2007, 4,000 neurons), exact integration, as a C++ standalone program. Prints
one JSON line with the names of `ecphory run --json`. On Debian:
python3-brian, g++ and make; /usr/bin/python3 is the one that finds them.

    python3 brian2_cuba.py --threads 1 --variant brian
"""
import argparse
import json
import tempfile
import time

import brian2 as b2
from brian2 import Mohm, NeuronGroup, SpikeMonitor, Synapses, mV, ms, pA

INHIBITION = {"brian": -90.0, "nest": -139.5}  # pA
N_EX, N_IN, PROBABILITY = 3200, 800, 0.02

# Currents as the potential that they would hold: R = tau_m / c = 20 ms / 200 pF.
RESISTANCE = 100 * Mohm
EQUATIONS = """
dv/dt = (e_l - v + x + y) / tau_m : volt (unless refractory)
dx/dt = -x / tau_ex : volt
dy/dt = -y / tau_in : volt
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variant", choices=sorted(INHIBITION), default="brian")
    parser.add_argument("--threads", type=int, default=1, help="above 1: OpenMP")
    parser.add_argument("--settle", type=float, default=200.0, help="ms, timed with the rest")
    parser.add_argument("--duration", type=float, default=1000.0, help="ms")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def build(args):
    """The network and its spike counter."""
    names = {"e_l": -49 * mV, "tau_m": 20 * ms, "tau_ex": 5 * ms, "tau_in": 10 * ms}
    neurons = NeuronGroup(N_EX + N_IN, EQUATIONS, threshold="v >= -50*mV", reset="v = -60*mV",
                          refractory=5 * ms, method="exact", namespace=names)
    neurons.v = "-60*mV + 10*mV*rand()"
    projections = []
    for sources, variable, weight in ((neurons[:N_EX], "x", 16.2),
                                      (neurons[N_EX:], "y", INHIBITION[args.variant])):
        step = weight * pA * RESISTANCE
        synapses = Synapses(sources, neurons, on_pre=f"{variable}_post += step",
                            namespace={"step": step}, delay=0.1 * ms)
        own = "j" if variable == "x" else f"j - {N_EX}"  # i counts from 0 in both parts
        synapses.connect(condition=f"i != {own}", p=PROBABILITY)
        projections.append(synapses)
    counter = SpikeMonitor(neurons, record=False)
    return b2.Network(neurons, counter, *projections), counter, projections


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as folder:
        b2.set_device("cpp_standalone", directory=folder, build_on_run=False)
        b2.defaultclock.dt = 0.1 * ms
        b2.seed(args.seed)
        if args.threads > 1:
            b2.prefs.devices.cpp_standalone.openmp_threads = args.threads
        network, counter, projections = build(args)
        total = args.settle + args.duration
        network.run(total * ms)
        begin = time.perf_counter()
        b2.device.build(directory=folder, compile=True, run=True, with_output=False)
        whole = time.perf_counter() - begin
        wall = float(b2.device._last_run_time)  # the loop over steps, without set-up
        spikes = int(counter.num_spikes)
        synapses = sum(len(p) for p in projections)
    neurons = N_EX + N_IN
    print(json.dumps({
        "simulator": "Brian " + b2.__version__, "scenario": "vogels_abbott",
        "variant": args.variant, "seed": args.seed, "threads": args.threads,
        "model_time_s": total / 1000, "wall_s": wall, "real_time_factor": 1000 * wall / total,
        "build_s": whole - wall, "neurons": neurons,
        "synapses": synapses, "spikes": spikes,
        "rate_hz": 1000 * spikes / neurons / total,
    }))


if __name__ == "__main__":
    main()
