"""read_nir.py FILE: does a NIR file satisfy what nir.read asks for? Types, allowed keys, shapes,
edges that name nodes and fit. Reads nothing through ecphory; prints nodes and edges."""
import sys

import h5py
import numpy as np

KEYS = {
    "Input": ({"shape"}, set()),
    "Output": ({"shape"}, set()),
    "Linear": ({"weight"}, set()),
    "Affine": ({"weight", "bias"}, set()),
    "Scale": ({"scale"}, set()),
    "LIF": ({"tau", "r", "v_leak", "v_threshold"}, {"v_reset"}),
    "LI": ({"tau", "r", "v_leak"}, set()),
    "CubaLIF": ({"tau_syn", "tau_mem", "r", "v_leak", "v_threshold"}, {"v_reset", "w_in"}),
}

file = h5py.File(sys.argv[1], "r")
assert sorted(file) == ["node", "version"]
assert file["version"].shape == () and h5py.check_string_dtype(file["version"].dtype)
graph = file["node"]
assert sorted(graph) == ["edges", "nodes", "type"] and graph["type"].asstr()[()] == "NIRGraph"
shapes = {}
for name, node in graph["nodes"].items():
    assert node["type"].shape == ()
    kind = node["type"].asstr()[()]
    needed, optional = KEYS[kind]
    keys = set(node) - {"type", "metadata"}
    assert needed <= keys <= needed | optional, (name, keys)
    arrays = {key: node[key][()] for key in keys}
    assert all(np.all(np.isfinite(a)) for a in arrays.values())
    if kind in ("Input", "Output"):
        assert arrays["shape"].dtype.kind == "i" and arrays["shape"].ndim == 1
        shapes[name] = (int(np.prod(arrays["shape"])),) * 2
    elif kind in ("Linear", "Affine"):
        assert arrays["weight"].ndim == 2
        shapes[name] = arrays["weight"].shape[::-1]
        assert "bias" not in arrays or arrays["bias"].shape == arrays["weight"].shape[:1]
    else:
        shape = {a.shape for a in arrays.values()}
        assert len(shape) == 1, (name, shape)
        shapes[name] = (shape.pop()[0],) * 2
edges = graph["edges"]
assert edges.ndim == 2 and edges.shape[1] == 2 and h5py.check_string_dtype(edges.dtype)
for source, target in edges.asstr()[:]:
    assert shapes[source][1] == shapes[target][0], (source, target)
print(f"{len(shapes)} nodes, {len(edges)} edges")
