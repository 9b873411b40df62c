/* plasticity.c -- nanoseconds for a synaptic event of every registered plasticity
 * rule, beside static delivery of the same network: ./dev bench plasticity.
 *
 * 2,000 Poisson sources, 2,000 targets with 2,000 synapses each. A target fires 7.3 ms
 * after the source of its own number, by a kick that is so strong that synapses
 * make no difference: all rules get the same spikes, at one rate on both sides.
 * Three networks, without synapses, with static ones and with plastic ones,
 * stand side by side and are run in turn; the first one's time is taken off the
 * others' (the price of a rule is all that it adds: visits, traces of targets, its
 * clock). A round is a second of model time in parts; the best of each part counts.
 * Rules that see all synapses in every step get a network of 1/40.
 * Arguments: largest number of threads (2), one rule. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench/bench.h"
#include "engine/machine.h"

enum { NEURONS = 2000, INDEGREE = 2000, SMALLER = 40, ASTROCYTES = 20 };
enum { ROUNDS = 3, PARTS = 5, RATES = 3, VALUES = 2, LABEL = 48 };

static const double dt = 0.1, settle_ms = 1000, round_ms = 1000, delay_ms = 6;
static const double rate[RATES] = {3, 10, 30}; /* Hz, of sources and of targets */
static const double most_seconds = 0.5;        /* of a round: dear rules get shorter ones */

/* A rule, some of its parameters set. */
struct variant {
    const struct ecp_plasticity *rule; /* NULL: static */
    char label[LABEL];
    size_t n;
    int field[VALUES];
    double value[VALUES];
};

enum side { BARE, STATIC, PLASTIC, SIDES };

struct bed {
    struct ecp_plan *plan;
    struct ecp_network *network;
    double seconds[PARTS], events[PARTS]; /* of the best round for each part */
};

/* ---- networks -------------------------------------------------------------- */

static double initial_of(const struct ecp_plasticity *rule, const char *field, double otherwise)
{
    const int f = rule ? ecp_field_find(rule->fields, field) : -1;
    return f >= 0 ? rule->fields[f].initial : otherwise;
}

static enum ecp_status add_populations(struct ecp_plan *plan, int divisor)
{
    /* A kick lifts v far above v_th; it then falls from -40 mV within some steps, so
     * that rules which look at v see a spike. */
    static const struct {
        const char *field;
        double value;
    } value[] = {{"tau_m", 2},  {"tau_syn_ex", 0.01}, {"tau_syn_in", 0.01}, {"e_l", -70},
                 {"v_th", -39}, {"v_reset", -40},     {"t_ref", 0},         {"v", -70}};
    const size_t n = NEURONS / (size_t)divisor;
    struct ecp_plan_population *p;
    struct ecp_plan_projection *kick;
    enum ecp_status status;
    ECP_TRY(ecp_plan_add_population(plan, "in", "poisson", n, &p));
    ECP_TRY(ecp_plan_add_population(plan, "out", "lif_exp", n, &p));
    for (size_t k = 0; k < sizeof value / sizeof *value; k++)
        ECP_TRY(ecp_population_set(p, value[k].field, value[k].value));
    ECP_TRY(ecp_plan_add_projection(plan, "in", "out", ECP_RULE_ONE_TO_ONE, &kick));
    kick->name = "kick";
    kick->weight = ecp_draw_constant(9e6);
    kick->delay = ecp_draw_constant(7.3);
    kick->port_name = "ex";
    ECP_TRY(ecp_plan_add_population(plan, "modulator", "poisson", 1, &p));
    ECP_TRY(ecp_population_set(p, "rate", 5));
done:
    return status;
}

static enum ecp_status add_astrocytes(struct ecp_plan *plan)
{
    struct ecp_plan_population *p;
    struct ecp_plan_third *third;
    enum ecp_status status;
    ECP_TRY(ecp_plan_add_population(plan, "astrocytes", "astrocyte_lr", ASTROCYTES, &p));
    ECP_TRY(ecp_population_set(p, "ip3", 0.6));
    ECP_TRY(ecp_population_set(p, "ca", 0.3));
    ECP_TRY(ecp_plan_add_third(plan, NULL, "synapses", "astrocytes", &third));
    third->probability = 1;
    third->pool_size = 1;
done:
    return status;
}

