/* sweep = { over = ( { key = "network.gain"; values = (1.0, 1.8); }, ... ); seeds = 3; ... };
 * read and checked with the rest; only `ecphory sweep` acts on it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_reader.h"
#include "engine/sweep.h"

enum { OVER, SEEDS, TOGETHER, SHOW, KEYS };
enum { A_KEY, A_VALUES, A_FROM, A_TO, A_COUNT, A_LOG, A_KEYS };

/* As it would be written on the command line. */
static const char *text_of(struct ecp_plan *plan, const struct ecp_node *node)
{
    char shown[ECP_SHOWN_LENGTH];
    switch (node->kind) {
    case ECP_NODE_WHOLE:
        return ecp_plan_printf(plan, "%lld", node->whole);
    case ECP_NODE_NUMBER:
        (void)snprintf(shown, sizeof shown, "%.15g", node->number);
        return strtod(shown, NULL) == node->number ? ecp_plan_strdup(plan, shown)
                                                   : ecp_plan_printf(plan, "%.17g", node->number);
    case ECP_NODE_BOOL:
        return ecp_plan_strdup(plan, node->whole ? "true" : "false");
    default:
        return ecp_plan_printf(plan, "\"%s\"", node->text);
    }
}

static enum ecp_status read_values(struct ecp_reader *reader, const struct ecp_node *node,
                                   struct ecp_sweep_axis *axis)
{
    enum ecp_status status = ecp_expect_list(node);
    if (status != ECP_OK)
        return status;
    const char **value = ecp_plan_alloc(reader->plan, (node->n_children + 1) * sizeof *value);
    for (const struct ecp_node *at = node->child; value && at; at = at->next) {
        if (at->kind == ECP_NODE_GROUP || at->kind == ECP_NODE_LIST ||
            (at->kind == ECP_NODE_TEXT && strpbrk(at->text, "\"\\\n")))
            return ecp_node_wrong(at, "a number, true, false, or text in \"quotes\"");
        value[axis->n] = text_of(reader->plan, at);
        if (!value[axis->n++])
            value = NULL;
    }
    if (!value)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    if (axis->n == 0)
        return ecp_node_wrong(node, "a list with one value or more");
    axis->value = value;
    return ecp_sweep_numbers(reader->plan, axis);
}

/* A number with its unit: "10 ms" -> 10 and "ms". */
static enum ecp_status read_end(struct ecp_reader *reader, const struct ecp_node *node,
                                double *number, const char **unit)
{
    struct ecp_sweep_axis one = {.n = 1};
    const char *text = text_of(reader->plan, node);
    if (!text)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    one.value = &text;
    const enum ecp_status status = ecp_sweep_numbers(reader->plan, &one);
    if (status != ECP_OK)
        return status;
    if (!one.number)
        return ecp_node_wrong(node, "a number, or text with a unit");
    *number = one.number[0];
    *unit = one.unit;
    return ECP_OK;
}

static enum ecp_status read_range(struct ecp_reader *reader, const struct ecp_node *group,
                                  const struct ecp_key *key, size_t count,
                                  struct ecp_sweep_axis *axis)
{
    double from, to;
    const char *unit, *other;
    enum ecp_status status;
    if (!key[A_FROM].node || !key[A_TO].node || !key[A_COUNT].node)
        return ecp_refuse_missing(group, "values",
                                  "values = (1.0, 2.0, ...), or from, to and count");
    ECP_TRY(read_end(reader, key[A_FROM].node, &from, &unit));
    ECP_TRY(read_end(reader, key[A_TO].node, &to, &other));
    if (strcmp(unit, other) != 0)
        return ecp_node_refuse(key[A_TO].node, "found the unit %s, and %s in from; allowed: one",
                               other, unit);
    status = ecp_sweep_range(reader->plan, axis, from, to, count, unit);
done:
    return status;
}

