/* Members that are part of a program, and what a list of plugins takes. Files:
 * plugin_test.sh. */
#include <stdio.h>
#include <unistd.h>

#include "engine/config.h"
#include "engine/plugin.h"
#include "tests/unit/network_case.h"

/* ---- a model of the program itself ------------------------------------------ */

enum { LEFT, EVERY, END };

static const struct ecp_field fields[] = {
    [LEFT] = {"left", "1", 0, 0, 1e6, "steps until the next spike", ECP_STATE},
    [EVERY] = {"every", "1", 10, 1, 1e6, "steps between spikes", ECP_PARAM},
    [END] = {0}};

static void update(const struct ecp_block *b)
{
    for (size_t j = 0; j < b->n; j++) {
        b->fired[j] = b->column[LEFT][j] <= 0;
        b->column[LEFT][j] = b->fired[j] ? (ecp_real)b->param[EVERY] - 1 : b->column[LEFT][j] - 1;
    }
}

static const struct ecp_neuron_model ticker = {.name = "ticker",
                                               .summary = "fires every so many steps",
                                               .aliases = "mine:tick",
                                               .fields = fields,
                                               .update = update};
static const struct ecp_neuron_model *const neurons[] = {&ticker, NULL};
static const struct ecp_plugin plugin = {ECP_PLUGIN_HEAD, .neurons = neurons};

static struct ecp_plugins *with_ticker(void)
{
    struct ecp_plugins *plugins = NULL;
    ECP_ASSERT_OK(ecp_plugins_create(&plugins));
    ECP_ASSERT_OK(ecp_plugins_add(plugins, &plugin, "this program"));
    return plugins;
}

/* The plan goes on when the program has let go of the list. */
static void runs(void)
{
    struct ecp_plugins *plugins = with_ticker();
    struct ecp_plan *plan = new_plan(1);
    ecp_plan_use_plugins(plan, plugins);
    ecp_plugins_destroy(plugins);
    (void)add_population(plan, "cells", "ticker", 7);
    CU_ASSERT_STRING_EQUAL(add_population(plan, "same", "tick", 7)->model_name, "ticker");
    (void)add_population(plan, "others", "lif", 7);
    (void)add_phase(plan, "all", 100, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    for (int isa = 0; isa < ECP_ISA_COUNT; isa++) {
        if (!ecp_isa_available((enum ecp_isa)isa))
            continue;
        struct ecp_network *network = ran(plan, 2, (enum ecp_isa)isa);
        CU_ASSERT_EQUAL(ecp_network_recording(network)->spikes, 2 * 7 * 100);
        ecp_network_destroy(network);
    }
    ecp_plan_destroy(plan);
}

/* By a file: its models, and those that the caller brings. */
static void in_a_config(void)
{
    static const char text[] = "populations = { cells = { model = \"ticker\"; size = 3; }; };\n"
                               "duration = 1;\n";
    char path[] = P_tmpdir "/ecp_plugin_XXXXXX";
    struct ecp_plugins *plugins = with_ticker();
    const struct ecp_config_extra extra = {NULL, 0, plugins};
    struct ecp_plan *plan = NULL;
    const int file = mkstemp(path);
    CU_ASSERT_FATAL(file >= 0 && write(file, text, sizeof text - 1) == sizeof text - 1);
    (void)close(file);
    ECP_ASSERT_OK(ecp_config_read_with(path, &extra, &plan));
    CU_ASSERT_PTR_EQUAL(plan->population[0]->model, &ticker);
    ecp_plan_destroy(plan);
    plan = NULL;
    CU_ASSERT_EQUAL(ecp_config_read(path, NULL, 0, &plan), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), ":1: populations.cells.model: "));
    CU_ASSERT_PTR_NULL(plan);
    ecp_error_clear();
    (void)unlink(path);
    ecp_plugins_destroy(plugins);
}

/* ---- what is taken ------------------------------------------------------------- */

static void found_once(void)
{
    struct ecp_plugins *plugins = with_ticker();
    const struct ecp_neuron_model *model = NULL;
    ECP_ASSERT_OK(ecp_plugins_find_neuron(plugins, "ticker", &model));
    CU_ASSERT_PTR_EQUAL(model, &ticker);
    CU_ASSERT_PTR_EQUAL(ecp_neuron_variant(model, ecp_isa_best()), &ticker);
    ECP_ASSERT_OK(ecp_plugins_find_neuron(plugins, "lif", &model));
    CU_ASSERT_STRING_EQUAL(model->name, "lif");
    CU_ASSERT_EQUAL(ecp_plugins_find_neuron(plugins, "tocker", &model), ECP_ENOTFOUND);
    CU_ASSERT_STRING_EQUAL(ecp_error_message(),
                           "no neuron model \"tocker\"; did you mean \"ticker\"?");
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_plugins_find_neuron(NULL, "ticker", &model), ECP_ENOTFOUND);
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_plugins_add(plugins, &plugin, "again"), ECP_ECONFIG);
    CU_ASSERT_STRING_EQUAL(ecp_error_message(),
                           "again: neuron model \"ticker\": name: found one that there is already; "
                           "allowed: names that `ecphory list` does not show");
    ecp_error_clear();
    CU_ASSERT_PTR_NULL(ecp_plugins_neuron(plugins, 1));
    CU_ASSERT_PTR_NULL(ecp_plugins_path(plugins, 0));
    ecp_plugins_destroy(plugins);
}

/* What the engine's own models say would pass as a plugin's. */
static void own_models_pass(void)
{
    const struct ecp_neuron_model *const *registered = ecp_neuron_models(ECP_ISA_BASELINE);
    for (size_t k = 0; registered[k]; k++) {
        char name[64];
        struct ecp_neuron_model copy = *registered[k];
        const struct ecp_neuron_model *const list[] = {&copy, NULL};
        const struct ecp_plugin one = {ECP_PLUGIN_HEAD, .neurons = list};
        struct ecp_plugins *plugins = NULL;
        (void)snprintf(name, sizeof name, "my_%s", copy.name);
        copy.name = name;
        copy.aliases = NULL;
        ECP_ASSERT_OK(ecp_plugins_create(&plugins));
        const enum ecp_status status = ecp_plugins_add(plugins, &one, "copy");
        if (status != ECP_OK)
            (void)printf(" %s: %s ", name, ecp_error_message());
        ECP_ASSERT_OK(status);
        ecp_plugins_destroy(plugins);
    }
}

ECP_TEST_MAIN("plugins", {"a model of the program runs", runs}, {"in a config", in_a_config},
              {"found by name", found_once}, {"the engine's own models pass", own_models_pass})
