"""read_edges.py DIR: the edges that test_plastic_weights.c's run leaves, as h5py sees them.

Reads nothing through ecphory. Compares them with the probes of the same run, and the
histograms with the edges."""
import sys

import h5py
import numpy as np

folder = sys.argv[1]


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def opened(name):
    file = h5py.File(f"{folder}/{name}", "r")
    assert list(file.attrs["version"]) == [0, 1] and file.attrs["version"].dtype == np.uint32
    assert file.attrs["magic"] == 0x0A7A and file.attrs["magic"].dtype == np.uint32
    return file


def check_index(index, nodes, size):
    for name in ("node_id_to_ranges", "node_id_to_range"):
        assert index[name].shape == (size, 2) and index[name].dtype == np.int64
    assert index["node_id_to_ranges"] == index["node_id_to_range"]  # one object, two names
    ranges = index["range_to_edge_id"][:]
    assert ranges.dtype == np.int64 and np.all(ranges[:, 0] < ranges[:, 1])
    used = 0
    for node, (first, end) in enumerate(index["node_id_to_ranges"][:]):
        assert (first < 0) == (end < 0)
        runs = ranges[first:end] if first >= 0 else []
        used += len(runs)
        edges = [e for a, b in runs for e in range(a, b)]
        assert edges == list(np.flatnonzero(nodes == node)), node
    assert used == len(ranges)


def check(name, source, target, unit, moment, time):
    file = opened(f"edges_{moment}_{name}.h5")
    assert list(file) == ["edges"] and list(file["edges"]) == [name]
    edges = file["edges"][name]
    assert edges.attrs["time_ms"] == time and file.attrs["complete"] == 1
    n = len(edges["source_node_id"])
    for column in ("source_node_id", "target_node_id", "edge_group_id", "edge_group_index"):
        assert edges[column].shape == (n,) and edges[column].dtype == np.uint64
    assert edges["edge_type_id"].shape == (n,) and edges["edge_type_id"].dtype == np.int64
    assert text(edges["source_node_id"].attrs["node_population"]) == source[0]
    assert text(edges["target_node_id"].attrs["node_population"]) == target[0]
    assert not edges["edge_type_id"][:].any() and not edges["edge_group_id"][:].any()
    assert np.array_equal(edges["edge_group_index"][:], np.arange(n))
    assert sorted(edges["0"]) == ["delay", "syn_weight"]
    assert text(edges["0/syn_weight"].attrs["units"]) == unit
    assert text(edges["0/delay"].attrs["units"]) == "ms" and edges["0/delay"].dtype == np.float32
    sources, targets = edges["source_node_id"][:], edges["target_node_id"][:]
    assert np.all(np.diff(targets.astype(int)) >= 0)
    check_index(edges["indices/source_to_target"], sources, source[1])
    check_index(edges["indices/target_to_source"], targets, target[1])

    probe = h5py.File(f"{folder}/weights_w_{name}.h5", "r")[f"time_{time:013.6f}ms/edges/{name}"]
    for column in ("source_node_id", "target_node_id", "0/delay"):
        assert np.array_equal(edges[column][:], probe[column][:]), column
    weight = edges["0/syn_weight"][:]
    assert np.array_equal(weight.astype(np.float32), probe["0/syn_weight"][:])

    group = h5py.File(f"{folder}/spikes.h5", "r")["plastic_weights"][name]
    bins, counts = group["bin_edges"][:], group[moment]
    assert text(group["bin_edges"].attrs["units"]) == unit
    sign = -1 if weight.min() < 0 else 1
    expected = np.histogram(sign * weight.astype(float), np.sort(sign * bins))[0][::sign]
    assert np.array_equal(counts[:], expected)
    assert counts.attrs["synapses"] == n and counts.attrs["time_ms"] == time
    for key, value in (("mean", np.mean), ("sd", np.std), ("lowest", np.min), ("highest", np.max)):
        there = value(weight.astype(float))
        assert abs(counts.attrs[key] - there) <= 1e-12 * abs(there) + 1e-12, key


for moment, time in (("initial", 0), ("final", 200)):
    check("ex", ("E", 120), ("E", 120), "pA", moment, time)
    check("in", ("I", 30), ("E", 120), "pA", moment, time)
    check("few", ("E", 120), ("I", 30), "pA", moment, time)
