/* adex_upstroke.h -- the step of the few neurons for which adex_leap is too coarse, in
 * double precision and in pieces as long as the state of each allows; they go together,
 * piece by piece, so that these loops are vector code, too. To be included after
 * the model's adex_input.
 *
 * Above v_t the potential is replaced by z = exp(-(V - v_t) / delta_t), which turns
 * the blow-up into a nearly straight way down:
 *
 *   dz/dt = -g_l / c - z / delta_t (all of dV/dt but the exponential)
 *
 * so that one Runge-Kutta step serves, and no exponential can overflow. The moment
 * at which z has come down to the peak is found with z as the independent variable. */
#ifndef ECP_NEURONS_ADEX_UPSTROKE_H
#define ECP_NEURONS_ADEX_UPSTROKE_H

#include "neurons/adex.h"

enum { ADEX_PIECES = 500, ADEX_BATCH = 64, ADEX_STATES = 4 };

/* Constants, per ms; as those of the step, but in double precision. */
struct adex_path {
    struct adex_kinetics synapses;
    double dt, fastest; /* fastest: time constant */
    double leak, drift, per_c, spike, per_delta, delta, v_t, peak, z_peak;
    double w_rate, w_v, w_drift, w_goal, v_reset, b;
    double v_up; /* from there on by z: v_t, or never */
    int rests;   /* t_ref is not 0 */
};

enum adex_kind { ADEX_BY_V, ADEX_BY_Z, ADEX_DONE, ADEX_CROSSED_V, ADEX_CROSSED_Z, ADEX_CROSSED };

/* The marked neurons, as columns of numbers: time in the step, length of the piece,
 * V, w, z; synaptic states and stimulus at the start of the step. */
enum { LANE_T, LANE_H, LANE_V, LANE_W, LANE_Z, LANE_S, LANE_STIM = LANE_S + ADEX_STATES, LANES };

struct adex_climbers {
    size_t n;
    double x[LANES][ADEX_BATCH];
    int64_t kind[ADEX_BATCH];
    uint32_t at[ADEX_BATCH]; /* in the block */
    uint8_t fired[ADEX_BATCH];
};

/* What does not change in the step. */
struct adex_setting {
    struct adex_states s;
    double stim;
};

struct adex_point {
    double x, w; /* x: V or z, or the time where z is independent */
};

/* ---- three sets of equations ---------------------------------------------------- */

/* dV/dt without the exponential term. */
ADEX_INLINE double adex_linear(struct adex_path way, struct adex_setting on, double t, double v,
                               double w)
{
    const struct adex_input in = adex_input(way.synapses, on.s, t);
    return way.drift + (in.i + on.stim - w) * way.per_c - (way.leak + in.g * way.per_c) * v;
}

ADEX_INLINE double adex_adapt(struct adex_path way, double v, double w)
{
    return way.w_v * v - way.w_drift - w * way.w_rate;
}

ADEX_INLINE double adex_growth(struct adex_path way, double v)
{
    const double over = (v - way.v_t) * way.per_delta;
    return way.spike * ecp_expd(over < adex_top ? over : adex_top);
}

ADEX_INLINE double adex_v_of(struct adex_path way, double z)
{
    return way.v_t - way.delta * ecp_logd(z < way.z_peak ? way.z_peak : z);
}

ADEX_INLINE struct adex_point adex_by_v(struct adex_path way, struct adex_setting on, double t,
                                        struct adex_point y)
{
    return (struct adex_point){adex_linear(way, on, t, y.x, y.w) + adex_growth(way, y.x),
                               adex_adapt(way, y.x, y.w)};
}

ADEX_INLINE struct adex_point adex_by_z(struct adex_path way, struct adex_setting on, double t,
                                        struct adex_point y)
{
    const double v = adex_v_of(way, y.x);
    return (struct adex_point){-way.leak - y.x * way.per_delta * adex_linear(way, on, t, v, y.w),
                               adex_adapt(way, v, y.w)};
}

