/* memories = ( { name = "faces"; model = "hopfield"; store = ( ... ); recall = ( ... ); } ) */
#include "engine/config_memory.h"

#include <math.h>
#include <string.h>

#include "engine/config_scenario.h"

enum {
    NAME,
    MODEL,
    PARAMETERS,
    SEED,
    CAPACITY,
    SIZE,
    VALUE_SIZE,
    KEEP,
    STORE,
    WEIGH,
    RECALL,
    LINKS,
    KEYS
};
enum {
    O_NAME,
    O_PATTERNS,
    O_KEYS,
    O_VALUES,
    O_CUES,
    O_TARGETS,
    O_PHASE,
    O_TIME,
    O_STRENGTH,
    O_DECAY,
    O_TOLERANCE,
    O_FIRST,
    O_N,
    O_ACCESSIBILITY,
    O_AMPLIFICATION,
    OPERATION_KEYS
};

/* ---- when ----------------------------------------------------------------------- */

/* What is stored is there from the beginning of a phase, what is recalled is at its end. */
static enum ecp_status read_phase(const struct ecp_plan *plan, const struct ecp_node *node,
                                  const char *name, struct ecp_operation *o)
{
    enum { MANY = 64 };
    const char *names[MANY];
    double start = 0;
    size_t n = 0;
    for (size_t k = 0; k < plan->n_phases; k++) {
        const struct ecp_plan_phase *phase = plan->phase[k];
        if (strcmp(phase->name, name) == 0) {
            o->time = o->kind == ECP_OPERATION_RECALL ? start + phase->duration : start;
            return ECP_OK;
        }
        start += phase->duration;
        if (n < MANY)
            names[n++] = phase->name;
    }
    return ecp_refuse_no_element(node, "phase", name, names, n);
}

/* ---- operations -------------------------------------------------------------------- */

struct given {
    const char *name, *phase;
    size_t first, n;
};

static void operation_table(struct ecp_key *key, struct given *g, struct ecp_operation *o)
{
    static const char *const names[] = {[O_NAME] = "name",
                                        [O_PATTERNS] = "patterns",
                                        [O_KEYS] = "keys",
                                        [O_VALUES] = "values",
                                        [O_CUES] = "cues",
                                        [O_TARGETS] = "targets",
                                        [O_PHASE] = "phase",
                                        [O_TIME] = "time",
                                        [O_STRENGTH] = "strength",
                                        [O_DECAY] = "decay",
                                        [O_TOLERANCE] = "tolerance",
                                        [O_FIRST] = "first",
                                        [O_N] = "n",
                                        [O_ACCESSIBILITY] = "accessibility",
                                        [O_AMPLIFICATION] = "amplification"};
    const struct {
        int key;
        double *out;
        double highest;
    } numbers[] = {{O_STRENGTH, &o->strength, 1e9},
                   {O_DECAY, &o->decay, 1},
                   {O_TOLERANCE, &o->tolerance, 1e9},
                   {O_ACCESSIBILITY, &o->accessibility, 1e9},
                   {O_AMPLIFICATION, &o->amplification, 1e9}};
    for (int k = 0; k < OPERATION_KEYS; k++)
        key[k] = (struct ecp_key){.name = names[k], .type = ECP_KEY_NODE};
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
        struct ecp_key *at = &key[numbers[k].key];
        at->type = ECP_KEY_NUMBER;
        at->out = numbers[k].out;
        at->unit = "1";
        at->highest = numbers[k].highest;
    }
    key[O_NAME].type = key[O_PHASE].type = ECP_KEY_TEXT;
    key[O_NAME].out = &g->name;
    key[O_PHASE].out = &g->phase;
    key[O_TIME].type = ECP_KEY_NUMBER;
    key[O_TIME].out = &o->time;
    key[O_TIME].unit = "ms";
    key[O_TIME].highest = 1e15;
    key[O_FIRST].type = key[O_N].type = ECP_KEY_COUNT;
    key[O_FIRST].out = &g->first;
    key[O_N].out = &g->n;
    key[O_N].lowest = 1;
    key[O_FIRST].highest = key[O_N].highest = 1e12;
}

