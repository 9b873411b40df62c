"""read_nwb.py FILE: an NWB file that ecphory wrote of test_store_run.h's run, as h5py sees it.

Checks each attribute and dataset that NWB 2.7 requires (nwb-schema core and hdmf-common), and
with pynwb, where it is installed, that pynwb and neo read the file. Reads nothing through
ecphory. Prints `neo` when neo has read it, too."""
import sys
import uuid

import h5py
import numpy as np

file = h5py.File(sys.argv[1], "r")
seen = set()


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def typed(path, kind, space):
    attrs = file[path].attrs
    assert text(attrs["namespace"]) == space, path
    assert text(attrs["neurodata_type"]) == kind, path
    name = text(attrs["object_id"])
    assert str(uuid.UUID(name)) == name and name not in seen, path
    seen.add(name)


def is_text(dataset):
    info = h5py.check_string_dtype(dataset.dtype)
    assert info is not None and info.length is None and info.encoding == "utf-8", dataset.name


def table(path, kind, columns, rows):
    typed(path, kind, "core")
    assert text(file[path].attrs["description"])
    assert [text(x) for x in file[path].attrs["colnames"]] == columns
    typed(f"{path}/id", "ElementIdentifiers", "hdmf-common")
    assert file[f"{path}/id"].dtype.kind == "i"
    assert list(file[f"{path}/id"]) == list(range(rows))
    for name in columns:
        typed(f"{path}/{name}", "VectorData", "hdmf-common")
        assert text(file[f"{path}/{name}"].attrs["description"])
        index = f"{path}/{name}_index"
        if index in file:
            typed(index, "VectorIndex", "hdmf-common")
            assert file[index].dtype.kind == "u" and file[index].shape == (rows,)
            assert text(file[index].attrs["description"])
            assert file[file[index].attrs["target"]] == file[f"{path}/{name}"]
        else:
            assert file[f"{path}/{name}"].shape == (rows,), name


typed("/", "NWBFile", "core")
assert text(file.attrs["nwb_version"]) == "2.7.0"
for name in ("identifier", "session_description", "session_start_time",
             "timestamps_reference_time"):
    assert file[name].shape == () and text(file[name][()])
    is_text(file[name])
assert file["file_create_date"].shape == (1,) and file["file_create_date"].maxshape == (None,)
is_text(file["file_create_date"])
for name in ("acquisition", "analysis", "processing", "general", "stimulus/presentation",
             "stimulus/templates"):
    assert isinstance(file[name], h5py.Group)

table("intervals/trials", "TimeIntervals", ["start_time", "stop_time", "stimulus", "phase"], 1)
assert file["intervals/trials/start_time"].dtype == np.float64
assert list(file["intervals/trials/start_time"]) == [0.02]
assert list(file["intervals/trials/stop_time"]) == [0.1]
is_text(file["intervals/trials/phase"])
assert text(file["intervals/trials/stimulus"][0]) == "test"

table("units", "Units", ["spike_times", "population", "index"], 70)
times, ends = file["units/spike_times"][:], file["units/spike_times_index"][:].astype(int)
assert times.dtype == np.float64 and file["units/spike_times"].attrs["resolution"] == 1e-4
assert ends[49] == len(times) > 1000 and list(ends[50:]) == [ends[49]] * 20
state, trains = 1, [[] for _ in range(50)]
for step in range(1, 1001):
    for neuron in range(50):
        state = (state * 1664525 + 1013904223) % 2**32
        if (state >> 16) % 25 == 0:
            trains[neuron].append(step)
for neuron in range(50):
    mine = times[(ends[neuron - 1] if neuron else 0):ends[neuron]]
    assert np.allclose(mine, np.array(trains[neuron]) * 1e-4, rtol=0, atol=1e-12)
assert [text(x) for x in file["units/population"][49:51]] == ["E", "I"]
assert list(file["units/index"][49:51]) == [49, 0]

try:
    import pynwb
    from neo.io import NWBIO
except ImportError:
    sys.exit(0)
with pynwb.NWBHDF5IO(sys.argv[1], "r") as io:
    assert pynwb.validate(io=io) == []
    assert len(io.read().units) == 70
block = NWBIO(sys.argv[1], "r").read_block()
assert sum(len(segment.spiketrains) for segment in block.segments) == 70
print("neo")
