/* probes = ( { kind = "spikes"; target = "*"; }, ... ) */
#include <math.h>
#include <string.h>

#include "engine/config_reader.h"
#include "engine/plan_check.h"

enum { NAME, KIND, TARGET, PROJECTION, SUBSET, FIELD, INTERVAL, TIMES, START, STOP, KEYS };

/* Which keys a kind takes besides name, start and stop. */
static const unsigned taken[] = {[ECP_PROBE_SPIKES] = 1u << TARGET | 1u << SUBSET,
                                 [ECP_PROBE_FIELD] =
                                     1u << TARGET | 1u << SUBSET | 1u << FIELD | 1u << INTERVAL,
                                 [ECP_PROBE_RATE] = 1u << TARGET | 1u << SUBSET | 1u << INTERVAL,
                                 [ECP_PROBE_WEIGHTS] = 1u << PROJECTION | 1u << TIMES | 1u << FIELD,
                                 [ECP_PROBE_STRUCTURE] = 1u << PROJECTION | 1u << FIELD};

struct values {
    const char *name, *field, *projection;
    int kind;
    double interval, start, stop;
};

static void table(struct ecp_key *key, struct values *v)
{
    key[NAME] = (struct ecp_key){.name = "name", .type = ECP_KEY_TEXT, .out = &v->name};
    key[KIND] = (struct ecp_key){
        .name = "kind", .type = ECP_KEY_WORD, .out = &v->kind, .words = ecp_probe_words};
    key[TARGET] = (struct ecp_key){.name = "target", .type = ECP_KEY_NODE};
    key[PROJECTION] =
        (struct ecp_key){.name = "projection", .type = ECP_KEY_TEXT, .out = &v->projection};
    key[SUBSET] = (struct ecp_key){.name = "subset", .type = ECP_KEY_NODE};
    key[FIELD] = (struct ecp_key){.name = "field", .type = ECP_KEY_TEXT, .out = &v->field};
    key[INTERVAL] = (struct ecp_key){
        .name = "interval", .type = ECP_KEY_NUMBER, .out = &v->interval, .unit = "ms"};
    key[TIMES] = (struct ecp_key){.name = "times", .type = ECP_KEY_NODE};
    key[START] =
        (struct ecp_key){.name = "start", .type = ECP_KEY_NUMBER, .out = &v->start, .unit = "ms"};
    key[STOP] =
        (struct ecp_key){.name = "stop", .type = ECP_KEY_NUMBER, .out = &v->stop, .unit = "ms"};
}

static int is_of_projection(int kind)
{
    return kind == ECP_PROBE_WEIGHTS || kind == ECP_PROBE_STRUCTURE;
}

static enum ecp_status check_keys(const struct ecp_node *node, const struct ecp_key *key, int kind)
{
    char text[ECP_ALLOWED_LENGTH];
    const char *names[KEYS];
    const unsigned all = taken[kind] | 1u << NAME | 1u << KIND | 1u << START | 1u << STOP;
    size_t n = 0;
    for (int k = 0; k < KEYS; k++)
        if (all & 1u << k)
            names[n++] = key[k].name;
    for (int k = 0; k < KEYS; k++)
        if (key[k].node && !(all & 1u << k))
            return ecp_node_refuse(key[k].node, "found in a probe of kind %s; %s",
                                   ecp_probe_words[kind], ecp_allowed(text, NULL, names, n));
    if (is_of_projection(kind) && !key[PROJECTION].node)
        return ecp_refuse_missing(node, "projection", "the name of a projection");
    if (kind == ECP_PROBE_WEIGHTS && !key[TIMES].node)
        return ecp_refuse_missing(node, "times", "a list of times in ms");
    if (!is_of_projection(kind) && !key[TARGET].node)
        return ecp_refuse_missing(node, "target", "a population, a list of them, or \"*\"");
    if (kind == ECP_PROBE_FIELD && !key[FIELD].node)
        return ecp_refuse_missing(node, "field", "a state or input of the model, as \"v\"");
    return ECP_OK;
}