static enum ecp_status set_rule(struct ecp_plan *plan, struct ecp_plan_projection *p,
                                const struct variant *variant, double top)
{
    const struct ecp_plasticity *rule = variant->rule;
    enum ecp_status status;
    ECP_TRY(ecp_plan_plasticity(plan, p, rule->name));
    if (initial_of(rule, "a_plus", 1) == 0 && initial_of(rule, "a_minus", 1) == 0) {
        ECP_TRY(ecp_projection_set(p, "a_plus", 0.001 * top));
        ECP_TRY(ecp_projection_set(p, "a_minus", 0.0012 * top));
    }
    for (size_t k = 0; k < variant->n; k++)
        p->plasticity_param[variant->field[k]] = variant->value[k];
    if (rule->needs_modulator) {
        p->modulator = ecp_plan_population_index(plan, "modulator");
        p->modulator_delay = delay_ms;
    }
    if (ecp_reads_third(rule, p->plasticity_param))
        ECP_TRY(add_astrocytes(plan));
done:
    return status;
}

static enum ecp_status make_plan(enum side side, const struct variant *variant, int divisor,
                                 struct ecp_plan *plan)
{
    struct ecp_plan_projection *p;
    struct ecp_plan_phase *phase;
    enum ecp_status status;
    plan->dt = dt;
    plan->seed = 1;
    ECP_TRY(add_populations(plan, divisor));
    if (side != BARE) {
        const double w_max = initial_of(variant->rule, "w_max", 100);
        const double top = w_max > 1e4 ? 100 : w_max;
        ECP_TRY(ecp_plan_add_projection(plan, "in", "out", ECP_RULE_FIXED_INDEGREE, &p));
        p->name = "synapses";
        p->number = INDEGREE;
        p->weight = (struct ecp_draw){.kind = ECP_DRAW_UNIFORM, .a = 0.3 * top, .b = 0.8 * top};
        p->delay = ecp_draw_constant(delay_ms);
        p->port_name = "in"; /* not the one of the kicks */
        if (side == PLASTIC && variant->rule->structure)
            p->weight = ecp_draw_constant(0.5 * top);
        if (side == PLASTIC)
            ECP_TRY(set_rule(plan, p, variant, top));
    }
    ECP_TRY(ecp_plan_add_phase(plan, "run", 1e9, 0, &phase));
    ECP_TRY(ecp_plan_check(plan));
done:
    return status;
}

static void clear_bed(struct bed *bed)
{
    ecp_network_destroy(bed->network);
    ecp_plan_destroy(bed->plan);
    *bed = (struct bed){0};
}

static enum ecp_status init_bed(struct bed *bed, enum side side, const struct variant *variant,
                                int threads)
{
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    const int divisor = variant->rule && variant->rule->tick ? SMALLER : 1;
    enum ecp_status status;
    *bed = (struct bed){0};
    ECP_TRY(ecp_plan_create(&bed->plan));
    ECP_TRY(make_plan(side, variant, divisor, bed->plan));
    ECP_TRY(ecp_network_create(bed->plan, &options, &bed->network));
done:
    if (status != ECP_OK)
        clear_bed(bed);
    return status;
}

/* ---- running ---------------------------------------------------------------- */

static double events_of(const struct ecp_network *network)
{
    double events = 0;
    for (int w = 0; w < network->n_workers; w++)
        events += (double)network->worker[w].n_events;
    return events;
}

static enum ecp_status set_rate(struct ecp_network *network, double hz)
{
    const int source = ecp_plan_population_index(network->plan, "in");
    const int field = ecp_field_find(network->population[source].model->fields, "rate");
    return ecp_population_change(network, source, field, hz);
}