static enum ecp_status check_keys(const struct ecp_key *key, enum ecp_operation_kind kind)
{
    static const unsigned taken[] = {
        [ECP_OPERATION_STORE] =
            1u << O_PATTERNS | 1u << O_KEYS | 1u << O_VALUES | 1u << O_STRENGTH | 1u << O_DECAY,
        [ECP_OPERATION_WEIGH] =
            1u << O_FIRST | 1u << O_N | 1u << O_ACCESSIBILITY | 1u << O_AMPLIFICATION,
        [ECP_OPERATION_RECALL] = 1u << O_NAME | 1u << O_CUES | 1u << O_TARGETS | 1u << O_TOLERANCE};
    const unsigned fine = taken[kind] | 1u << O_PHASE | 1u << O_TIME;
    char text[ECP_ALLOWED_LENGTH];
    const char *names[OPERATION_KEYS];
    size_t n = 0;
    for (int k = 0; k < OPERATION_KEYS; k++)
        if (fine & 1u << k)
            names[n++] = key[k].name;
    for (int k = 0; k < OPERATION_KEYS; k++)
        if (key[k].node && !(fine & 1u << k))
            return ecp_node_refuse(key[k].node, "found an unknown key; %s",
                                   ecp_allowed(text, key[k].name, names, n));
    if (key[O_PHASE].node && key[O_TIME].node)
        return ecp_node_refuse(key[O_PHASE].node, "found beside time; allowed: one of the two");
    if (key[O_PATTERNS].node && key[O_KEYS].node)
        return ecp_node_refuse(key[O_PATTERNS].node, "found beside keys; allowed: one of the two");
    return ECP_OK;
}

static enum ecp_status read_rows(struct ecp_reader *reader, const struct ecp_node *node,
                                 struct ecp_key *key, struct ecp_operation *o)
{
    enum ecp_status status = ECP_OK;
    struct ecp_node *rows = key[O_PATTERNS].node ? key[O_PATTERNS].node : key[O_KEYS].node;
    if (o->kind == ECP_OPERATION_STORE && !rows)
        return ecp_refuse_missing(node, "patterns", "rows (or keys, with values)");
    if (o->kind == ECP_OPERATION_RECALL && !key[O_CUES].node)
        return ecp_refuse_missing(node, "cues", "rows, or { of = \"stored\"; ... }");
    if (rows)
        ECP_TRY(ecp_read_rows(reader, rows, 0, &o->keys));
    if (key[O_VALUES].node)
        ECP_TRY(ecp_read_rows(reader, key[O_VALUES].node, 0, &o->values));
    if (key[O_CUES].node)
        ECP_TRY(ecp_read_rows(reader, key[O_CUES].node, 1, &o->keys));
    if (key[O_TARGETS].node)
        ECP_TRY(ecp_read_rows(reader, key[O_TARGETS].node, 0, &o->values));
    if (key[O_TARGETS].node && o->keys.origin == ECP_ROWS_STORED)
        return ecp_node_refuse(key[O_TARGETS].node, "found for cues of what is stored, whose "
                                                    "targets are known; allowed: none");
done:
    return status;
}

static enum ecp_status read_operation(struct ecp_reader *reader, const struct ecp_node *node,
                                      enum ecp_operation_kind kind, struct ecp_plan_memory *memory)
{
    struct ecp_key key[OPERATION_KEYS];
    struct given g = {0};
    struct ecp_operation *o;
    enum ecp_status status;
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_memory_add_operation(reader->plan, memory, kind, &o));
    o->place = ecp_reader_place(reader, node);
    if (kind == ECP_OPERATION_RECALL)
        o->time = ecp_plan_duration(reader->plan);
    operation_table(key, &g, o);
    ECP_TRY(ecp_read_keys(reader, node, key, OPERATION_KEYS));
    ECP_TRY(check_keys(key, kind));
    if (kind == ECP_OPERATION_RECALL && !g.name)
        return ecp_refuse_missing(node, "name", "a name for its results: MEMORY.NAME.overlap");
    if (key[O_DECAY].node && !(o->decay > 0))
        return ecp_node_refuse(key[O_DECAY].node, "found 0; allowed: more than 0, up to 1");
    o->name = g.name;
    o->first = g.first;
    o->n = g.n;
    ECP_TRY(read_rows(reader, node, key, o));
    if (g.phase)
        ECP_TRY(read_phase(reader->plan, key[O_PHASE].node, g.phase, o));
