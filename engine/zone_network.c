#include "engine/zone_network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"

enum { WIRES = 0x2700, PULSES = 0x2701 }; /* what numbers are drawn for */

static const double dt = 1.0 / ECP_ZONE_STEPS;                   /* ms */
static const double a = 0.1, b = 0.2, c = -65, d = 2, peak = 30; /* Izhikevich 2003, 1/ms, mV */
static const double e_syn = 0, k_syn = 0.2, v_silent = -10;      /* mV; below it S is 0 */
static const double i_most = 25;
static const double g_decay = 10, g_jump = 600, g_high = 0.7;                    /* 1/s */
static const double drive = 5, drive_time = 60, release_time = 250, window = 10; /* umol/L/s; ms */
static const double pulse = 30;                                                  /* ms */
enum { BUSY = 8, AT_ONCE = 6 }; /* neurons of a zone */

/* ---- making ------------------------------------------------------------------------ */

/* Distances from an exponential law, angles all alike, no neuron twice. */
static void wire(struct ecp_zone_network *w)
{
    const long side = (long)w->side;
    const size_t most = w->setup.targets;
    uint32_t *mark = w->zone; /* free until zones are set: who has j as the last source */
    size_t n = 0;
    for (size_t j = 0; j < w->n; j++) {
        struct ecp_chance chance = ecp_chance(w->setup.seed, WIRES, (uint32_t)j);
        const long row = (long)j / side, column = (long)j % side;
        w->first[j] = (uint32_t)n;
        for (size_t k = 0; k < 1000 * most && n - w->first[j] < most; k++) {
            const double r = -w->setup.reach * log(ecp_chance_uniform(&chance));
            const double angle = 2 * 3.14159265358979323846 * ecp_chance_uniform(&chance);
            const long y = row + (long)(r * cos(angle)), x = column + (long)(r * sin(angle));
            if (y < 0 || x < 0 || y >= side || x >= side || (y == row && x == column))
                continue;
            const size_t to = (size_t)(y * side + x);
            if (mark[to] == j + 1)
                continue;
            mark[to] = (uint32_t)j + 1;
            w->target[n++] = (uint32_t)to;
        }
    }
    w->first[w->n] = (uint32_t)n;
}

static void draw_pulse(struct ecp_zone_network *w, size_t j, double from)
{
    const double rate = w->setup.noise_rate / 1000;
    w->next[j] = rate > 0 ? from - log(ecp_chance_uniform(&w->chance[j])) / rate : INFINITY;
}

static void set_out(struct ecp_zone_network *w)
{
    const size_t zones = w->setup.zones;
    for (size_t j = 0; j < w->n; j++) {
        const size_t row = j / w->side / ECP_ZONE_STRIDE, column = j % w->side / ECP_ZONE_STRIDE;
        w->zone[j] = (uint32_t)((row < zones ? row : zones - 1) * zones +
                                (column < zones ? column : zones - 1));
        w->v[j] = -70;
        w->gain[j] = w->setup.g_syn;
        w->chance[j] = ecp_chance(w->setup.seed, PULSES, (uint32_t)j);
        draw_pulse(w, j, 0);
    }
    for (size_t z = 0; z < zones * zones; z++) {
        w->ca[z] = 0.072495;
        w->h[z] = 0.886314;
        w->ip3[z] = 0.820204;
        w->driven[z] = w->released[z] = w->burst[z] = -INFINITY;
    }
}

enum ecp_status ecp_zone_init(struct ecp_zone_network *w, const struct ecp_zone_setup *setup)
{
    const size_t zones = setup->zones * setup->zones;
    memset(w, 0, sizeof *w);
    w->setup = *setup;
    w->side = ECP_ZONE_STRIDE * setup->zones + 1;
    const size_t n = w->n = w->side * w->side;
    double **doubles[] = {&w->v,      &w->u,        &w->glutamate, &w->sum, &w->current, &w->noise,
                          &w->gain,   &w->until,    &w->next,      &w->ca,  &w->h,       &w->ip3,
                          &w->driven, &w->released, &w->burst,     &w->was};
    int good = 1;
    for (size_t k = 0; k < sizeof doubles / sizeof *doubles; k++) {
        *doubles[k] = ecp_array(k < 9 ? n : 2 * zones, sizeof(double));
        good &= *doubles[k] != NULL;
    }
    w->first = ecp_array(n + 1, sizeof *w->first);
    w->target = ecp_array(n * setup->targets, sizeof *w->target);
    w->fired = ecp_array(n, sizeof *w->fired);
    w->zone = ecp_array(n, sizeof *w->zone);
    w->spikes = ecp_array(n, sizeof *w->spikes);
    w->chance = ecp_array(n, sizeof *w->chance);
    w->count = ecp_array(zones, sizeof *w->count);
    if (!good || !w->first || !w->target || !w->fired || !w->zone || !w->spikes || !w->chance ||
        !w->count) {
        ecp_zone_clear(w);
        return ecp_fail(ECP_ENOMEM, "no memory for %zu neurons with %zu synapses", n,
                        setup->targets);
    }
    wire(w);
    set_out(w);
    return ECP_OK;
}