/* Of the calling thread: what other programs take of its core does not count. */
static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Seconds, of all threads, that `ms` of model time take; negative: a worker failed. */
static double advance(struct ecp_network *network, double ms)
{
    const ecp_step from = network->now, to = from + (ecp_step)llround(ms / dt);
    double seconds = 0;
    int failed = 0;
#pragma omp parallel num_threads(network->n_workers) reduction(+ : seconds) reduction(| : failed)
    {
        struct ecp_worker *worker = &network->worker[omp_get_thread_num()];
        const double begin = cpu_seconds();
        ecp_worker_run(worker, from, to);
        seconds += cpu_seconds() - begin;
        failed |= worker->status != ECP_OK;
    }
    network->epoch += (to - from + network->epoch_steps - 1) / network->epoch_steps;
    network->now = to;
    return failed ? -1 : seconds;
}

static enum ecp_status run_part(struct bed *bed, double ms, int part, int first)
{
    const double before = events_of(bed->network);
    const double seconds = advance(bed->network, ms);
    if (seconds < 0)
        return ecp_fail(ECP_ENUMERIC, "a worker failed");
    if (!first && seconds > bed->seconds[part])
        return ECP_OK;
    bed->seconds[part] = seconds;
    bed->events[part] = events_of(bed->network) - before;
    return ECP_OK;
}

/* All sides in turn, at one rate. */
static enum ecp_status run_rounds(struct bed *const bed[SIDES], double hz)
{
    const double settle = settle_ms * rate[0] / hz;
    double ms = hz > 15 ? round_ms / 2 : round_ms;
    enum ecp_status status;
    for (int s = 0; s < SIDES; s++) {
        ECP_TRY(set_rate(bed[s]->network, hz));
        const double taken = advance(bed[s]->network, settle);
        ms = fmin(ms, settle * most_seconds / taken);
    }
    ms = ceil(fmax(ms, 20) / PARTS);
    for (int k = 0; k < ROUNDS * PARTS; k++)
        for (int s = 0; s < SIDES; s++)
            ECP_TRY(run_part(bed[s], ms, k % PARTS, k < PARTS));
done:
    return status;
}

/* Nanoseconds of an event and thread, beyond those of the bare network. */
static double ns_of(const struct bed *bed, const struct bed *bare)
{
    double seconds = 0, events = 0;
    for (int k = 0; k < PARTS; k++) {
        seconds += bed->seconds[k] - bare->seconds[k];
        events += bed->events[k] - bare->events[k];
    }
    return 1e9 * seconds / events;
}

/* ---- rules and their variants ------------------------------------------------- */

struct cost {
    double ns[RATES], still[RATES]; /* of an event and thread; static: still */
    double bytes;
};

static void print(const struct variant *variant, int threads, const struct cost *c)
{
    printf("%-16s  %-22s  %7d", variant->rule->name, variant->label[0] ? variant->label : "-",
           threads);
    for (int r = 0; r < RATES; r++)
        printf("  %8.2f", c->ns[r]);
    for (int r = 0; r < RATES; r++)
        printf("  %8.2f", c->still[r]);
    for (int r = 0; r < RATES; r++)
        printf("  %8.2f", c->ns[r] / c->still[r]);
    printf("  %7.2f\n", c->bytes);
    (void)fflush(stdout);
}

/* Beds of the first two sides are there, unless this rule needs smaller ones. */
static enum ecp_status bench_variant(const struct variant *variant, struct bed *shared, int threads)
{
    struct bed own[SIDES] = {{0}}, *bed[SIDES] = {&shared[BARE], &shared[STATIC], &own[PLASTIC]};
    struct cost c;
    enum ecp_status status = ECP_OK;
    for (int s = variant->rule->tick ? BARE : PLASTIC; s < SIDES; s++) {
        bed[s] = &own[s];
        ECP_TRY(init_bed(bed[s], (enum side)s, variant, threads));
    }
    c.bytes = ecp_network_facts(bed[PLASTIC]->network).bytes_per_synapse;
    for (int r = 0; r < RATES; r++) {
        ECP_TRY(run_rounds(bed, rate[r]));
        c.still[r] = ns_of(bed[STATIC], bed[BARE]);
        c.ns[r] = ns_of(bed[PLASTIC], bed[BARE]);
    }
    print(variant, threads, &c);
done:
    for (int s = 0; s < SIDES; s++)
        clear_bed(&own[s]);
    return status;
}