done:
    return status;
}

/* One group, or a list of them. */
static enum ecp_status read_operations(struct ecp_reader *reader, const struct ecp_node *node,
                                       enum ecp_operation_kind kind, struct ecp_plan_memory *memory)
{
    if (!node)
        return ECP_OK;
    if (node->kind == ECP_NODE_GROUP)
        return read_operation(reader, node, kind, memory);
    enum ecp_status status = ecp_expect_list(node);
    for (const struct ecp_node *n = node->child; n && status == ECP_OK; n = n->next)
        status = read_operation(reader, n, kind, memory);
    return status;
}

/* ---- a memory ------------------------------------------------------------------------- */

static enum ecp_status read_setting(struct ecp_reader *reader, const struct ecp_node *node,
                                    const struct ecp_memory_model *model,
                                    struct ecp_memory_setting *out)
{
    enum { MANY = 64 };
    const int at = ecp_field_find(model->fields, node->name);
    if (at < 0 || !ecp_field_is_param(&model->fields[at])) {
        char text[ECP_ALLOWED_LENGTH];
        const char *names[MANY];
        size_t n = 0;
        for (size_t k = 0; model->fields && model->fields[k].name && n < MANY; k++)
            if (ecp_field_is_param(&model->fields[k]))
                names[n++] = model->fields[k].name;
        return ecp_node_refuse(node, "found an unknown key, no parameter of %s; %s", model->name,
                               ecp_allowed(text, node->name, names, n));
    }
    const struct ecp_choice *choice = ecp_choice_of(model->choices, model->fields[at].name);
    *out = (struct ecp_memory_setting){.name = model->fields[at].name};
    return choice ? ecp_read_choice(reader, node, choice, &out->value)
                  : ecp_read_field_number(reader, node, &model->fields[at], &out->value);
}

static double initial_of(const struct ecp_memory_model *model, const char *name)
{
    return model->fields[ecp_field_find(model->fields, name)].initial;
}

static double setting_of(const struct ecp_plan_memory *memory, const char *name)
{
    for (size_t k = 0; k < memory->n_settings; k++)
        if (strcmp(memory->setting[k].name, name) == 0)
            return memory->setting[k].value;
    return initial_of(memory->model, name);
}

static int is_among(const char *word, const char *words)
{
    const size_t length = strlen(word);
    for (const char *at = strstr(words, word); at; at = strstr(at + 1, word))
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return 1;
    return 0;
}

static void leave_out(struct ecp_plan_memory *memory, const char *name)
{
    size_t n = 0;
    for (size_t k = 0; k < memory->n_settings; k++)
        if (strcmp(memory->setting[k].name, name) != 0)
            memory->setting[n++] = memory->setting[k];
    memory->n_settings = n;
}

/* A parameter without effect is refused, unless it is the default (effective configs hold
 * all); but where a sweep or the command line has made the
 * choice, the file's parameter is left out. */
static enum ecp_status check_needs(struct ecp_reader *reader, const struct ecp_node *group,
                                   struct ecp_plan_memory *memory)
{
    const struct ecp_memory_model *model = memory->model;
    for (const struct ecp_memory_need *need = model->needs; need && need->field; need++) {
        const struct ecp_node *given = ecp_node_find(group, need->field);
        const struct ecp_node *chosen = ecp_node_find(group, need->choice);
        const char *words[ECP_CHOICE_WORDS];
        const enum ecp_status status =
            ecp_choice_words(reader->arena, ecp_choice_of(model->choices, need->choice), words);
        if (status != ECP_OK)
            return status;
        const char *word = words[(size_t)setting_of(memory, need->choice)];
        if (!given || is_among(word, need->words) ||
            setting_of(memory, need->field) == initial_of(model, need->field))
            continue;
        if (!chosen || !ecp_is_typed(chosen))
            return ecp_node_refuse(given,
                                   "found for %s \"%s\", where it has no effect; allowed "
                                   "with: %s",
                                   need->choice, word, need->words);
        leave_out(memory, need->field);
    }
    return ECP_OK;
}

