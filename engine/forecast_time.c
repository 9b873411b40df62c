/* Time that a run will take, from what neurons, spikes and synapses cost.
 *
 * Nanoseconds of one thread with AVX-512 (bench/README.md: Neuron models, Plastic
 * synapses, Ranks). A rule or a model that is not listed takes the mean of such. */
#include <math.h>
#include <string.h>

#include "engine/forecast_private.h"

struct price {
    const char *name, *scheme; /* NULL: any, the default first */
    double ns;
};

static const struct price neuron_price[] = {{"lif", NULL, 0.27},
                                            {"lif_exp", NULL, 0.39},
                                            {"lif_alpha", NULL, 0.65},
                                            {"lif_delta", NULL, 0.22},
                                            {"lif_cond_exp", NULL, 1.0},
                                            {"lif_cond_alpha", NULL, 1.3},
                                            {"lif_sfa", NULL, 1.4},
                                            {"lif_nmda", "euler", 0.73},
                                            {"lif_nmda", NULL, 1.5},
                                            {"lif_exp_ports", NULL, 1.4},
                                            {"lif_cond_ports", NULL, 2.5},
                                            {"parrot", NULL, 0.07},
                                            {"spike_source", NULL, 0.07},
                                            {"poisson", NULL, 0.84},
                                            {"poisson_modulated", NULL, 1.2},
                                            {"poisson_signal", NULL, 0.69},
                                            {"gamma", NULL, 0.56},
                                            {"mat2", NULL, 0.58},
                                            {"hh", "exponential_euler", 11},
                                            {"hh", NULL, 21},
                                            {"hh_traub", "exponential_euler", 11},
                                            {"hh_traub", NULL, 15},
                                            {"lca", NULL, 0.22},
                                            {"lif_noise", NULL, 0.41},
                                            {"izhikevich", "rk4", 1.1},
                                            {"izhikevich", NULL, 0.55},
                                            {"adex", NULL, 6.3},
                                            {"adex_alpha", NULL, 7},
                                            {"adex_psc", NULL, 6},
                                            {"lif_homeostatic", NULL, 0.83},
                                            {"astrocyte_lr", NULL, 4.8},
                                            {"astrocyte_gchi", NULL, 12},
                                            {NULL, NULL, 1.5}};

/* A synaptic event, with what the target's spikes bring. */
static const struct price rule_price[] = {
    {"stdp", NULL, 4.4},       {"stdp_power", NULL, 6.2},   {"stdp_nearest", NULL, 10},
    {"stdp_triplet", NULL, 5}, {"istdp", NULL, 4.5},        {"tsodyks_markram", NULL, 1.4},
    {"clopath", NULL, 14},     {"scaling", NULL, 6.5},      {"normalise", NULL, 18},
    {"zenke", NULL, 20},       {"stdp_dopamine", NULL, 73}, {"reward", NULL, 118},
    {"stc", NULL, 100},        {"calcium", NULL, 2500},     {"structural", NULL, 1.5},
    {NULL, NULL, 10}};

static const struct {
    double step, population; /* a worker's step; and of each population */
    double neuron, port;     /* besides the model: input, refractory counts; each port */
    double drive;            /* Poisson counts of a neuron and step */
    double current;          /* other stimuli of it */
    double spike;            /* that a neuron fires */
    double hearing;          /* a spike that finds a row */
    double visit, event;     /* a piece; a synapse of it */
    double full;             /* times that, in full precision */
    double word, letter;     /* written to other ranks */
    double reading;          /* a word that is for this rank */
    double exact_event;      /* in the exact mode */
    double junction;         /* a way of a gap junction and step */
    double tick;             /* a synapse and step of rules that see all at every step */
    double rkf45;            /* a neuron and step of the reference integrator */
    double synapse, drawn;   /* built; besides for a drawn weight, and delay */
    double law, begin;       /* a table of such a law; to begin with */
    double numbered, source; /* where sources have numbers: of a synapse, and of each neuron */
    double spread; /* of a synapse, each time that the table of counts doubles beyond a page */
} ns = {.step = 400,
        .population = 150,
        .neuron = 0.1,
        .port = 0.1,
        .drive = 0.45,
        .current = 0.2,
        .spike = 100,
        .hearing = 40,
        .visit = 33,
        .event = 0.85,
        .full = 2,
        .word = 4,
        .letter = 10,
        .reading = 15,
        .exact_event = 250,
        .junction = 1.7,
        .tick = 0.6,
        .rkf45 = 2000,
        .synapse = 35,
        .drawn = 10,
        .law = 2e5,
        .begin = 4e6,
        .numbered = 100,
        .source = 3,
        .spread = 8};

