"""read_sonata.py DIR: the files of test_store.c's run, as h5py sees them.

Reads nothing through ecphory. Fails with the first thing that is not as SONATA
(or the header of engine/store.h) has it."""
import sys

import h5py
import numpy as np

folder = sys.argv[1]


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def described(name, item):
    if isinstance(item, h5py.Dataset):
        assert text(item.attrs["units"]) != "", name
        assert text(item.attrs["meaning"]) != "", name


def opened(name):
    file = h5py.File(f"{folder}/{name}", "r")
    attrs = file.attrs
    assert list(attrs["version"]) == [0, 1] and attrs["version"].dtype == np.uint32
    assert attrs["magic"] == 0x0A7A and attrs["magic"].dtype == np.uint32
    assert text(attrs["name"]) == "by hand" and text(attrs["scenario"]) == ""
    assert attrs["seed"] == 42 and attrs["complete"] == 1
    assert attrs["dt_ms"] == 0.1 and attrs["duration_ms"] == 100.0
    assert text(attrs["config"]) == "# made by hand\nseed = 42;\n"
    assert "precision" in text(attrs["build"]) and text(attrs["ecphory_version"])
    assert "created" not in attrs
    file.visititems(described)
    return file


def spikes():
    file = opened("spikes.h5")
    assert sorted(file["spikes"]) == ["E", "I"]
    for name, size, first in (("E", 50, 0), ("I", 20, 50)):
        group = file["spikes"][name]
        sorting = group.attrs.get_id("sorting").get_type()
        assert sorting.get_class() == h5py.h5t.ENUM and sorting.get_size() == 1
        names = {text(sorting.get_member_name(k)): sorting.get_member_value(k) for k in range(3)}
        assert names == {"none": 0, "by_id": 1, "by_time": 2}
        assert group.attrs["sorting"] == 2
        assert group.attrs["size"] == size and group.attrs["first_gid"] == first
        assert text(group.attrs["model"]) == "lif"
        assert group["timestamps"].dtype == np.float64 and group["node_ids"].dtype == np.uint64
        assert text(group["timestamps"].attrs["units"]) == "ms"
    stamps, ids = file["spikes/E/timestamps"][:], file["spikes/E/node_ids"][:]
    assert len(stamps) == len(ids) > 1000 and ids.max() < 50
    assert np.all(np.diff(stamps) >= 0) and 0 < stamps[0] and stamps[-1] <= 100
    assert np.array_equal(stamps, np.round(stamps / 0.1) * 0.1)
    same = np.diff(stamps) == 0
    assert np.all(np.diff(ids.astype(int))[same] > 0)
    assert len(file["spikes/I/timestamps"]) == 0
    assert list(file["phases/name"].asstr()[:]) == ["settle", "test"]


def report():
    file = opened("report_v_E.h5")
    data, mapping = file["report/E/data"], file["report/E/mapping"]
    assert data.shape == (200, 3) and data.dtype == np.float32
    assert text(data.attrs["units"]) == "mV"
    assert np.array_equal(data[:].ravel(), -70 + np.arange(600, dtype=np.float32) / 16)
    assert list(mapping["node_ids"]) == [1, 4, 7] and mapping["node_ids"].attrs["sorted"] == 1
    assert mapping["node_ids"].dtype == np.uint64
    for name in ("index_pointers", "index_pointer"):
        assert list(mapping[name]) == [0, 1, 2, 3] and mapping[name].dtype == np.uint64
    assert mapping["index_pointers"] == mapping["index_pointer"]  # one object, two names
    assert list(mapping["element_ids"]) == [0, 0, 0] and mapping["element_ids"].dtype == np.uint32
    assert list(mapping["element_pos"]) == [0, 0, 0] and mapping["element_pos"].dtype == np.float32
    assert list(mapping["time"]) == [0, 100, 0.5] and text(mapping["time"].attrs["units"]) == "ms"


def rates():
    file = opened("rates.h5")
    assert sorted(file["rates"]) == ["a_rate", "z_rate"]
    group = file["rates/z_rate"]
    assert np.array_equal(group["data"][:], np.arange(100, dtype=np.float32) / 4)
    assert text(group["data"].attrs["units"]) == "Hz" and list(group["time"]) == [0, 100, 1]
    assert text(group.attrs["population"]) == "E"


def check_index(index, nodes, size):
    for name in ("node_id_to_ranges", "node_id_to_range"):
        assert index[name].shape == (size, 2) and index[name].dtype == np.int64
    assert index["node_id_to_ranges"] == index["node_id_to_range"]
    ranges = index["range_to_edge_id"][:]
    for node, (first, end) in enumerate(index["node_id_to_ranges"][:]):
        runs = ranges[first:end] if first >= 0 else []
        edges = [e for a, b in runs for e in range(a, b)]
        assert edges == list(np.flatnonzero(nodes == node)), node


def edges(group, n):
    for name in ("source_node_id", "target_node_id", "edge_group_id", "edge_group_index"):
        assert group[name].shape == (n,) and group[name].dtype == np.uint64
    assert text(group["source_node_id"].attrs["node_population"]) == "E"
    assert text(group["target_node_id"].attrs["node_population"]) == "I"
    assert group["edge_type_id"].dtype == np.int64 and not group["edge_group_id"][:].any()
    assert np.array_equal(group["edge_group_index"][:], np.arange(n))
    assert np.array_equal(group["0/syn_weight"][:], np.arange(n, dtype=np.float32) / 8)
    assert text(group["0/syn_weight"].attrs["units"]) == "pA"
    assert text(group["0/delay"].attrs["units"]) == "ms"
    check_index(group["indices/source_to_target"], group["source_node_id"][:], 50)
    check_index(group["indices/target_to_source"], group["target_node_id"][:], 20)


def weights():
    edges(opened("weights_once.h5")["edges/E_I_2"], 100)
    file = opened("weights_w.h5")
    assert list(file) == ["time_000000.000000ms", "time_000050.000000ms"]
    for name in file:
        edges(file[name]["edges/E_I"], 300)


spikes()
report()
rates()
weights()