static enum ecp_status read_axis(struct ecp_reader *reader, const struct ecp_node *node,
                                 struct ecp_sweep_axis *axis)
{
    size_t count = 0;
    struct ecp_key key[A_KEYS] = {
        [A_KEY] = {.name = "key", .type = ECP_KEY_TEXT, .out = &axis->key},
        [A_VALUES] = {.name = "values", .type = ECP_KEY_NODE},
        [A_FROM] = {.name = "from", .type = ECP_KEY_NODE},
        [A_TO] = {.name = "to", .type = ECP_KEY_NODE},
        [A_COUNT] = {.name = "count", .type = ECP_KEY_COUNT, .out = &count},
        [A_LOG] = {.name = "log", .type = ECP_KEY_BOOL, .out = &axis->logarithmic}};
    enum ecp_status status;
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_read_keys(reader, node, key, A_KEYS));
    axis->place = ecp_reader_place(reader, node);
    if (!axis->key)
        return ecp_refuse_missing(node, "key", "a key of the config, as \"network.scale\"");
    if (!key[A_VALUES].node)
        return read_range(reader, node, key, count, axis);
    for (int k = A_FROM; k <= A_COUNT; k++)
        if (key[k].node)
            return ecp_node_refuse(key[k].node, "found beside values; allowed: one of the two");
    status = read_values(reader, key[A_VALUES].node, axis);
done:
    return status;
}

static enum ecp_status read_seeds(struct ecp_reader *reader, const struct ecp_node *node,
                                  struct ecp_sweep *sweep)
{
    size_t n = 0;
    enum ecp_status status;
    if (node->kind != ECP_NODE_LIST) {
        ECP_TRY(ecp_read_count(node, 1, ECP_SWEEP_JOBS, &n));
        return ecp_sweep_seed_count(reader->plan, sweep, n);
    }
    uint64_t *seed = ecp_plan_alloc(reader->plan, (node->n_children + 1) * sizeof *seed);
    if (!seed)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (const struct ecp_node *at = node->child; at; at = at->next) {
        size_t value = 0;
        ECP_TRY(ecp_read_count(at, 0, 0x1p53, &value));
        for (size_t j = 0; j < n; j++)
            if (seed[j] == value)
                return ecp_node_refuse(at, "found %zu twice; allowed: each seed once", value);
        seed[n++] = value;
    }
    if (n == 0)
        return ecp_node_wrong(node, "how many seeds, or a list of them");
    sweep->seed = seed;
    sweep->n_seeds = n;
done:
    return status;
}

static enum ecp_status read_shown(struct ecp_reader *reader, const struct ecp_node *node,
                                  struct ecp_sweep *sweep)
{
    enum ecp_status status = ecp_expect_list(node);
    const char **shown = ecp_plan_alloc(reader->plan, (node->n_children + 1) * sizeof *shown);
    if (!shown)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (const struct ecp_node *at = node->child; at && status == ECP_OK; at = at->next)
        status = ecp_read_text(reader, at, &shown[sweep->n_shown++]);
    sweep->shown = shown;
    return status;
}

enum ecp_status ecp_reader_sweep(struct ecp_reader *reader, const struct ecp_node *node)
{
    struct ecp_sweep *sweep = ecp_plan_alloc(reader->plan, sizeof *sweep);
    enum ecp_status status;
    if (!sweep)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    struct ecp_key key[KEYS] = {
        [OVER] = {.name = "over", .type = ECP_KEY_NODE},
        [SEEDS] = {.name = "seeds", .type = ECP_KEY_NODE},
        [TOGETHER] = {.name = "together", .type = ECP_KEY_BOOL, .out = &sweep->together},
        [SHOW] = {.name = "show", .type = ECP_KEY_NODE}};
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    sweep->place = ecp_reader_place(reader, node);
    if (key[OVER].node) {
        ECP_TRY(ecp_expect_list(key[OVER].node));
        for (const struct ecp_node *at = key[OVER].node->child; at; at = at->next) {
            if (sweep->n_axes == ECP_SWEEP_AXES)
                return ecp_node_refuse(at, "found more than %d keys", (int)ECP_SWEEP_AXES);
            ECP_TRY(read_axis(reader, at, &sweep->axis[sweep->n_axes++]));
        }
    }
    if (key[SEEDS].node)
        ECP_TRY(read_seeds(reader, key[SEEDS].node, sweep));
    if (key[SHOW].node)
        ECP_TRY(read_shown(reader, key[SHOW].node, sweep));
    if (!key[OVER].node && !key[SEEDS].node)
        return ecp_refuse_missing(node, "over", "keys with their values; or seeds");
    ECP_TRY(ecp_sweep_check(sweep));
    reader->plan->sweep = sweep;
done:
    return status;
}