/* Time and w as functions of z, which falls. */
ADEX_INLINE struct adex_point adex_over_z(struct adex_path way, struct adex_setting on, double z,
                                          struct adex_point y)
{
    const double v = adex_v_of(way, z);
    const double fall = way.leak + z * way.per_delta * adex_linear(way, on, y.x, v, y.w);
    const double dt_dz = -1 / (fall > 1e-3 * way.leak ? fall : 1e-3 * way.leak);
    return (struct adex_point){dt_dz, adex_adapt(way, v, y.w) * dt_dz};
}

/* Of the independent variable: where it starts, and how far it goes. */
struct adex_span {
    double at, h;
};

typedef struct adex_point adex_rule(struct adex_path way, struct adex_setting on, double at,
                                    struct adex_point y);

ADEX_INLINE struct adex_point adex_rk4(struct adex_path way, struct adex_setting on,
                                       adex_rule *rule, struct adex_span span, struct adex_point y)
{
    const double at = span.at, h = span.h, half = 0.5 * h;
    const struct adex_point k1 = rule(way, on, at, y);
    const struct adex_point y2 = {y.x + half * k1.x, y.w + half * k1.w};
    const struct adex_point k2 = rule(way, on, at + half, y2);
    const struct adex_point y3 = {y.x + half * k2.x, y.w + half * k2.w};
    const struct adex_point k3 = rule(way, on, at + half, y3);
    const struct adex_point y4 = {y.x + h * k3.x, y.w + h * k3.w};
    const struct adex_point k4 = rule(way, on, at + h, y4);
    const double sixth = h * (1.0 / 6);
    return (struct adex_point){y.x + sixth * ((k1.x + k4.x) + 2 * (k2.x + k3.x)),
                               y.w + sixth * ((k1.w + k4.w) + 2 * (k2.w + k3.w))};
}

/* ---- pieces of the step, for the neurons from `from` to `to` ---------------------- */

ADEX_INLINE struct adex_setting adex_setting(const struct adex_climbers *c, size_t j)
{
    return (struct adex_setting){
        {c->x[LANE_S][j], c->x[LANE_S + 1][j], c->x[LANE_S + 2][j], c->x[LANE_S + 3][j]},
        c->x[LANE_STIM][j]};
}

/* How far the state allows to go in one piece, and by which equations. */
ADEX_LOOP void adex_measure(struct adex_path way, struct adex_climbers *restrict c)
{
    const double longest = sizeof(ecp_real) == sizeof(double) ? 0.25 * way.dt : way.dt;
    const double least = way.delta > 0 ? 0.5 * way.delta : 1e300;
#pragma omp simd
    for (size_t j = 0; j < c->n; j++) {
        const double t = c->x[LANE_T][j], v = c->x[LANE_V][j];
        const struct adex_setting on = adex_setting(c, j);
        const double rate = way.leak + adex_input(way.synapses, on.s, t).g * way.per_c;
        const double linear = adex_linear(way, on, t, v, c->x[LANE_W][j]);
        const double speed = linear < 0 ? -linear : linear;
        const double half = 0.5 * (way.v_t - v), below = half > least ? half : least;
        const double growth = adex_growth(way, v) * way.per_delta;
        const double blowup = v < way.v_up ? growth : 0;
        const double waning = 0.5 * way.fastest + 0.25 * t, left = way.dt - t;
        const double h1 = left < longest ? left : longest;
        const double h2 = h1 > waning ? waning : h1;
        const double by_rate = 0.3 / rate, by_speed = below / speed, by_blowup = 0.1 / blowup;
        const double h3 = h2 > by_rate ? by_rate : h2;
        const double h4 = h3 > by_speed ? by_speed : h3;
        const int64_t kind = v >= way.v_up ? ADEX_BY_Z : ADEX_BY_V;
        c->x[LANE_H][j] = h4 > by_blowup ? by_blowup : h4;
        c->kind[j] = v >= way.peak ? ADEX_CROSSED : kind;
    }
}

