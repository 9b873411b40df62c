/* verify_structural_weights.c -- synapses that come and go while a rule changes their
 * weights: against a network that is gone through step by step, synapse by synapse, with
 * sums over pairs of spikes (stdp) or the equations of calcium, tags and proteins (stc). */
#include "tests/verify/structural_case.h"

enum { SOURCES = 14, TARGETS = 9, UPDATES = 60, EACH = 40, STEPS = UPDATES * EACH, MOST = 2000 };

static const double dt = 0.5;
static const int is_double = sizeof(ecp_real) == sizeof(double);

/* ---- the network ------------------------------------------------------------------ */

struct weights_case {
    const char *rule;
    const struct setting *settings;
    double weight;
    int multapses, threads;
};

static const struct setting stdp[] = {
    {"lambda", 0.03}, {"alpha", 1.1}, {"w_max", 100}, {"tau_plus", 17}, {NULL, 0}};
static const struct setting stc[] = {
    {"sigma", 0},     {"tau_h", 20000}, {"gamma_p", 200},    {"gamma_d", 60},  {"relax", 2},
    {"theta_p", 1.6}, {"theta_d", 0.9}, {"theta_tag", 0.3},  {"theta_pro", 3}, {"tau_p", 200},
    {"tau_z", 300},   {"period", 50},   {"delay_pre", 18.5}, {NULL, 0}};

/* Calcium wanders about eps: much comes and goes. */
static const struct setting growth[] = {
    {"axon_nu", 0.06},       {"axon_eps", 0.15}, {"dendrite_nu", 0.05},
    {"dendrite_eps", 0.4},   {"tau_ca", 100},    {"beta_ca", 0.05},
    {"update_interval", 20}, {"axon_z", 1},      {"dendrite_z", 2},
    {"dendrite_eta", -0.1},  {NULL, 0}};

static void set_target(struct ecp_plan *plan)
{
    static const struct setting fast[] = {
        {"tau_m", 0.5}, {"tau_syn_ex", 0.002}, {"c", 1e6},   {"e_l", 0}, {"v", 0},
        {"v_th", 5},    {"v_reset", 0},        {"t_ref", 0}, {NULL, 0}};
    struct ecp_plan_population *post = add_population(plan, "B", "lif_exp", TARGETS);
    for (const struct setting *s = fast; s->field; s++)
        ECP_ASSERT_OK(ecp_population_set(post, s->field, s->value));
}

