/* The top of a config: which sections there are, and in which order they are
 * read. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_reader.h"
#include "engine/config_write.h"
#include "engine/plan_check.h"
#include "engine/plugin.h"

enum {
    NAME,
    SCENARIO,
    SEED,
    DT,
    TIME,
    DURATION,
    PLUGINS,
    NETWORK,
    POPULATIONS,
    PROJECTIONS,
    STIMULI,
    PROBES,
    PHASES,
    ANALYSES,
    MEMORIES,
    CLAIMS,
    OUTPUT,
    SWEEP,
    KEYS
};

/* "dir/brunel.cfg" -> "brunel" */
static const char *stem(struct ecp_plan *plan, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    const size_t length = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    return ecp_arena_strndup(plan->arena, base, length);
}

static enum ecp_status check_title(const struct ecp_node *node, const char *name)
{
    if (name[0] == '\0' || strchr(name, '/') || strlen(name) > 120)
        return ecp_node_wrong(node, "1 to 120 characters without \"/\"");
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 32 || *c == 127)
            return ecp_node_wrong(node, "characters that can be seen");
    return ECP_OK;
}

static enum ecp_status read_head(struct ecp_reader *reader, struct ecp_key *key)
{
    struct ecp_plan *plan = reader->plan;
    size_t seed = 1;
    int time = ECP_TIME_GRID;
    key[NAME] = (struct ecp_key){.name = "name", .type = ECP_KEY_TEXT, .out = &plan->name};
    key[SCENARIO] = (struct ecp_key){.name = "scenario", .type = ECP_KEY_NODE};
    key[SEED] = (struct ecp_key){.name = "seed", .type = ECP_KEY_COUNT, .out = &seed};
    key[DT] = (struct ecp_key){.name = "dt",
                               .type = ECP_KEY_NUMBER,
                               .out = &plan->dt,
                               .unit = "ms",
                               .lowest = 1e-3,
                               .highest = 100};
    key[TIME] = (struct ecp_key){
        .name = "time", .type = ECP_KEY_WORD, .out = &time, .words = ecp_time_words};
    static const char *const sections[] = {[DURATION] = "duration",
                                           [PLUGINS] = "plugins",
                                           [NETWORK] = "network",
                                           [POPULATIONS] = "populations",
                                           [PROJECTIONS] = "projections",
                                           [STIMULI] = "stimuli",
                                           [PROBES] = "probes",
                                           [PHASES] = "phases",
                                           [ANALYSES] = "analyses",
                                           [MEMORIES] = "memories",
                                           [CLAIMS] = "claims",
                                           [OUTPUT] = "output",
                                           [SWEEP] = "sweep"};
    for (int k = DURATION; k < KEYS; k++)
        key[k] = (struct ecp_key){.name = sections[k], .type = ECP_KEY_NODE};
    plan->name = stem(plan, reader->name);
    if (!plan->name)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    enum ecp_status status = ecp_read_keys(reader, reader->root, key, KEYS);
    if (status == ECP_OK && key[NAME].node)
        status = check_title(key[NAME].node, plan->name);
    plan->seed = seed;
    plan->time = (enum ecp_time_mode)time;
    return status;
}

const struct ecp_node *ecp_reader_overruled(const struct ecp_node *root)
{
    const struct ecp_node *duration = ecp_node_find(root, "duration");
    const struct ecp_node *phases = ecp_node_find(root, "phases");
    if (!duration || !phases || ecp_is_typed(duration) == ecp_is_typed(phases))
        return NULL;
    return ecp_is_typed(duration) ? phases : duration;
}

/* `duration` is a shortcut for one phase. */
static enum ecp_status read_phases(struct ecp_reader *reader, const struct ecp_node *duration,
                                   const struct ecp_node *phases)
{
    struct ecp_plan_phase *phase;
    double time;
    const struct ecp_node *overruled = ecp_reader_overruled(reader->root);
    if (duration && phases && !overruled)
        return ecp_node_refuse(duration, "found beside phases; allowed: one of the two");
    if (phases && phases != overruled)
        return ecp_reader_phases(reader, phases);
    if (!duration)
        return ECP_OK;
    enum ecp_status status = ecp_read_number(reader, duration, "ms", &time);
    if (status != ECP_OK)
        return status;
    if (!(time > 0) || !ecp_is_steps(time, reader->plan->dt))
        return ecp_node_refuse(duration,
                               "found %.15g ms; allowed: whole multiples of dt = %g ms, more "
                               "than 0",
                               time, reader->plan->dt);
    reader->plan->n_phases = 0;
    status = ecp_plan_add_phase(reader->plan, "run", time, 0, &phase);
    if (status == ECP_OK)
        phase->place = ecp_reader_place(reader, duration);
    return status;
}

static enum ecp_status load_plugin(struct ecp_reader *reader, struct ecp_node *node)
{
    enum ecp_status status;
    const char *path;
    if (node->kind != ECP_NODE_TEXT)
        return ecp_node_wrong(node, "the name of a shared object, as \"quadratic.so\"");
    ECP_TRY(ecp_read_path(reader, node, &path));
    status = ecp_plugins_load(reader->plan->plugins, path);
    if (status != ECP_OK)
        return ecp_node_refuse_again(node, status);
done:
    return status;
}