ADEX_LOOP void adex_pieces_z(struct adex_path way, struct adex_climbers *restrict c, size_t from,
                             size_t to)
{
#pragma omp simd
    for (size_t j = from; j < to; j++) {
        const double v = c->x[LANE_V][j], w = c->x[LANE_W][j];
        const double z = ecp_expd((way.v_t - v) * way.per_delta);
        const struct adex_span span = {c->x[LANE_T][j], c->x[LANE_H][j]};
        const struct adex_point end =
            adex_rk4(way, adex_setting(c, j), adex_by_z, span, (struct adex_point){z, w});
        const int crossed = end.x <= way.z_peak;
        const double v_end = adex_v_of(way, end.x);
        c->x[LANE_Z][j] = z;
        c->kind[j] = crossed ? ADEX_CROSSED_Z : ADEX_DONE;
        c->x[LANE_V][j] = crossed ? v : v_end;
        c->x[LANE_W][j] = crossed ? w : end.w;
        c->x[LANE_T][j] = crossed ? span.at : span.at + span.h;
    }
}

ADEX_LOOP void adex_pieces_v(struct adex_path way, struct adex_climbers *restrict c, size_t from,
                             size_t to)
{
#pragma omp simd
    for (size_t j = from; j < to; j++) {
        const double v = c->x[LANE_V][j], w = c->x[LANE_W][j];
        const struct adex_span span = {c->x[LANE_T][j], c->x[LANE_H][j]};
        const struct adex_point end =
            adex_rk4(way, adex_setting(c, j), adex_by_v, span, (struct adex_point){v, w});
        const int crossed = end.x >= way.peak;
        c->kind[j] = crossed ? ADEX_CROSSED_V : ADEX_DONE;
        c->x[LANE_V][j] = crossed ? v : end.x;
        c->x[LANE_W][j] = crossed ? w : end.w;
        c->x[LANE_T][j] = crossed ? span.at : span.at + span.h;
    }
}

/* When the peak was reached: three strides down to it. */
ADEX_LOOP void adex_cross_z(struct adex_path way, struct adex_climbers *restrict c, size_t from,
                            size_t to)
{
    const double last = way.z_peak;
#pragma omp simd
    for (size_t j = from; j < to; j++) {
        const struct adex_setting on = adex_setting(c, j);
        const double z = c->x[LANE_Z][j], end = c->x[LANE_T][j] + c->x[LANE_H][j];
        const double z1 = 0.125 * z > last ? 0.125 * z : last;
        const double z2 = 0.125 * z1 > last ? 0.125 * z1 : last;
        const struct adex_span first = {z, z1 - z}, second = {z1, z2 - z1}, third = {z2, last - z2};
        const struct adex_point y0 = {c->x[LANE_T][j], c->x[LANE_W][j]};
        const struct adex_point y1 = adex_rk4(way, on, adex_over_z, first, y0);
        const struct adex_point y2 = adex_rk4(way, on, adex_over_z, second, y1);
        const struct adex_point y3 = adex_rk4(way, on, adex_over_z, third, y2);
        c->x[LANE_T][j] = y3.x < end ? y3.x : end;
        c->x[LANE_W][j] = y3.w;
        c->kind[j] = ADEX_CROSSED;
    }
}