static enum ecp_status apply(struct ecp_reader *reader, const struct ecp_key *key,
                             const struct values *v, struct ecp_plan_probe *p)
{
    enum ecp_status status = ECP_OK;
    if (key[FIELD].node)
        p->field_name = v->field;
    if (key[INTERVAL].node) {
        if (!(v->interval > 0) || !ecp_is_steps(v->interval, reader->plan->dt) ||
            v->interval < reader->plan->dt / 2)
            return ecp_node_refuse(key[INTERVAL].node,
                                   "found %.15g ms; allowed: whole multiples of dt = %g ms",
                                   v->interval, reader->plan->dt);
        p->interval = v->interval;
    }
    p->start = v->start;
    p->stop = v->stop;
    if (key[TIMES].node) {
        double *times;
        ECP_TRY(ecp_read_numbers(reader, key[TIMES].node, "ms", &p->n_times, &times));
        p->times = times;
    }
    if (key[SUBSET].node)
        ECP_TRY(ecp_read_subset(reader, key[SUBSET].node, &p->target));
done:
    return status;
}

static enum ecp_status add_to_projection(struct ecp_reader *reader, const struct ecp_node *node,
                                         const struct ecp_key *key, const struct values *v)
{
    char path[ECP_KEY_LENGTH];
    struct ecp_plan_probe *p;
    if (ecp_plan_projection_index(reader->plan, v->projection) < 0)
        return ecp_plan_no_projection(reader->plan, &key[PROJECTION].node->place,
                                      ecp_node_key(key[PROJECTION].node, path), v->projection);
    enum ecp_status status =
        ecp_plan_add_probe(reader->plan, (enum ecp_probe_kind)v->kind, v->projection, &p);
    if (status != ECP_OK)
        return status;
    p->place = ecp_reader_place(reader, node);
    p->name = v->name;
    return apply(reader, key, v, p);
}

static enum ecp_status add_all(struct ecp_reader *reader, const struct ecp_node *node,
                               const struct ecp_key *key, const struct values *v)
{
    size_t n = 0;
    int *target = NULL;
    enum ecp_status status;
    if (is_of_projection(v->kind))
        return add_to_projection(reader, node, key, v);
    ECP_TRY(ecp_read_populations(reader, key[TARGET].node, 1, &n, &target));
    for (size_t k = 0; k < n; k++) {
        const char *population = reader->plan->population[target[k]]->name;
        struct ecp_plan_probe *p = NULL;
        ECP_TRY(ecp_plan_add_probe(reader->plan, (enum ecp_probe_kind)v->kind, population, &p));
        p->place = ecp_reader_place(reader, node);
        if (v->name)
            p->name = n > 1 ? ecp_plan_printf(reader->plan, "%s_%s", v->name, population) : v->name;
        ECP_TRY(apply(reader, key, v, p));
        ECP_TRY(ecp_plan_complete_names(reader->plan));
    }
done:
    return status;
}

static enum ecp_status change(struct ecp_reader *reader, const struct ecp_node *node,
                              struct ecp_key *key, struct ecp_plan_probe *p)
{
    struct values v = {.kind = (int)p->kind,
                       .interval = p->interval,
                       .start = p->start,
                       .stop = p->stop,
                       .field = p->field_name};
    enum ecp_status status;
    table(key, &v);
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    if (v.kind != (int)p->kind)
        return ecp_node_refuse(key[KIND].node, "found for a probe of kind %s; allowed: %s",
                               ecp_probe_words[p->kind], ecp_probe_words[p->kind]);
    ECP_TRY(apply(reader, key, &v, p));
done:
    return status;
}

static enum ecp_status read_probe(struct ecp_reader *reader, const struct ecp_node *node)
{
    enum ecp_status status;
    struct ecp_key key[KEYS];
    struct values v = {.stop = INFINITY};
    ECP_TRY(ecp_expect_group(node));
    table(key, &v);
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    const int at = v.name ? ecp_plan_probe_index(reader->plan, v.name) : -1;
    if (at >= 0 && (size_t)at < reader->given_probes && !key[TARGET].node && !key[PROJECTION].node)
        return change(reader, node, key, reader->plan->probe[at]);
    if (v.name && !key[TARGET].node && !key[PROJECTION].node &&
        (ecp_is_typed(node) || reader->scenario))
        return ecp_refuse_no_probe(reader->plan, key[NAME].node, v.name);
    if (!key[KIND].node)
        return ecp_refuse_missing(node, "kind", "spikes, field, rate, weights, structure");
    ECP_TRY(check_keys(node, key, v.kind));
    ECP_TRY(add_all(reader, node, key, &v));
done:
    return status;
}

enum ecp_status ecp_reader_probes(struct ecp_reader *reader, const struct ecp_node *node)
{
    enum ecp_status status = ecp_expect_list(node);
    for (const struct ecp_node *p = node->child; p && status == ECP_OK; p = p->next)
        status = read_probe(reader, p);
    return status;
}