/* One name, or a list of them. */
static enum ecp_status read_plugins(struct ecp_reader *reader, struct ecp_node *node)
{
    struct ecp_plugins *own = NULL;
    enum ecp_status status = ECP_OK;
    if (!reader->plan->plugins) {
        ECP_TRY(ecp_plugins_create(&own));
        ecp_plan_use_plugins(reader->plan, own);
    }
    if (node->kind != ECP_NODE_LIST) {
        status = load_plugin(reader, node);
        goto done;
    }
    for (struct ecp_node *n = node->child; n; n = n->next)
        ECP_TRY(load_plugin(reader, n));
done:
    ecp_plugins_destroy(own);
    return status;
}

/* output = { weights = "final"; nwb = true; } */
static enum ecp_status read_output(struct ecp_reader *reader, const struct ecp_node *group)
{
    struct ecp_plan *plan = reader->plan;
    int weights = ECP_OUTPUT_NONE, plastic = 0;
    struct ecp_key key[] = {
        {.name = "weights", .type = ECP_KEY_WORD, .out = &weights, .words = ecp_output_words},
        {.name = "nwb", .type = ECP_KEY_BOOL, .out = &plan->output_nwb}};
    enum ecp_status status = ecp_expect_group(group);
    if (status == ECP_OK)
        status = ecp_read_keys(reader, group, key, sizeof key / sizeof key[0]);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < plan->n_projections; k++)
        plastic |= plan->projection[k]->plasticity || plan->projection[k]->structure;
    if (weights != ECP_OUTPUT_NONE && !plastic)
        return ecp_node_refuse(key[0].node,
                               "found \"%s\" without a plastic projection; allowed: \"none\", or "
                               "projections with `plasticity`",
                               ecp_output_words[weights]);
    plan->output_weights = (enum ecp_output_weights)weights;
    return ECP_OK;
}

static enum ecp_status read_sections(struct ecp_reader *reader, const struct ecp_key *key)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan *plan = reader->plan;
    const struct ecp_place file = {reader->name, 0};
    if (key[PLUGINS].node)
        ECP_TRY(read_plugins(reader, key[PLUGINS].node));
    if (key[SCENARIO].node)
        ECP_TRY(ecp_reader_scenario(reader, key[SCENARIO].node, key[NETWORK].node));
    else if (key[NETWORK].node)
        return ecp_node_refuse(key[NETWORK].node,
                               "found without a scenario; allowed: with scenario = \"...\"");
    if (key[POPULATIONS].node)
        ECP_TRY(ecp_reader_populations(reader, key[POPULATIONS].node));
    if (plan->n_populations == 0 && !plan->computes && !key[MEMORIES].node)
        return ecp_refuse(&file, "populations",
                          "is missing; allowed: one or more populations, memories, or a scenario");
    if (key[PROJECTIONS].node)
        ECP_TRY(ecp_reader_projections(reader, key[PROJECTIONS].node));
    if (key[STIMULI].node)
        ECP_TRY(ecp_reader_stimuli(reader, key[STIMULI].node));
    if (key[PROBES].node)
        ECP_TRY(ecp_reader_probes(reader, key[PROBES].node));
    ECP_TRY(ecp_plan_complete_names(plan));
    ECP_TRY(read_phases(reader, key[DURATION].node, key[PHASES].node));
    if (plan->n_phases == 0 && ecp_plan_has_network(plan))
        return ecp_refuse(&file, "duration",
                          "is missing; allowed: a time as \"1000 ms\", or a list of phases");
    if (key[MEMORIES].node)
        ECP_TRY(ecp_reader_memories(reader, key[MEMORIES].node));
    if (key[ANALYSES].node)
        ECP_TRY(ecp_reader_analyses(reader, key[ANALYSES].node));
    if (key[CLAIMS].node)
        ECP_TRY(ecp_reader_claims(reader, key[CLAIMS].node));
    if (key[OUTPUT].node)
        ECP_TRY(read_output(reader, key[OUTPUT].node));
    if (key[SWEEP].node)
        ECP_TRY(ecp_reader_sweep(reader, key[SWEEP].node));
done:
    return status;
}

enum ecp_status ecp_reader_plan(struct ecp_arena *arena, const struct ecp_node *root,
                                const char *name, struct ecp_plugins *plugins,
                                struct ecp_plan **out)
{
    enum ecp_status status;
    struct ecp_reader reader = {.arena = arena, .root = root, .name = name};
    struct ecp_key key[KEYS];
    ECP_TRY(ecp_plan_create(&reader.plan));
    ecp_plan_use_plugins(reader.plan, plugins);
    ECP_TRY(ecp_units_create(&reader.units));
    ECP_TRY(read_head(&reader, key));
    ECP_TRY(read_sections(&reader, key));
    ECP_TRY(ecp_plan_check(reader.plan));
    if (reader.scenario)
        ECP_TRY(ecp_plan_write_scenario(&reader));
    *out = reader.plan;
    reader.plan = NULL;
done:
    ecp_units_destroy(reader.units);
    ecp_plan_destroy(reader.plan);
    return status;
}