/* The same without an exponential, or where v_peak is near v_t: by Newton's method. */
static inline void adex_cross_v(struct adex_path way, struct adex_climbers *c, size_t j)
{
    const struct adex_setting on = adex_setting(c, j);
    const struct adex_point from = {c->x[LANE_V][j], c->x[LANE_W][j]};
    struct adex_point end = from;
    double low = 0, high = c->x[LANE_H][j], piece = high;
    for (int k = 0; k < 40; k++) {
        const struct adex_span span = {c->x[LANE_T][j], piece};
        end = adex_rk4(way, on, adex_by_v, span, from);
        low = end.x < way.peak ? piece : low;
        high = end.x < way.peak ? high : piece;
        const double speed = adex_by_v(way, on, span.at + piece, end).x;
        const double newton = piece - (end.x - way.peak) / speed;
        if (!(fabs(newton - piece) > 1e-13 * c->x[LANE_H][j]))
            break;
        piece = newton > low && newton < high ? newton : 0.5 * (low + high);
    }
    c->x[LANE_T][j] += piece;
    c->x[LANE_W][j] = end.w;
}

/* ---- spikes, and the end of the step ------------------------------------------------- */

/* A neuron fires once in a step at most: where V would reach the peak again, it rests
 * at v_reset to the end of the step, as it does where it is refractory. */
static inline void adex_spike(struct adex_path way, struct adex_climbers *c, size_t j)
{
    double *t = &c->x[LANE_T][j], *w = &c->x[LANE_W][j];
    const int again = c->fired[j];
    c->x[LANE_V][j] = way.v_reset;
    *w += again ? 0 : way.b;
    c->fired[j] = 1;
    if (!way.rests && !again)
        return;
    *w = way.w_goal + (*w - way.w_goal) * ecp_expd((*t - way.dt) * way.w_rate);
    *t = way.dt;
}

/* Conductance without measure: to where it draws V. */
static inline void adex_give_up(struct adex_path way, struct adex_climbers *c, size_t j)
{
    const struct adex_setting on = adex_setting(c, j);
    const double t = c->x[LANE_T][j], v = c->x[LANE_V][j];
    const double rate = way.leak + adex_input(way.synapses, on.s, t).g * way.per_c;
    const double far = adex_linear(way, on, t, v, c->x[LANE_W][j]) / rate;
    c->x[LANE_V][j] = v + far * (1 - ecp_expd((t - way.dt) * rate));
}

static inline void adex_swap(struct adex_climbers *c, size_t j, size_t k)
{
    for (int x = 0; x < LANES; x++) {
        const double kept = c->x[x][j];
        c->x[x][j] = c->x[x][k];
        c->x[x][k] = kept;
    }
    const int64_t kind = c->kind[j];
    const uint32_t at = c->at[j];
    const uint8_t fired = c->fired[j];
    c->kind[j] = c->kind[k];
    c->at[j] = c->at[k];
    c->fired[j] = c->fired[k];
    c->kind[k] = kind;
    c->at[k] = at;
    c->fired[k] = fired;
}

/* Those of a kind come first; the end of them. */
static inline size_t adex_front(struct adex_climbers *c, size_t from, enum adex_kind kind)
{
    for (size_t j = from; j < c->n; j++)
        if (c->kind[j] == kind) {
            if (j > from)
                adex_swap(c, j, from);
            from++;
        }
    return from;
}

/* One piece of the way for all. */
static inline void adex_advance(struct adex_path way, struct adex_climbers *c)
{
    adex_measure(way, c);
    const size_t by_z = adex_front(c, 0, ADEX_BY_Z), by_v = adex_front(c, by_z, ADEX_BY_V);
    adex_pieces_z(way, c, 0, by_z);
    adex_pieces_v(way, c, by_z, by_v);
    adex_cross_z(way, c, 0, adex_front(c, 0, ADEX_CROSSED_Z));
    for (size_t j = 0; j < c->n; j++) {
        if (c->kind[j] == ADEX_CROSSED_V)
            adex_cross_v(way, c, j);
        if (c->kind[j] != ADEX_DONE)
            adex_spike(way, c, j);
    }
}

/* ---- all marked neurons of a block ------------------------------------------------- */

