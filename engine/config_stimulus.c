/* stimuli = ( { kind = "poisson"; target = "E"; rate = "8 kHz"; ... }, ... ) */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "engine/config_reader.h"
#include "engine/plan_check.h"
#include "engine/store.h"

enum {
    NAME,
    KIND,
    TARGET,
    SUBSET,
    START,
    STOP,
    RATE,
    AMPLITUDE,
    SWITCHES,
    WEIGHT,
    DELAY,
    PORT,
    TIMES,
    NEURONS,
    FILE_NAME,
    MEAN,
    SD,
    TAU,
    KEYS
};

/* Which keys a kind takes besides the first six. */
static const unsigned taken[] = {
    [ECP_STIMULUS_POISSON] = 1u << RATE | 1u << SWITCHES | 1u << WEIGHT | 1u << DELAY | 1u << PORT,
    [ECP_STIMULUS_SPIKES] =
        1u << TIMES | 1u << NEURONS | 1u << FILE_NAME | 1u << WEIGHT | 1u << DELAY | 1u << PORT,
    [ECP_STIMULUS_CURRENT] = 1u << AMPLITUDE | 1u << SWITCHES,
    [ECP_STIMULUS_NOISE] = 1u << MEAN | 1u << SD | 1u << TAU};

struct values {
    const char *name, *port;
    int kind;
    double start, stop, delay, mean, sd, tau;
};

static void table(struct ecp_key *key, struct values *v)
{
    static const char *const names[] = {[NAME] = "name",
                                        [KIND] = "kind",
                                        [TARGET] = "target",
                                        [SUBSET] = "subset",
                                        [START] = "start",
                                        [STOP] = "stop",
                                        [RATE] = "rate",
                                        [AMPLITUDE] = "amplitude",
                                        [SWITCHES] = "switches",
                                        [WEIGHT] = "weight",
                                        [DELAY] = "delay",
                                        [PORT] = "port",
                                        [TIMES] = "times",
                                        [NEURONS] = "neurons",
                                        [FILE_NAME] = "file",
                                        [MEAN] = "mean",
                                        [SD] = "sd",
                                        [TAU] = "tau"};
    double *const numbers[KEYS] = {[START] = &v->start, [STOP] = &v->stop, [DELAY] = &v->delay,
                                   [MEAN] = &v->mean,   [SD] = &v->sd,     [TAU] = &v->tau};
    for (int k = 0; k < KEYS; k++) {
        key[k] = (struct ecp_key){.name = names[k], .type = ECP_KEY_NODE};
        if (numbers[k]) {
            key[k].type = ECP_KEY_NUMBER;
            key[k].out = numbers[k];
            key[k].unit = k == MEAN || k == SD ? "pA" : "ms";
        }
    }
    key[NAME].type = key[PORT].type = ECP_KEY_TEXT;
    key[NAME].out = &v->name;
    key[PORT].out = &v->port;
    key[KIND].type = ECP_KEY_WORD;
    key[KIND].out = &v->kind;
    key[KIND].words = ecp_stimulus_words;
}

static enum ecp_status check_keys(const struct ecp_key *key, int kind)
{
    char text[ECP_ALLOWED_LENGTH];
    const char *names[KEYS];
    size_t n = 0;
    for (int k = 0; k < KEYS; k++)
        if (k < RATE || (taken[kind] & 1u << k))
            names[n++] = key[k].name;
    for (int k = RATE; k < KEYS; k++)
        if (key[k].node && !(taken[kind] & 1u << k))
            return ecp_node_refuse(key[k].node, "found in a stimulus of kind %s; %s",
                                   ecp_stimulus_words[kind], ecp_allowed(text, NULL, names, n));
    return ECP_OK;
}

/* ---- parts -------------------------------------------------------------- */

static enum ecp_status read_switches(struct ecp_reader *reader, const struct ecp_node *node,
                                     const char *unit, struct ecp_plan_stimulus *s)
{
    enum ecp_status status = ecp_expect_list(node);
    if (status != ECP_OK)
        return status;
    double *time = ecp_arena_array(reader->plan->arena, node->n_children, sizeof *time);
    double *value = ecp_arena_array(reader->plan->arena, node->n_children, sizeof *value);
    if (!time || !value)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    size_t n = 0;
    for (const struct ecp_node *step = node->child; step; step = step->next) {
        if (step->kind != ECP_NODE_LIST || step->n_children != 2)
            return ecp_node_wrong(step, "(time, value), as (\"200 ms\", 1000.0)");
        ECP_TRY(ecp_read_number(reader, step->child, "ms", &time[n]));
        ECP_TRY(ecp_read_number(reader, step->child->next, unit, &value[n]));
        if (time[n] < 0 || (n > 0 && time[n] <= time[n - 1]))
            return ecp_node_wrong(step->child, "ascending times, from 0 ms on");
        n++;
    }
    s->n_switches = n;
    s->switch_time = time;
    s->switch_value = value;
done:
    return status;
}

