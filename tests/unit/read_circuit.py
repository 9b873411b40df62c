"""read_circuit.py DIR: a run with its circuit, read as pysonata and bmtk do; DIR/expected.txt
has what the run itself said (lines: "edges NAME target count weight_sum", "spikes POP n").

Reads nothing through ecphory."""
import csv
import json
import os
import sys

import h5py
import numpy as np

folder = sys.argv[1]


def resolved(config):
    """Manifest variables, recursively, relative to the config's folder."""
    variables = {"$BASE_DIR": "."}
    variables.update(config["manifest"])

    def walk(value):
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        if isinstance(value, str):
            while "$" in value:
                before = value
                for name, text in variables.items():
                    value = value.replace(name, text)
                assert value != before, value
            return os.path.normpath(os.path.join(folder, value)) if "/" in value or value == "." else value
        return value

    return walk({key: item for key, item in config.items() if key != "manifest"})


def table(path, key):
    with open(path) as file:
        rows = list(csv.DictReader(file, delimiter=" "))
    return {int(row[key]): row for row in rows}


def opened(path):
    file = h5py.File(path, "r")
    assert list(file.attrs["version"]) == [0, 1] and file.attrs["magic"] == 0x0A7A
    return file


simulation = resolved(json.load(open(f"{folder}/simulation_config.json")))
circuit = resolved(json.load(open(simulation["network"])))
expected = [line.split() for line in open(f"{folder}/expected.txt")]

sizes = {}
for entry in circuit["networks"]["nodes"]:
    types = table(entry["node_types_file"], "node_type_id")
    for name, group in opened(entry["nodes_file"])["nodes"].items():
        n = len(group["node_type_id"])
        assert list(group["node_id"]) == list(range(n))
        assert list(group["node_group_index"]) == list(range(n)) and not group["node_group_id"][:].any()
        assert isinstance(group["0"], h5py.Group)
        row = types[int(group["node_type_id"][0])]
        assert row["population"] == name and row["model_type"] in ("point_neuron", "virtual")
        sizes[name] = n


def edges_of(group, index, node, ids):
    """Edges of a node by the index, as bmtk finds them (node_id_to_range)."""
    first, end = group["indices"][index]["node_id_to_range"][node]
    found = []
    if first >= 0:
        for begin, stop in group["indices"][index]["range_to_edge_id"][first:end]:
            found += range(begin, stop)
    assert all(ids[e] == node for e in found)
    return found


seen = {}
for entry in circuit["networks"]["edges"]:
    types = table(entry["edge_types_file"], "edge_type_id")
    for name, group in opened(entry["edges_file"])["edges"].items():
        source, target = group["source_node_id"], group["target_node_id"]
        sources, targets = sizes[source.attrs["node_population"]], sizes[target.attrs["node_population"]]
        source, target = source[:], target[:]
        assert len(source) == 0 or (source.max() < sources and target.max() < targets)
        assert np.all(np.diff(target.astype(np.int64)) >= 0)
        assert not group["edge_group_id"][:].any()
        assert np.array_equal(group["edge_group_index"][:], np.arange(len(source)))
        assert set(group["edge_type_id"][:]) <= set(types)
        assert [k for k in group if k.isdigit()] == ["0"]  # NEST: exactly one group
        for index in ("source_to_target", "target_to_source"):
            at = group["indices"][index]
            assert at["node_id_to_range"] == at["node_id_to_ranges"]
        weight, delay = group["0/syn_weight"][:], group["0/delay"][:]
        assert group["0/delay"].attrs["units"] == "ms" and np.all(delay > 0)
        total = 0
        for node in range(targets):
            edges = edges_of(group, "target_to_source", node, target)
            seen[name, node] = (len(edges), float(weight[edges].sum()))
            total += len(edges)
        assert total == len(source)
        assert sum(len(edges_of(group, "source_to_target", n, source)) for n in range(sources)) == total

spikes = opened(os.path.join(simulation["output"]["output_dir"], simulation["output"]["spikes_file"]))
for line in expected:
    if line[0] == "edges":
        count, weight = seen[line[1], int(line[2])]
        assert count == int(line[3]), line
        assert abs(weight - float(line[4])) <= 1e-6 * max(1, abs(weight)), (line, weight)
    elif line[0] == "spikes":
        group = spikes["spikes"][line[1]]
        assert len(group["timestamps"]) == len(group["node_ids"]) == int(line[2])
        assert group.attrs["sorting"] == 2 and group["timestamps"].attrs["units"] == "ms"
        assert np.all(np.diff(group["timestamps"][:]) >= 0)
        assert len(group["node_ids"]) == 0 or group["node_ids"][:].max() < sizes[line[1]]

for name, report in simulation["reports"].items():
    group = opened(f"{folder}/{report['file_name']}")["report"][report["cells"]["population"]]
    data, mapping = group["data"], group["mapping"]
    assert data.shape[1] == mapping["index_pointer"][-1] == len(mapping["element_ids"])
    assert len(mapping["index_pointer"]) == len(mapping["node_ids"]) + 1
    start, stop, step = mapping["time"]
    assert step == report["dt"] and data.shape[0] == round((stop - start) / step)

print(f"{len(seen)} targets, {len(sizes)} populations")