/* Targets fire when they are told to, whatever the synapses bring. */
static struct ecp_plan *weights_plan(const struct weights_case *c)
{
    struct ecp_plan *plan = new_plan(11);
    const struct ecp_draw rates = {.kind = ECP_DRAW_UNIFORM, .a = 5, .b = 60};
    plan->dt = dt;
    (void)add_population(plan, "A", "poisson", SOURCES);
    ECP_ASSERT_OK(ecp_population_set_draw(plan->population[0], "rate", rates));
    set_target(plan);
    struct ecp_plan_stimulus *drive = add_stimulus(plan, ECP_STIMULUS_POISSON, "B", 0);
    drive->level = rates;
    drive->weight = 9e9;
    drive->port_name = "ex";
    struct ecp_plan_projection *p =
        add_projection(plan, "A", "B", ECP_RULE_FIXED_TOTAL_NUMBER, c->weight);
    p->number = 30;
    p->delay = ecp_draw_constant(7); /* many are under way at an update */
    p->port_name = "in";
    p->multapses = c->multapses;
    ECP_ASSERT_OK(ecp_plan_plasticity(plan, p, c->rule));
    for (const struct setting *s = c->settings; s->field; s++)
        ECP_ASSERT_OK(ecp_projection_set(p, s->field, s->value));
    ECP_ASSERT_OK(ecp_plan_structure(plan, p, "structural"));
    for (const struct setting *s = growth; s->field; s++)
        ECP_ASSERT_OK(ecp_projection_set_structure(p, s->field, s->value));
    add_spikes(plan, "A");
    add_spikes(plan, "B");
    add_listings(plan, "A_B", EACH * dt, UPDATES + 1);
    add_structure(plan, "A_B", "created");
    (void)add_probe(plan, ECP_PROBE_FIELD, "B", "in", dt);
    (void)add_phase(plan, "run", STEPS * dt, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* ---- the same, step by step -------------------------------------------------------- */

struct naive_synapse {
    ecp_lid source, target;
    double w;       /* stdp */
    double c, h, z; /* stc */
};

struct naive {
    const struct weights_case *c;
    uint8_t arrives[STEPS + 1][SOURCES], fires[STEPS + 1][TARGETS]; /* at each stamp */
    double protein[TARGETS];
    size_t n;
    struct naive_synapse synapse[MOST];
    double sent[STEPS + 1][TARGETS];
};

static int is_stc(const struct naive *net)
{
    return strcmp(net->c->rule, "stc") == 0;
}

static double weight_of(const struct naive *net, const struct naive_synapse *s)
{
    return is_stc(net) ? fmax(s->h + 4.20075 * s->z, 0) : s->w;
}

static struct naive_synapse fresh(const struct naive *net, ecp_lid source, ecp_lid target)
{
    return (struct naive_synapse){source, target, net->c->weight, 0, net->c->weight, 0};
}

/* Every pair again at every spike; those of the same stamp are none. */
static void pair_step(struct naive *net, struct naive_synapse *s, size_t now)
{
    double sum = 0;
    if (net->arrives[now][s->source]) {
        for (size_t q = 0; q < now; q++)
            if (net->fires[q][s->target])
                sum += exp(-(double)(now - q) * dt / 20);
        s->w = fmax(s->w - 0.03 * 1.1 * s->w * sum, 0);
        net->sent[now][s->target] += s->w;
    }
    sum = 0;
    if (net->fires[now][s->target]) {
        for (size_t a = 0; a < now; a++)
            if (net->arrives[a][s->source])
                sum += exp(-(double)(now - a) * dt / 17);
        s->w = fmin(s->w + 0.03 * (100 - s->w) * sum, 100);
    }
}

/* h over x ms in which calcium crosses no threshold. */
static void relax(struct naive_synapse *s, double x)
{
    const double middle = s->c * exp(-x / 2 / 48.8);
    const double up = middle > 1.6 ? 200 : 0, down = middle > 0.9 ? 60 : 0;
    const double rate = (2 + up + down) / 20000;
    const double aim = (2 * 4.20075 + up * 10) / (2 + up + down);
    s->h = aim + (s->h - aim) * exp(-rate * x);
    s->c *= exp(-x / 48.8);
}

static void calcium_step(struct naive *net, struct naive_synapse *s, size_t now)
{
    double left = dt;
    static const double threshold[2] = {1.6, 0.9};
    for (int k = 0; k < 2; k++) {
        const double cross = s->c > threshold[k] ? 48.8 * log(s->c / threshold[k]) : INFINITY;
        if (cross > 0 && cross < left) {
            relax(s, cross);
            s->c = threshold[k] * (1 - 1e-15); /* below from here on */
            left -= cross;
        }
    }
    relax(s, left);
    if (net->arrives[now][s->source])
        net->sent[now][s->target] += weight_of(net, s);
    if (now >= 37 && net->arrives[now - 37][s->source])
        s->c += 0.6;
    if (net->fires[now][s->target])
        s->c += 0.1655;
}

/* The late phase over the 50 ms that end now, in 2000 pieces. */
static void period(struct naive *net)
{
    for (ecp_lid t = 0; t < TARGETS; t++) {
        double sum = 0, p = net->protein[t];
        for (size_t k = 0; k < net->n; k++)
            if (net->synapse[k].target == t)
                sum += fabs(net->synapse[k].h - 4.20075);
        const double aim = sum > 3 ? 1 : 0, x = 50.0 / 2000, keep = exp(-x / 200);
        for (int i = 0; i < 2000; i++) {
            const double middle = aim + (p - aim) * sqrt(keep), gain = 1 - exp(-middle * x / 300);
            for (size_t k = 0; k < net->n; k++) {
                struct naive_synapse *s = &net->synapse[k];
                if (s->target != t || fabs(s->h - 4.20075) <= 0.3)
                    continue;
                s->z += ((s->h > 4.20075 ? 1 : -0.5) - s->z) * gain;
            }
            p = aim + (p - aim) * keep;
        }
        net->protein[t] = p;
    }
}

static void go(struct naive *net, size_t from, size_t to)
{
    for (size_t now = from + 1; now <= to; now++) {
        for (size_t k = 0; k < net->n; k++)
            (is_stc(net) ? calcium_step : pair_step)(net, &net->synapse[k], now);
        if (is_stc(net) && now % 100 == 0)
            period(net);
    }
}

static void note_spikes(struct naive *net, const struct ecp_recording *r)
{
    for (int p = 0; p < 2; p++)
        for (size_t e = 0; e < r->population[p].n_events; e++) {
            const size_t stamp = (size_t)r->population[p].event[e].step + (p ? 0 : 14);
            if (stamp <= STEPS)
                (p ? net->fires[stamp] : net->arrives[stamp])[r->population[p].event[e].index] = 1;
        }
}

struct tally {
    size_t kept, made, either, wrong;
    double worst;
};

/* Those of a pair stay in their order (the connection rule draws targets in any). */
static void sort_listing(const struct ecp_recorded_weights *w, size_t *order)
{
    for (size_t k = 0; k < w->n; k++) {
        size_t at = k;
        for (; at > 0 && (w->source[order[at - 1]] > w->source[k] ||
                          (w->source[order[at - 1]] == w->source[k] &&
                           w->target[order[at - 1]] > w->target[k]));
             at--)
            order[at] = order[at - 1];
        order[at] = k;
    }
}

/* What the listing of an update makes of the synapses: those of a pair come in their
 * order; one with the weight that new ones have is new. */
static void follow(struct naive *net, const struct ecp_recorded_weights *w, struct tally *tally)
{
    static struct naive_synapse next[MOST];
    const double most = (is_double ? 3e-7 : 3e-5) * net->c->weight; /* recorded in 24 bits */
    static size_t order[MOST];
    size_t old = 0;
    CU_ASSERT_FATAL(w->n < MOST);
    sort_listing(w, order);
    for (size_t k = 0; k < w->n; k++) {
        const ecp_lid s = w->source[order[k]], t = w->target[order[k]];
        const double got = fabs((double)w->weight[order[k]]);
        struct naive_synapse *o = net->synapse;
        while (old < net->n && (o[old].source < s || (o[old].source == s && o[old].target < t)))
            old++;
        next[k] = fresh(net, s, t);
        size_t at = old;
        while (at < net->n && o[at].source == s && o[at].target == t &&
               fabs(weight_of(net, &o[at]) - got) > most)
            at++;
        const int found = at < net->n && o[at].source == s && o[at].target == t;
        if (got == (double)(ecp_real)net->c->weight) {
            tally->made += !found;
            tally->either += (size_t)found;
        } else if (found) {
            tally->kept++;
            tally->worst = fmax(tally->worst, fabs(weight_of(net, &o[at]) - got) / net->c->weight);
            next[k] = o[at];
            old = at + 1;
        } else
            tally->wrong++;
    }
    net->n = w->n;
    memcpy(net->synapse, next, w->n * sizeof *next);
}

static struct naive net;

static void check(const struct weights_case *c)
{
    struct ecp_plan *plan = weights_plan(c);
    struct ecp_network *network = ran(plan, c->threads, ecp_isa_best());
    const struct ecp_recording *r = ecp_network_recording(network);
    const struct ecp_recorded_signal *in = signal_of(network, "in_B");
    const struct ecp_recorded_signal *created = structure_of(network, "A_B", "created");
    struct tally all = {0};
    double arrivals = 0, apart = 0, late = 0;
    memset(&net, 0, sizeof net);
    net.c = c;
    note_spikes(&net, r);
    follow(&net, &r->weights[0], &all);
    CU_ASSERT(all.made == 30 && created->n_frames == UPDATES + 1 && r->n_weights == UPDATES + 1);
    for (size_t u = 1; u <= UPDATES; u++) {
        struct tally now = {0};
        go(&net, (u - 1) * EACH, u * EACH);
        follow(&net, &r->weights[u], &now);
        const double made = sample_of(created, u, 0);
        CU_ASSERT((double)now.made <= made && (double)(now.made + now.either) >= made);
        all.kept += now.kept;
        all.made += now.made;
        all.either += now.either;
        all.wrong += now.wrong;
        all.worst = fmax(all.worst, now.worst);
    }
    for (size_t n = 1; n <= STEPS; n++)
        for (size_t t = 0; t < TARGETS; t++) {
            apart = fmax(apart, fabs(fabs(sample_of(in, n, t)) - net.sent[n][t]));
            arrivals += net.sent[n][t] > 0;
        }
    for (size_t k = 0; k < net.n; k++)
        late = fmax(late, fabs(net.synapse[k].z));
    (void)printf(" %zu kept, %zu made (%zu?), %g arrivals: %.1e, %.1e;", all.kept, all.made,
                 all.either, arrivals, all.worst, apart / c->weight);
    CU_ASSERT(!is_stc(&net) || late > 0.1);
    CU_ASSERT_EQUAL(all.wrong, 0);
    CU_ASSERT(all.kept > 500 && all.made > 100 && arrivals > 300);
    CU_ASSERT(apart < (is_double ? 1e-7 : 1e-4) * c->weight);
    CU_ASSERT_EQUAL(ecp_network_facts(network).synapses, r->weights[UPDATES].n);
    finish(network, plan);
}

static void pairs(void)
{
    for (int k = 0; k < 4; k++) {
        const struct weights_case c = {
            .rule = "stdp", .settings = stdp, .weight = 40, .multapses = k % 2, .threads = k + 1};
        check(&c);
    }
}

static void tags(void)
{
    for (int k = 0; k < 4; k++) {
        const struct weights_case c = {
            .rule = "stc", .settings = stc, .weight = 5, .multapses = k % 2, .threads = k + 1};
        check(&c);
    }
}

ECP_TEST_MAIN("structural weights", {"stdp, by pairs", pairs}, {"stc, step by step", tags})
