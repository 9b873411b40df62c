#!/usr/bin/env python3
"""The sparse random network of Brunel (2000) in NEST (3.4 or later).

The same network as scenarios/brunel.cfg: delta synapses, in-degrees 1000 and
250, Poisson drive. Prints one JSON line with the names of `ecphory run --json`.

    python3 nest_brunel.py --state ai --threads 2
"""
import argparse
import json
import resource
import time

import nest

STATES = {"sr": (3.0, 2.0), "si_fast": (6.0, 4.0), "ai": (5.0, 2.0), "si_slow": (4.5, 0.9)}
N_EX, N_IN, C_EX, C_IN = 10000, 2500, 1000, 250
J, DELAY, TAU_M, V_TH, V_RESET, T_REF = 0.1, 1.5, 20.0, 20.0, 10.0, 2.0  # mV, ms


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--state", choices=sorted(STATES), default="ai")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--settle", type=float, default=500.0, help="ms, not timed")
    parser.add_argument("--duration", type=float, default=1000.0, help="ms, timed")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def create(g, eta):
    """Neurons, their drive and their synapses."""
    neurons = nest.Create("iaf_psc_delta", N_EX + N_IN, params={
        "E_L": 0.0, "C_m": 1.0, "tau_m": TAU_M, "V_th": V_TH, "V_reset": V_RESET,
        "t_ref": T_REF, "I_e": 0.0})
    neurons.V_m = nest.random.uniform(min=V_RESET, max=V_TH)
    # eta = 1 brings the mean potential to threshold; V_TH / (J TAU_M) is per ms.
    drive = nest.Create("poisson_generator", params={"rate": 1000 * eta * V_TH / (J * TAU_M)})
    nest.Connect(drive, neurons, syn_spec={"weight": J, "delay": DELAY})
    for sources, number, weight in ((neurons[:N_EX], C_EX, J), (neurons[N_EX:], C_IN, -g * J)):
        nest.Connect(sources, neurons, {"rule": "fixed_indegree", "indegree": number},
                     {"synapse_model": "static_synapse_hpc", "weight": weight, "delay": DELAY})
    return neurons


def main():
    args = arguments()
    g, eta = STATES[args.state]
    nest.ResetKernel()
    nest.set_verbosity("M_WARNING")
    nest.set(resolution=0.1, local_num_threads=args.threads, rng_seed=args.seed)
    begin = time.perf_counter()
    neurons = create(g, eta)
    nest.Prepare()
    build = time.perf_counter() - begin
    nest.Run(args.settle)
    before = nest.local_spike_counter
    begin = time.perf_counter()
    nest.Run(args.duration)
    wall = time.perf_counter() - begin
    spikes = nest.local_spike_counter - before
    nest.Cleanup()
    print(json.dumps({
        "simulator": "NEST " + nest.__version__, "scenario": "brunel", "state": args.state,
        "seed": args.seed, "threads": args.threads, "model_time_s": args.duration / 1000,
        "wall_s": wall, "real_time_factor": 1000 * wall / args.duration, "build_s": build,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "neurons": len(neurons), "synapses": nest.num_connections, "spikes": spikes,
        "rate_hz": spikes / len(neurons) / args.duration * 1000,
    }))


if __name__ == "__main__":
    main()