/* What a config spells out fits into memory; more comes from a file. */
static const size_t most_events = (size_t)1 << 26;

/* Without `neurons`, every time is for every neuron. */
static enum ecp_status times_for_all(struct ecp_reader *reader, const struct ecp_node *node,
                                     const double *times, size_t n, struct ecp_plan_stimulus *s)
{
    const size_t count = s->target.count;
    if (n > 0 && count > most_events / n)
        return ecp_node_refuse(node, "found %zu times for each of %zu neurons; allowed: %zu in all",
                               n, count, most_events);
    double *time = ecp_arena_array(reader->plan->arena, n * count, sizeof *time);
    ecp_lid *target = ecp_arena_array(reader->plan->arena, n * count, sizeof *target);
    if (!time || !target)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu spikes", n * count);
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < count; j++) {
            time[k * count + j] = times[k];
            target[k * count + j] = (ecp_lid)j;
        }
    s->n_events = n * count;
    s->event_time = time;
    s->event_target = target;
    return ECP_OK;
}

static enum ecp_status read_times(struct ecp_reader *reader, const struct ecp_key *key,
                                  struct ecp_plan_stimulus *s)
{
    size_t n, n_neurons;
    double *times;
    ecp_lid *neurons;
    enum ecp_status status = ecp_read_numbers(reader, key[TIMES].node, "ms", &n, &times);
    if (status != ECP_OK)
        return status;
    if (!key[NEURONS].node)
        return times_for_all(reader, key[TIMES].node, times, n, s);
    status = ecp_read_indices(reader, key[NEURONS].node, &n_neurons, &neurons);
    if (status != ECP_OK)
        return status;
    if (n_neurons != n)
        return ecp_node_refuse(key[NEURONS].node,
                               "found %zu neurons and %zu times; allowed: as "
                               "many of both",
                               n_neurons, n);
    s->n_events = n;
    s->event_time = times;
    s->event_target = neurons;
    return ECP_OK;
}

static enum ecp_status read_events(struct ecp_reader *reader, const struct ecp_key *key,
                                   struct ecp_plan_stimulus *s)
{
    s->events_file = NULL;
    if (key[TIMES].node && key[FILE_NAME].node)
        return ecp_node_refuse(key[FILE_NAME].node, "found beside times; allowed: one of the two");
    if (key[NEURONS].node && !key[TIMES].node)
        return ecp_node_refuse(key[NEURONS].node, "found without times; allowed: with times");
    if (key[TIMES].node)
        return read_times(reader, key, s);
    enum ecp_status status = ecp_read_path(reader, key[FILE_NAME].node, &s->events_file);
    if (status != ECP_OK)
        return status;
    status = ecp_input_spikes(reader->plan, s->events_file, &s->n_events, &s->event_target,
                              &s->event_time);
    return ecp_node_refuse_again(key[FILE_NAME].node, status);
}

static enum ecp_status read_weight(struct ecp_reader *reader, const struct ecp_key *key,
                                   struct ecp_plan_stimulus *s)
{
    const struct ecp_plan_population *target = reader->plan->population[s->target.population];
    const struct ecp_node *said = key[PORT].node     ? key[PORT].node
                                  : key[TARGET].node ? key[TARGET].node
                                                     : key[NAME].node;
    char path[ECP_KEY_LENGTH];
    int port, negative;
    enum ecp_status status = ecp_plan_find_port(target, s->port_name, &said->place,
                                                ecp_node_key(said, path), &port, &negative);
    if (status != ECP_OK || !key[WEIGHT].node)
        return status;
    const int at = ecp_field_of_kind(target->model->fields, ECP_INPUT, (size_t)port);
    return ecp_read_field_number(reader, key[WEIGHT].node, &target->model->fields[at], &s->weight);
}

static enum ecp_status apply(struct ecp_reader *reader, const struct ecp_key *key,
                             const struct values *v, struct ecp_plan_stimulus *s)
{
    enum ecp_status status = ECP_OK;
    const int is_rate = s->kind == ECP_STIMULUS_POISSON;
    const struct ecp_node *level = key[is_rate ? RATE : AMPLITUDE].node;
    s->start = v->start;
    s->stop = v->stop;
    s->delay = v->delay;
    s->port_name = v->port;
    s->mean = v->mean;
    s->sd = v->sd;
    s->tau = v->tau;
    if (key[SUBSET].node)
        ECP_TRY(ecp_read_subset(reader, key[SUBSET].node, &s->target));
    if (level)
        ECP_TRY(ecp_read_value(reader, level, is_rate ? "Hz" : "pA", &s->level));
    if (level && is_rate && s->level.kind == ECP_DRAW_CONSTANT && s->level.a < 0)
        return ecp_node_refuse(level, "found %g Hz; allowed: 0 Hz or more", s->level.a);
    if (key[SWITCHES].node)
        ECP_TRY(read_switches(reader, key[SWITCHES].node, is_rate ? "Hz" : "pA", s));
    if (key[TIMES].node || key[FILE_NAME].node || key[NEURONS].node)
        ECP_TRY(read_events(reader, key, s));
    if (s->kind == ECP_STIMULUS_POISSON || s->kind == ECP_STIMULUS_SPIKES)
        ECP_TRY(read_weight(reader, key, s));
done:
    return status;
}

