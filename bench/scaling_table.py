"""scaling_table.py RESULTS.jsonl CURVES.csv -- tables of the bench "scaling", and its curves.

Of the last series of each part that was measured: for every case, ranks and kind the best
of its rounds (times) and the middle (memory)."""
import json
import sys

LATENCIES = ((1e-6, 2e9), (5e-6, 1e9))  # s a message, bytes/s


def read(path):
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    return [dict(r["run"], part=r["part"], round=r["round"], cores=r["cores"], date=r["date"]) for r in rows]


def last_series(rows, part):
    """Rows of the part from its last round 1 of the first case on; for dry runs, the last of each R."""
    mine = [r for r in rows if r["part"] == part]
    if part == "dry":
        latest = {r["ranks"]: r for r in mine}
        return [latest[k] for k in sorted(latest)]
    begins = [k for k, r in enumerate(mine) if r["round"] == 1 and r["ranks"] == 1
              and r["case"] == mine[0]["case"] and (k == 0 or mine[k - 1]["case"] != r["case"]
                                                    or part != "validate")]
    return mine[begins[-1]:] if begins else mine


def gather(rows):
    """One entry for each (case, kind, ranks, rank)."""
    found = {}
    for r in rows:
        key = (r["case"], r["kind"], r["ranks"], r["rank"])
        if key in found:
            for name in ("build_s", "run_s", "wall_s", "talk_s"):
                found[key][name] = min(found[key][name], r[name])
            found[key]["peaks"].append(r["peak_mb"] - r["before_mb"])
        else:
            found[key] = dict(r, peaks=[r["peak_mb"] - r["before_mb"]])
    for r in found.values():
        r["net_mb"] = sorted(r["peaks"])[len(r["peaks"]) // 2]
    return found


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def validate(rows, curves):
    found = gather(rows)
    print("#### forecast and dry run against real ranks\n")
    print("| network | ranks | rate Hz | rank 0 MB: forecast, measured | other ranks MB: forecast, measured, dry | ratio:"
          " memory (with the program), dry | run s: forecast, measured, dry | ratio: run, dry | events: dry / real |")
    print("|---|---|---|---|---|---|---|---|---|")
    for case in dict.fromkeys(k[0] for k in found):
        for ranks in sorted({k[2] for k in found if k[0] == case}):
            real = [r for k, r in found.items() if k[:3] == (case, "real", ranks)]
            dry = next((r for k, r in found.items() if k[:3] == (case, "imitated", ranks)), None)
            if real:
                row(case, ranks, real, dry, curves)
    print()


def row(case, ranks, real, dry, curves):
    first = next(r for r in real if r["rank"] == 0)
    last = max(real, key=lambda r: r["rank"])
    at_rate = dry or first
    rate = sum(r["spikes"] for r in real) / first["network_neurons"] / first["model_s"]
    run = mean(r["run_s"] for r in real)
    forecast_run = at_rate["forecast"]["run_s"]
    memory = last["forecast"]["mb"] / last["net_mb"]
    whole = (last["before_mb"] + last["forecast"]["mb"]) / (last["before_mb"] + last["net_mb"])
    text = [case, str(ranks), f"{rate:.1f}", f"{first['forecast']['mb']:.1f}, {first['net_mb']:.1f}"]
    if dry:
        text += [f"{last['forecast']['mb']:.1f}, {last['net_mb']:.1f}, {dry['net_mb']:.1f}",
                 f"{memory:.2f} ({whole:.2f}), {dry['net_mb'] / last['net_mb']:.2f}",
                 f"{forecast_run:.3f}, {run:.3f}, {dry['run_s']:.3f}",
                 f"{forecast_run / run:.2f}, {dry['run_s'] / run:.2f}",
                 f"{dry['events'] / last['events']:.2f}"]
        curves.append(("dry_memory", case, ranks, dry["net_mb"] / last["net_mb"]))
        curves.append(("dry_run", case, ranks, dry["run_s"] / run))
    else:
        text += ["-", f"{memory:.2f} ({whole:.2f}), -", f"{forecast_run:.3f}, {run:.3f}, -", f"{forecast_run / run:.2f}, -", "-"]
    print("| " + " | ".join(text) + " |")
    curves.append(("forecast_memory", case, ranks, memory))
    curves.append(("forecast_run", case, ranks, forecast_run / run))


def real_ranks(rows, part, curves):
    print(f"#### {part} scaling on real ranks: the balanced network, {rows[0]['model_s']:g} s of model time\n")
    print("| ranks | on | neurons and synapses of a rank | build s | run s of the processor, mean (most) | wall s | messages s |"
          " MB of a rank |")
    print("|---|---|---|---|---|---|---|---|")
    for ranks in sorted({r["ranks"] for r in rows}):
        mine = [r for r in rows if r["ranks"] == ranks]
        cores = mine[0]["cores"]
        print(f"| {ranks} | {'cores of their own' if ranks <= cores else f'{cores} shared cores'} | "
              f"{mine[0]['neurons']:,}, {mine[0]['synapses']:,} | {mean(r['build_s'] for r in mine):.3f} | "
              f"{mean(r['run_s'] for r in mine):.3f} ({max(r['run_s'] for r in mine):.3f}) | {mine[0]['wall_s']:.3f} | "
              f"{mean(r['talk_s'] for r in mine):.3f} | {mean(r['peak_mb'] - r['before_mb'] for r in mine):.1f} |")
        curves.append((part, "run", ranks, mean(r["run_s"] for r in mine)))
        curves.append((part, "build", ranks, mean(r["build_s"] for r in mine)))
    print()


def dry(rows, curves):
    print("#### dry runs: the balanced network, weak scaling\n")
    print("| ranks | neurons | synapses of the rank | sources | bytes a synapse: rest, peak (forecast) | rows, exchange |"
          " build s | RTF at Hz | messages, bytes an epoch | RTF of messages: 1 us, 2 GB/s; 5 us, 1 GB/s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for r in rows:
        n, model = r["synapses"], r["model_s"]
        per = {k: 1e6 / n * v for k, v in (("rest", r["rest_mb"] - r["before_mb"]), ("peak", r["peak_mb"] - r["before_mb"]),
                                           ("rows", r["rows_mb"]), ("exchange", r["exchange_mb"]),
                                           ("forecast", r["forecast"]["mb"]))}
        talk = [(r["letters"] * latency + 4 * r["words"] / bandwidth) / model for latency, bandwidth in LATENCIES]
        epochs = max(r["epochs"], 1)
        rtf = r["run_s"] / model
        print(f"| {r['ranks']:,} | {r['network_neurons']:,} | {n:,} | {r['sources']:,} | {per['rest']:.2f}, {per['peak']:.2f} "
              f"({per['forecast']:.2f}) | {per['rows']:.2f}, {per['exchange']:.2f} | {r['build_s']:.1f} | {rtf:.2f} at "
              f"{r['spikes'] / r['neurons'] / model:.1f} | {r['letters'] / epochs:,.0f}, {4 * r['words'] / epochs:,.0f} | "
              f"{talk[0]:.3f}; {talk[1]:.3f} |")
        x = r["ranks"]
        for name, label in (("peak", "peak"), ("rest", "at rest"), ("rows", "synapses"), ("exchange", "between ranks"),
                            ("forecast", "forecast")):
            curves.append(("bytes", label, x, per[name]))
        curves.append(("build", "build", x, r["build_s"]))
        curves += [("rtf", "neurons and synapses", x, rtf), ("rtf", "messages", x, talk[0]), ("rtf", "both", x, rtf + talk[0])]
        if r["ranks"] > 1:
            curves += [("letters", "messages", x, r["letters"] / epochs), ("letters", "kB", x, 4e-3 * r["words"] / epochs)]
    print()


def main():
    rows, curves = read(sys.argv[1]), []
    for part in ("validate", "strong", "weak", "dry"):
        mine = last_series(rows, part)
        if not mine:
            continue
        if part == "validate":
            validate(mine, curves)
        elif part == "dry":
            dry(mine, curves)
        else:
            real_ranks(mine, part, curves)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        for panel, series, x, y in curves:
            file.write(f"{panel},{series},{x:.9g},{y:.9g}\n")


main()