static double price_of(const struct price *list, const char *name, const char *scheme)
{
    for (; list->name; list++)
        if (strcmp(list->name, name) == 0 &&
            (!list->scheme || (scheme && strcmp(list->scheme, scheme) == 0)))
            return list->ns;
    return list->ns;
}

/* One neuron's step. */
static double neuron_ns(const struct ecp_plan *plan, size_t p)
{
    const struct ecp_plan_population *population = plan->population[p];
    size_t ports = 0;
    while (ecp_field_of_kind(population->model->fields, ECP_INPUT, ports) >= 0)
        ports++;
    double sum = ns.neuron + ns.port * (double)ports;
    if (population->scheme && strcmp(population->scheme, "gsl_rkf45") == 0)
        sum += ns.rkf45;
    else
        sum += price_of(neuron_price, population->model_name, population->scheme);
    for (size_t k = 0; k < plan->n_stimuli; k++) {
        const struct ecp_plan_stimulus *s = plan->stimulus[k];
        if (s->target.population != (int)p || population->size == 0)
            continue;
        const double share = (double)s->target.count / (double)population->size;
        sum += share * (s->kind == ECP_STIMULUS_POISSON ? ns.drive : ns.current);
    }
    return sum;
}

/* Nanoseconds of all synapses of a projection in the whole run. */
static double projection_ns(const struct ecp_foresight *f, size_t k)
{
    const struct ecp_plan_projection *p = f->plan->projection[k];
    const double events = f->synapses[k] * f->rate_hz[p->source] * f->seconds;
    const int is_full = p->precision == ECP_PRECISION_FULL || sizeof(ecp_real) > 4;
    if (f->plan->time == ECP_TIME_EXACT)
        return events * ns.exact_event;
    if (!ecp_forecast_is_plastic(p))
        return events * ns.event * (is_full ? ns.full : 1);
    double sum = 0;
    if (p->plasticity)
        sum += events * price_of(rule_price, p->plasticity->name, NULL);
    if (p->short_term)
        sum += events * price_of(rule_price, p->short_term->name, NULL);
    if (p->plasticity && p->plasticity->tick)
        sum += f->synapses[k] * f->steps * ns.tick;
    return sum;
}

double ecp_forecast_run_s(const struct ecp_foresight *f, const struct ecp_row_need *rows,
                          const struct ecp_letter_need *letters)
{
    const struct ecp_plan *plan = f->plan;
    double shared = 0, each = f->steps * ns.step, spikes = 0; /* shared by all workers */
    for (size_t p = 0; p < plan->n_populations; p++) {
        const double size = (double)plan->population[p]->size;
        if (plan->time != ECP_TIME_EXACT)
            shared += size * f->steps * neuron_ns(plan, p);
        each += f->steps * ns.population;
        spikes += size * f->rate_hz[p] * f->seconds;
    }
    shared += spikes * ns.spike;
    for (size_t k = 0; k < plan->n_projections; k++)
        shared += projection_ns(f, k);
    for (size_t k = 0; k < plan->n_gaps; k++)
        shared += ecp_forecast_junctions(plan, k) * f->steps * ns.junction;
    each += f->seconds * (rows->hearings * ns.hearing + rows->visits * ns.visit);
    each += f->seconds *
            (letters->words * ns.word + letters->letters * ns.letter + letters->heard * ns.reading);
    return (shared / f->workers + each) * 1e-9;
}

double ecp_forecast_build_s(const struct ecp_foresight *f, const struct ecp_row_need *rows)
{
    const double page = ecp_forecast_pages(1), table = fmax(rows->passing / page, 1);
    const double counting = rows->numbered ? ns.numbered : ns.spread * log2(table);
    double sum = 0, each = ns.begin;
    for (size_t k = 0; k < f->plan->n_projections; k++) {
        const struct ecp_plan_projection *p = f->plan->projection[k];
        const int drawn =
            (p->weight.kind != ECP_DRAW_CONSTANT) + (p->delay.kind != ECP_DRAW_CONSTANT);
        sum += f->synapses[k] * (ns.synapse + drawn * ns.drawn + counting);
        each += drawn * ns.law;
    }
    if (rows->numbered)
        each += (double)f->plan->n_neurons * ns.source;
    for (size_t k = 0; k < f->plan->n_gaps; k++)
        sum += ecp_forecast_junctions(f->plan, k) * ns.synapse;
    return (sum / f->workers + each) * 1e-9;
}