/* ---- one element -------------------------------------------------------- */

/* A new stimulus needs its numbers; there are no natural defaults. */
static enum ecp_status check_needed(const struct ecp_node *node, const struct ecp_key *key,
                                    int kind)
{
    if (!key[TARGET].node)
        return ecp_refuse_missing(node, "target", "a population, a list of them, or \"*\"");
    if (kind == ECP_STIMULUS_POISSON && !key[RATE].node && !key[SWITCHES].node)
        return ecp_refuse_missing(node, "rate", "a value in Hz, or switches");
    if (kind == ECP_STIMULUS_CURRENT && !key[AMPLITUDE].node && !key[SWITCHES].node)
        return ecp_refuse_missing(node, "amplitude", "a value in pA, or switches");
    if (kind == ECP_STIMULUS_SPIKES && !key[TIMES].node && !key[FILE_NAME].node)
        return ecp_refuse_missing(node, "times", "a list of times in ms, or a file");
    if (kind == ECP_STIMULUS_NOISE && !key[SD].node)
        return ecp_refuse_missing(node, "sd", "a number in pA");
    if (kind == ECP_STIMULUS_NOISE && !key[TAU].node)
        return ecp_refuse_missing(node, "tau", "a number in ms");
    if (kind <= ECP_STIMULUS_SPIKES && !key[WEIGHT].node)
        return ecp_refuse_missing(node, "weight", "a number, or text with a unit");
    return ECP_OK;
}

static enum ecp_status add_all(struct ecp_reader *reader, const struct ecp_node *node,
                               const struct ecp_key *key, const struct values *v)
{
    size_t n = 0;
    int *target = NULL;
    enum ecp_status status;
    ECP_TRY(check_needed(node, key, v->kind));
    ECP_TRY(ecp_read_populations(reader, key[TARGET].node, 1, &n, &target));
    for (size_t k = 0; k < n; k++) {
        const char *population = reader->plan->population[target[k]]->name;
        struct ecp_plan_stimulus *s = NULL;
        ECP_TRY(
            ecp_plan_add_stimulus(reader->plan, (enum ecp_stimulus_kind)v->kind, population, &s));
        s->place = ecp_reader_place(reader, node);
        if (v->name)
            s->name = n > 1 ? ecp_plan_printf(reader->plan, "%s_%s", v->name, population) : v->name;
        ECP_TRY(apply(reader, key, v, s));
        ECP_TRY(ecp_plan_complete_names(reader->plan));
    }
done:
    return status;
}

static enum ecp_status change(struct ecp_reader *reader, const struct ecp_node *node,
                              struct ecp_key *key, struct ecp_plan_stimulus *s)
{
    struct values v = {.kind = (int)s->kind,
                       .start = s->start,
                       .stop = s->stop,
                       .delay = s->delay,
                       .mean = s->mean,
                       .sd = s->sd,
                       .tau = s->tau,
                       .port = s->port_name};
    enum ecp_status status;
    table(key, &v);
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    if (v.kind != (int)s->kind)
        return ecp_node_refuse(key[KIND].node, "found for a stimulus of kind %s; allowed: %s",
                               ecp_stimulus_words[s->kind], ecp_stimulus_words[s->kind]);
    ECP_TRY(check_keys(key, v.kind));
    ECP_TRY(apply(reader, key, &v, s));
done:
    return status;
}

static enum ecp_status read_stimulus(struct ecp_reader *reader, const struct ecp_node *node)
{
    enum ecp_status status;
    struct ecp_key key[KEYS];
    struct values v = {.stop = INFINITY};
    ECP_TRY(ecp_expect_group(node));
    table(key, &v);
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    const int at = v.name ? ecp_plan_stimulus_index(reader->plan, v.name) : -1;
    if (at >= 0 && (size_t)at < reader->given_stimuli && !key[TARGET].node)
        return change(reader, node, key, reader->plan->stimulus[at]);
    if (v.name && !key[TARGET].node && (ecp_is_typed(node) || reader->scenario))
        return ecp_refuse_no_stimulus(reader->plan, key[NAME].node, v.name);
    if (!key[KIND].node)
        return ecp_refuse_missing(node, "kind", "poisson, spikes, current, noise");
    ECP_TRY(check_keys(key, v.kind));
    ECP_TRY(add_all(reader, node, key, &v));
done:
    return status;
}

enum ecp_status ecp_reader_stimuli(struct ecp_reader *reader, const struct ecp_node *node)
{
    enum ecp_status status = ecp_expect_list(node);
    for (const struct ecp_node *s = node->child; s && status == ECP_OK; s = s->next)
        status = read_stimulus(reader, s);
    return status;
}