static enum ecp_status read_settings(struct ecp_reader *reader, const struct ecp_node *group,
                                     struct ecp_plan_memory *memory)
{
    enum ecp_status status = ECP_OK;
    if (!group)
        return ECP_OK;
    ECP_TRY(ecp_expect_group(group));
    memory->setting =
        ecp_arena_array(reader->plan->arena, group->n_children + 1, sizeof *memory->setting);
    if (!memory->setting)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (const struct ecp_node *n = group->child; n; n = n->next)
        ECP_TRY(read_setting(reader, n, memory->model, &memory->setting[memory->n_settings++]));
    ECP_TRY(check_needs(reader, group, memory));
done:
    return status;
}

static enum ecp_status read_memory(struct ecp_reader *reader, const struct ecp_node *node)
{
    const char *name = NULL, *model = NULL;
    size_t seed = 0, capacity = 0, size = 0, value_size = 0;
    int keep = 1;
    const double most = 1e12;
    struct ecp_key key[KEYS] = {
        [NAME] = {.name = "name", .type = ECP_KEY_TEXT, .out = &name},
        [MODEL] = {.name = "model", .type = ECP_KEY_TEXT, .out = &model},
        [PARAMETERS] = {.name = "parameters", .type = ECP_KEY_NODE},
        [SEED] = {.name = "seed", .type = ECP_KEY_COUNT, .out = &seed},
        [CAPACITY] = {"capacity", ECP_KEY_COUNT, &capacity, NULL, NULL, 1, most, NULL},
        [SIZE] = {"size", ECP_KEY_COUNT, &size, NULL, NULL, 1, most, NULL},
        [VALUE_SIZE] = {"value_size", ECP_KEY_COUNT, &value_size, NULL, NULL, 1, most, NULL},
        [KEEP] = {.name = "keep", .type = ECP_KEY_BOOL, .out = &keep},
        [STORE] = {.name = "store", .type = ECP_KEY_NODE},
        [WEIGH] = {.name = "weigh", .type = ECP_KEY_NODE},
        [RECALL] = {.name = "recall", .type = ECP_KEY_NODE},
        [LINKS] = {.name = "links", .type = ECP_KEY_NODE}};
    struct ecp_plan_memory *memory;
    enum ecp_status status;
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    if (!name)
        return ecp_refuse_missing(node, "name", "a name for its results: NAME.RECALL.overlap");
    if (!model)
        return ecp_refuse_missing(node, "model", "one of `ecphory list memories`");
    status = ecp_plan_add_memory(reader->plan, name, model, &memory);
    if (status != ECP_OK)
        return ecp_node_refuse_again(status == ECP_ECONFIG ? key[NAME].node : key[MODEL].node,
                                     status);
    memory->place = ecp_reader_place(reader, node);
    memory->shape = (struct ecp_memory_shape){size, value_size, capacity};
    memory->keep = keep;
    memory->seed_given = key[SEED].node != NULL;
    memory->seed = seed;
    ECP_TRY(read_settings(reader, key[PARAMETERS].node, memory));
    ECP_TRY(read_operations(reader, key[STORE].node, ECP_OPERATION_STORE, memory));
    ECP_TRY(read_operations(reader, key[WEIGH].node, ECP_OPERATION_WEIGH, memory));
    ECP_TRY(read_operations(reader, key[RECALL].node, ECP_OPERATION_RECALL, memory));
    if (key[LINKS].node)
        ECP_TRY(ecp_read_links(reader, key[LINKS].node, memory));
done:
    return status;
}

enum ecp_status ecp_reader_memories(struct ecp_reader *reader, const struct ecp_node *node)
{
    enum ecp_status status = ecp_expect_list(node);
    for (const struct ecp_node *m = node->child; m && status == ECP_OK; m = m->next)
        status = read_memory(reader, m);
    return status;
}
