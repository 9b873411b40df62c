/* fuzz_nir.c -- any nodes and edges: a graph and a network, or one sentence, no more. */
#include <math.h>
#include <string.h>

#include "engine/nir.h"
#include "tests/fuzz/built_h5.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NODE(name)                                                                                 \
    "node/nodes/" name "/type", "node/nodes/" name "/weight", "node/nodes/" name "/tau",           \
        "node/nodes/" name "/r", "node/nodes/" name "/v_leak", "node/nodes/" name "/v_threshold",  \
        "node/nodes/" name "/shape", "node/nodes/" name "/bias"

static const char *const paths[] = {"version",
                                    "node/type",
                                    "node/edges",
                                    NODE("a"),
                                    NODE("b"),
                                    NODE("c"),
                                    "node/nodes/c/tau_mem",
                                    "node/nodes/c/tau_syn",
                                    "node/nodes/c/w_in",
                                    "node/nodes/c/v_reset",
                                    "node/nodes/b/scale",
                                    "node/nodes/a/metadata/x",
                                    NULL};
static const char *const texts[] = {"NIRGraph", "Input", "Output", "Linear",  "Affine",
                                    "Scale",    "LIF",   "LI",     "CubaLIF", "a",
                                    "b",        "c",     "",       "Conv2d",  NULL};

static void check(enum ecp_status status)
{
    const char *message = ecp_error_message();
    if ((status == ECP_OK) != (message[0] == '\0') || strchr(message, '\n'))
        abort();
    ecp_error_clear();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct built b = {.data = data, .size = size, .path = paths, .text = texts};
    const struct ecp_nir_options options = {.dt = 0.1, .pulse = 1000};
    char name[64], folder[64], *config = NULL;
    built_name(name, "nir");
    built_name(folder, "imported");
    if (!built_file(&b, name))
        return 0;
    ecp_error_clear();
    check(ecp_nir_import(name, folder, &options, &config));
    if (config) {
        char *dot = strrchr(config, '.');
        (void)unlink(config);
        if (dot) {
            char edges[128];
            (void)snprintf(edges, sizeof edges, "%.*s.edges.h5", (int)(dot - config), config);
            (void)unlink(edges);
        }
    }
    free(config);
    (void)unlink(name);
    return 0;
}