void ecp_zone_clear(struct ecp_zone_network *w)
{
    void *all[] = {w->first, w->target,  w->v,      w->u,      w->glutamate, w->sum,
                   w->noise, w->current, w->gain,   w->spikes, w->fired,     w->zone,
                   w->until, w->next,    w->chance, w->ca,     w->h,         w->ip3,
                   w->count, w->driven,  w->burst,  w->was,    w->released};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free(all[k]);
    memset(w, 0, sizeof *w);
}

/* ---- neurons ------------------------------------------------------------------------ */

static void pulses(struct ecp_zone_network *w)
{
    for (size_t j = 0; j < w->n; j++) {
        if (w->time >= w->until[j])
            w->noise[j] = 0;
        if (w->time < w->next[j])
            continue;
        w->noise[j] = w->setup.noise * (2 * ecp_chance_uniform(&w->chance[j]) - 1);
        w->until[j] = w->time + pulse;
        draw_pulse(w, j, w->time);
    }
}

/* Those at the peak are put back; all take a step. */
static void move(struct ecp_zone_network *w)
{
    double *restrict v = w->v;
    double *restrict u = w->u;
    double *restrict glutamate = w->glutamate;
    double *restrict sum = w->sum;
    const double *restrict gain = w->gain;
    const double *restrict given = w->current;
    const size_t n = w->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const double synapses = gain[j] * sum[j] * (e_syn - v[j]);
        const double whole = given[j] + synapses, current = whole < i_most ? whole : i_most;
        const int was_peak = v[j] >= peak;
        const double from = was_peak ? c : v[j], up = was_peak ? u[j] + d : u[j];
        const double to = from + dt * (0.04 * from * from + 5 * from + 140 + current - up);
        u[j] = up + dt * a * (b * to - up);
        v[j] = to < peak ? to : peak;
        const double jump = to < peak ? 0 : g_jump;
        glutamate[j] += dt / 1000 * (jump - g_decay * glutamate[j]);
        sum[j] = 0;
    }
}

/* Spikes, and what all send on to their targets. */
static void send(struct ecp_zone_network *w)
{
    w->n_fired = 0;
    for (size_t j = 0; j < w->n; j++) {
        if (w->v[j] < v_silent)
            continue;
        const double open = 1 / (1 + exp(-w->v[j] / k_syn));
        for (uint32_t s = w->first[j]; s < w->first[j + 1]; s++)
            w->sum[w->target[s]] += open;
        if (w->v[j] >= peak) {
            w->spikes[j]++;
            w->fired[w->n_fired++] = (uint32_t)j;
        }
    }
}

/* Zones that lie over a row or column: one, or two where they overlap. */
static size_t first_zone(size_t place)
{
    return place > 0 && place % ECP_ZONE_STRIDE == 0 ? place / ECP_ZONE_STRIDE - 1
                                                     : place / ECP_ZONE_STRIDE;
}

static void count_at_once(struct ecp_zone_network *w)
{
    const size_t zones = w->setup.zones;
    if (w->n_fired < AT_ONCE)
        return;
    memset(w->count, 0, zones * zones * sizeof *w->count);
    for (uint32_t k = 0; k < w->n_fired; k++) {
        const size_t row = w->fired[k] / w->side, column = w->fired[k] % w->side;
        for (size_t y = first_zone(row); y <= row / ECP_ZONE_STRIDE && y < zones; y++)
            for (size_t x = first_zone(column); x <= column / ECP_ZONE_STRIDE && x < zones; x++)
                if (++w->count[y * zones + x] == AT_ONCE)
                    w->burst[y * zones + x] = w->time;
    }
}

/* ---- astrocytes --------------------------------------------------------------------- */

struct glia {
    double drive, from_ca, from_ip3;
};

