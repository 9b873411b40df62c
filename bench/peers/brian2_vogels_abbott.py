#!/usr/bin/env python3
"""The networks of Vogels & Abbott (2005) in Brian 2, as a C++ standalone program.

The same networks as scenarios/vogels_abbott.cfg (benchmarks 1 and 2 of Brette
et al. 2007, 4,000 neurons): current synapses (variants brian and nest), solved
exactly, and conductance synapses (variant coba), by exponential Euler. Prints
one JSON line with the names of `ecphory run --json` for every run; what is
timed is the loop over steps after settling. On Debian: python3-brian, g++ and
make; /usr/bin/python3 is the one that finds them.

    python3 brian2_vogels_abbott.py --variant coba --threads 2
    python3 brian2_vogels_abbott.py --variant coba --folder F    builds in F, or runs what is there
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

INHIBITION = {"brian": -90.0, "nest": -139.5}  # pA
N_EX, N_IN, PROBABILITY = 3200, 800, 0.02
FACTS = "peer.json"

# Brian's own clock counts the CPU's time where there is no OpenMP: this one does not.
CLOCK = """struct timespec {0}; clock_gettime(CLOCK_MONOTONIC, &{0});"""
WALL = """{
    FILE *out = fopen("results/wall.txt", "w");
    if (!out)
        return 1;
    fprintf(out, "%.9f\\n", (double)(run_end.tv_sec - run_begin.tv_sec)
                               + 1e-9 * (double)(run_end.tv_nsec - run_begin.tv_nsec));
    fclose(out);
}"""

# Currents as the potential that they would hold: R = tau_m / c = 20 ms / 200 pF.
CURRENTS = """
dv/dt = (e_l - v + x + y) / tau_m : volt (unless refractory)
dx/dt = -x / tau_ex : volt
dy/dt = -y / tau_in : volt
"""
# Conductances as multiples of the leak.
CONDUCTANCES = """
dv/dt = (e_l - v + x * (e_ex - v) + y * (e_in - v) + drive) / tau_m : volt (unless refractory)
dx/dt = -x / tau_ex : 1
dy/dt = -y / tau_in : 1
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variant", choices=["brian", "coba", "nest"], default="brian")
    parser.add_argument("--threads", type=int, default=0, help="0: a program without OpenMP")
    parser.add_argument("--precision", choices=["double", "single"], default="double")
    parser.add_argument("--settle", type=float, default=200.0, help="ms, not timed")
    parser.add_argument("--duration", type=float, default=1000.0, help="ms, timed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--folder", help="where the program is kept; a temporary one by default")
    return parser.parse_args()


def model(b2, variant):
    """Equations, their constants, the scheme, and the steps at the synapses."""
    names = {"tau_m": 20 * b2.ms, "tau_ex": 5 * b2.ms, "tau_in": 10 * b2.ms}
    if variant == "coba":
        names.update(e_l=-60 * b2.mV, e_ex=0 * b2.mV, e_in=-80 * b2.mV, drive=20 * b2.mV)
        return CONDUCTANCES, names, "exponential_euler", (6 / 10, 67 / 10)
    names.update(e_l=-49 * b2.mV)
    step = 100 * b2.Mohm * b2.pA
    return CURRENTS, names, "exact", (16.2 * step, INHIBITION[variant] * step)


def build(args, folder):
    """Generate and compile; leaves the facts beside the program."""
    import brian2 as b2

    begin = time.perf_counter()
    b2.set_device("cpp_standalone", directory=folder, build_on_run=False)
    b2.prefs.core.default_float_dtype = b2.float32 if args.precision == "single" else b2.float64
    b2.prefs.devices.cpp_standalone.openmp_threads = args.threads
    b2.defaultclock.dt = 0.1 * b2.ms
    b2.seed(args.seed)
    equations, names, method, steps = model(b2, args.variant)
    neurons = b2.NeuronGroup(N_EX + N_IN, equations, threshold="v >= -50*mV", reset="v = -60*mV",
                             refractory=5 * b2.ms, method=method, namespace=names)
    neurons.v = "-60*mV + 10*mV*rand()"
    projections = []
    for sources, first, variable, size in ((neurons[:N_EX], 0, "x", steps[0]),
                                           (neurons[N_EX:], N_EX, "y", steps[1])):
        synapses = b2.Synapses(sources, neurons, on_pre=f"{variable}_post += step",
                               namespace={"step": size}, delay=0.1 * b2.ms)
        synapses.connect(condition=f"i + {first} != j", p=PROBABILITY)  # i counts in its part
        projections.append(synapses)
    counter = b2.SpikeMonitor(neurons, record=False)
    network = b2.Network(neurons, counter, *projections)
    network.run(args.settle * b2.ms)
    b2.device.insert_code("main", CLOCK.format("run_begin"))
    network.run(args.duration * b2.ms)
    b2.device.insert_code("main", CLOCK.format("run_end"))
    b2.device.insert_code("main", WALL)
    b2.device.build(directory=folder, compile=True, run=False, with_output=False)
    with open(os.path.join(folder, FACTS), "w", encoding="ascii") as out:
        json.dump({
            "simulator": "Brian " + b2.__version__, "variant": args.variant, "seed": args.seed,
            "threads": args.threads, "precision": args.precision, "settle": args.settle,
            "duration": args.duration, "build_s": time.perf_counter() - begin,
            "counts": b2.device.get_array_filename(counter.variables["count"]),
            "synapses": [b2.device.get_array_filename(p.variables["N"]) for p in projections],
        }, out)


def whole_numbers(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        data = file.read()
    return [int.from_bytes(data[k:k + 4], "little", signed=True) for k in range(0, len(data), 4)]


def run(folder):
    with open(os.path.join(folder, FACTS), encoding="ascii") as file:
        facts = json.load(file)
    subprocess.run(["./main"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(folder, "results", "wall.txt"), encoding="ascii") as file:
        wall = float(file.read())
    counts = whole_numbers(folder, facts["counts"])
    total = (facts["settle"] + facts["duration"]) / 1000
    rates = [sum(counts[:N_EX]) / N_EX / total, sum(counts[N_EX:]) / N_IN / total]
    print(json.dumps({
        "simulator": facts["simulator"], "scenario": "vogels_abbott", "variant": facts["variant"],
        "seed": facts["seed"], "threads": max(1, facts["threads"]),
        "openmp": facts["threads"] > 0, "precision": facts["precision"],
        "model_time_s": facts["duration"] / 1000, "wall_s": wall,
        "real_time_factor": 1000 * wall / facts["duration"], "build_s": facts["build_s"],
        "neurons": len(counts),
        "synapses": sum(whole_numbers(folder, name)[0] for name in facts["synapses"]),
        "spikes": sum(counts), "rate_hz": sum(counts) / len(counts) / total,
        "populations": [{"name": "E", "size": N_EX, "rate_hz": rates[0]},
                        {"name": "I", "size": N_IN, "rate_hz": rates[1]}],
    }))


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as temporary:
        folder = os.path.abspath(args.folder or temporary)
        if not os.path.exists(os.path.join(folder, FACTS)):
            build(args, folder)
        for _ in range(args.runs):
            run(folder)


if __name__ == "__main__":
    main()