static inline struct adex_path adex_path_of(const struct ecp_block *b,
                                            struct adex_kinetics synapses)
{
    const double *p = b->param;
    const double per_delta = p[DELTA_T] > 0 ? 1 / p[DELTA_T] : 0;
    return (struct adex_path){.synapses = synapses,
                              .dt = (double)b->derived[K_DT],
                              .fastest = (double)b->derived[K_FASTEST],
                              .leak = p[G_L] / p[C],
                              .drift = (p[G_L] * p[E_L] + p[I_E]) / p[C],
                              .per_c = 1 / p[C],
                              .spike = p[G_L] * p[DELTA_T] / p[C],
                              .per_delta = per_delta,
                              .delta = p[DELTA_T],
                              .v_t = p[V_T],
                              .v_up = p[DELTA_T] > 0 ? p[V_T] : 1e300,
                              .peak = adex_peak(p),
                              .z_peak = ecp_expd(-fmin((p[V_PEAK] - p[V_T]) * per_delta, adex_top)),
                              .w_rate = 1 / p[TAU_W],
                              .w_v = p[A] / p[TAU_W],
                              .w_drift = p[A] * p[E_L] / p[TAU_W],
                              .w_goal = p[A] * (p[V_RESET] - p[E_L]),
                              .v_reset = p[V_RESET],
                              .b = p[B],
                              .rests = b->derived[K_REFRACTORY] > 0};
}

static inline void adex_enter(const struct ecp_block *b, const int state[ADEX_STATES], size_t j,
                              struct adex_climbers *c)
{
    const size_t k = c->n++;
    c->at[k] = (uint32_t)j;
    c->fired[k] = 0;
    c->x[LANE_T][k] = 0;
    c->x[LANE_V][k] = (double)b->column[V][j];
    c->x[LANE_W][k] = (double)b->column[W][j];
    c->x[LANE_STIM][k] = (double)b->column[STIM][j];
    for (int s = 0; s < ADEX_STATES; s++)
        c->x[LANE_S + s][k] = state[s] < 0 ? 0 : (double)b->column[state[s]][j];
}

/* The neuron's step is over. */
static inline void adex_leave(const struct ecp_block *b, struct adex_climbers *c, size_t k)
{
    b->fired[c->at[k]] = c->fired[k];
    b->column[V][c->at[k]] = (ecp_real)c->x[LANE_V][k];
    b->column[W][c->at[k]] = (ecp_real)c->x[LANE_W][k];
    if (k < --c->n)
        adex_swap(c, k, c->n);
}

static inline void adex_climb(const struct ecp_block *b, struct adex_path way,
                              struct adex_climbers *c)
{
    const double nearly = way.dt * (1 - 1e-12);
    for (int piece = 0; piece < ADEX_PIECES && c->n > 0; piece++) {
        adex_advance(way, c);
        for (size_t k = c->n; k-- > 0;)
            if (!(c->x[LANE_T][k] < nearly))
                adex_leave(b, c, k);
    }
    while (c->n > 0) {
        adex_give_up(way, c, c->n - 1);
        adex_leave(b, c, c->n - 1);
    }
}

/* `fired` comes with the marks of adex_step and leaves with the spikes. `state`: the
 * columns of adex_states, -1: none, still as at the start of the step. */
static inline void adex_climb_marked(const struct ecp_block *b, struct adex_kinetics synapses,
                                     const int state[ADEX_STATES])
{
    struct adex_climbers c;
    c.n = 0;
    for (size_t j = 0; j < b->n; j++) {
        uint64_t eight = 1;
        if (j + 8 <= b->n)
            memcpy(&eight, b->fired + j, sizeof eight);
        if (eight == 0) {
            j += 7;
            continue;
        }
        if (b->fired[j])
            adex_enter(b, state, j, &c);
        if (c.n == ADEX_BATCH)
            adex_climb(b, adex_path_of(b, synapses), &c);
    }
    if (c.n > 0)
        adex_climb(b, adex_path_of(b, synapses), &c);
}

#endif