static void slopes(const double *y, const struct glia *g, double *dy)
{
    const double ca = y[0], h = y[1], ip3 = y[2];
    const double tot = 2, ratio = 0.185, store = (tot - ca) / ratio;
    const double m = ip3 / (ip3 + 0.13), n = ca / (ca + 0.082), gate = m * n * h;
    const double channel = ratio * 6 * gate * gate * gate * (store - ca);
    const double leak = ratio * 0.11 * (store - ca);
    const double pump = 2.2 * ca * ca / (ca * ca + 0.01);
    const double in = 0.2 * ip3 * ip3 / (1 + ip3 * ip3), out = 0.5 * ca;
    const double q = 1.049 * (ip3 + 0.13) / (ip3 + 0.9434);
    const double plc = 0.3 * (ca + 0.2 * 1.1) / (ca + 1.1);
    dy[0] = channel - pump + leak + in - out + g->from_ca;
    dy[1] = 0.14 * (q - (q + ca) * h);
    dy[2] = 0.14 * (0.16 - ip3) + plc + g->drive + g->from_ip3;
}

void ecp_zone_astrocyte(double *y, double given, double from_ca, double from_ip3, double step)
{
    const struct glia g = {given, from_ca, from_ip3};
    double k[4][3], at[3];
    slopes(y, &g, k[0]);
    for (int s = 1; s < 4; s++) {
        for (int j = 0; j < 3; j++)
            at[j] = y[j] + step * (s < 3 ? 0.5 : 1) * k[s - 1][j];
        slopes(at, &g, k[s]);
    }
    for (int j = 0; j < 3; j++)
        y[j] += step / 6 * (k[0][j] + 2 * k[1][j] + 2 * k[2][j] + k[3][j]);
}

/* What the four neighbours have more, added up. */
static double inflow(const double *x, size_t zones, size_t z)
{
    const size_t row = z / zones, column = z % zones;
    double sum = 0;
    sum += row > 0 ? x[z - zones] - x[z] : 0;
    sum += row + 1 < zones ? x[z + zones] - x[z] : 0;
    sum += column > 0 ? x[z - 1] - x[z] : 0;
    sum += column + 1 < zones ? x[z + 1] - x[z] : 0;
    return sum;
}

static int busy(const struct ecp_zone_network *w, size_t z)
{
    const size_t row = z / w->setup.zones * ECP_ZONE_STRIDE;
    const size_t column = z % w->setup.zones * ECP_ZONE_STRIDE;
    int high = 0;
    for (size_t y = row; y < row + ECP_ZONE_SIZE; y++)
        for (size_t x = column; x < column + ECP_ZONE_SIZE; x++)
            high += w->glutamate[y * w->side + x] >= g_high;
    return high >= BUSY;
}

static void astrocytes(struct ecp_zone_network *w)
{
    const size_t zones = w->setup.zones, all = zones * zones;
    memcpy(w->was, w->ca, all * sizeof *w->ca);
    memcpy(w->was + all, w->ip3, all * sizeof *w->ip3);
    for (size_t z = 0; z < all; z++) {
        if (busy(w, z))
            w->driven[z] = w->time + drive_time;
        double y[3] = {w->ca[z], w->h[z], w->ip3[z]};
        ecp_zone_astrocyte(y, w->time < w->driven[z] ? drive : 0,
                           w->setup.d_ca * inflow(w->was, zones, z),
                           w->setup.d_ip3 * inflow(w->was + all, zones, z), 1e-3);
        w->ca[z] = y[0];
        w->h[z] = y[1];
        w->ip3[z] = y[2];
        if (y[0] > w->setup.ca_th && w->burst[z] >= w->time - window)
            w->released[z] = w->time + release_time;
    }
    for (size_t j = 0; j < w->n; j++)
        w->gain[j] = w->setup.g_syn + (w->time < w->released[w->zone[j]] ? w->setup.boost : 0);
}

void ecp_zone_run(struct ecp_zone_network *w, size_t ms, const double *cue)
{
    for (size_t t = 0; t < ms; t++) {
        const double begin = w->time;
        pulses(w);
        for (size_t j = 0; j < w->n; j++)
            w->current[j] = w->noise[j] + (cue ? cue[j] : 0);
        for (int step = 1; step <= ECP_ZONE_STEPS; step++) {
            move(w);
            w->time = begin + step * dt;
            send(w);
            count_at_once(w);
        }
        w->time = begin + 1;
        astrocytes(w);
    }
}