/* The length of the k-th word of `words` and where it begins; 0: there is none. */
static int word_at(const char *words, int k, const char **begin)
{
    for (; k > 0 && *words; k--)
        words += strcspn(words, " ") + (words[strcspn(words, " ")] == ' ');
    *begin = words;
    return (int)strcspn(words, " ");
}

/* Other words than the default's, one at a time. */
static enum ecp_status bench_choices(const struct ecp_plasticity *rule, struct bed *shared,
                                     int threads)
{
    const char *word;
    int n;
    for (const struct ecp_choice *c = rule->choices; c && c->field; c++)
        for (int k = 0; (n = word_at(c->words, k, &word)) > 0; k++) {
            struct variant variant = {.rule = rule, .n = 1, .value = {k}};
            variant.field[0] = ecp_field_find(rule->fields, c->field);
            if (k == (int)rule->fields[variant.field[0]].initial)
                continue;
            (void)snprintf(variant.label, sizeof variant.label, "%s %.*s", c->field, n, word);
            const enum ecp_status status = bench_variant(&variant, shared, threads);
            if (status != ECP_OK)
                return status;
        }
    return ECP_OK;
}

/* Weight dependence: none (additive), and one that needs a power. */
static enum ecp_status bench_exponents(const struct ecp_plasticity *rule, struct bed *shared,
                                       int threads)
{
    static const double exponent[] = {0, 0.4};
    const int plus = ecp_field_find(rule->fields, "mu_plus");
    const int minus = ecp_field_find(rule->fields, "mu_minus");
    enum ecp_status status = ECP_OK;
    for (int k = 0; k < 2 && plus >= 0 && minus >= 0; k++) {
        struct variant variant = {rule, "", 2, {plus, minus}, {exponent[k], exponent[k]}};
        (void)snprintf(variant.label, sizeof variant.label, k ? "mu %g" : "mu %g (additive)",
                       exponent[k]);
        ECP_TRY(bench_variant(&variant, shared, threads));
    }
done:
    return status;
}

static enum ecp_status bench_rule(const struct ecp_plasticity *rule, struct bed *shared,
                                  int threads)
{
    const struct variant plain = {.rule = rule};
    enum ecp_status status;
    ECP_TRY(bench_variant(&plain, shared, threads));
    ECP_TRY(bench_exponents(rule, shared, threads));
    if (!rule->structure) /* its choices are curves of growth */
        ECP_TRY(bench_choices(rule, shared, threads));
done:
    return status;
}

static int bench_rules(int threads, const char *only)
{
    const struct ecp_plasticity *const *rules = ecp_plasticity_rules(ecp_isa_best());
    const struct variant none = {0};
    struct bed shared[SIDES] = {{0}};
    enum ecp_status status;
    int failed = 0;
    ECP_TRY(init_bed(&shared[BARE], BARE, &none, threads));
    ECP_TRY(init_bed(&shared[STATIC], STATIC, &none, threads));
    for (size_t k = 0; rules[k]; k++) {
        if ((only && strcmp(only, rules[k]->name) != 0) ||
            bench_rule(rules[k], shared, threads) == ECP_OK)
            continue;
        (void)fprintf(stderr, "plasticity: %s: %s\n", rules[k]->name, ecp_error_message());
        ecp_error_clear();
        failed = 1;
    }
done:
    if (status != ECP_OK)
        (void)fprintf(stderr, "plasticity: %s\n", ecp_error_message());
    clear_bed(&shared[BARE]);
    clear_bed(&shared[STATIC]);
    return failed || status != ECP_OK;
}

int main(int argc, char **argv)
{
    const int most = (int)bench_argument(argc, argv, 1, 2);
    int failed = 0;
    printf("%-16s  %-22s  %7s", "rule", "variant", "threads");
    for (int part = 0; part < 3; part++)
        for (int r = 0; r < RATES; r++)
            printf("  %2.0f Hz %s", rate[r], part == 0 ? "ns" : part == 1 ? "st" : "x ");
    printf("  %7s\n", "bytes");
    for (int threads = 1; threads <= most; threads++)
        failed |= bench_rules(threads, argc > 2 ? argv[2] : NULL);
    return failed;
}
