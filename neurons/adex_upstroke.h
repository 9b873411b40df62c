/* adex_upstroke.h -- the step of the few neurons for which adex_leap is too coarse:
 * double precision, one neuron at a time, in pieces as long as its state allows.
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

enum { ADEX_PIECES = 500, ADEX_SYNAPSES = 4 };

struct adex_cell {
    double v, w;
    double s[ADEX_SYNAPSES]; /* synaptic states at the start of the step */
    double stim;
};

/* All synapses together: conductance (nS) and current (pA). */
struct adex_input {
    double g, i;
};

/* What one neuron meets in its step. */
struct adex_path {
    const double *param;
    double dt, z_peak, fastest; /* time constant */
    const struct adex_cell *start;
    struct adex_input (*input)(const double *param, const double *synapses, double t);
};

struct adex_point {
    double x, w; /* x: V or z, or the time where z is independent */
};

/* ln x to 1e-14 for 1e-300 < x < 1e300, the same bits everywhere, unlike libm's. */
static inline double adex_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint64_t shifted = bits - 0x3fe6a09e667f3bcdu; /* sqrt(1/2): mantissa around 1 */
    const int64_t exponent = (int64_t)shifted >> 52;
    bits -= (uint64_t)exponent << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    const double s = (m - 1) / (m + 1), q = s * s;
    const double tail = 1.0 / 9 + q * (1.0 / 11 + q * (1.0 / 13 + q * (1.0 / 15 + q * (1.0 / 17))));
    const double series = 1.0 / 3 + q * (1.0 / 5 + q * (1.0 / 7 + q * tail));
    return (double)exponent * 0.69314718055994531 + 2 * (s + s * q * series);
}

/* dV/dt without the exponential term. */
static inline double adex_linear(const struct adex_path *way, double t, double v, double w)
{
    const double *p = way->param;
    const struct adex_input in = way->input(p, way->start->s, t);
    return (p[G_L] * (p[E_L] - v) + in.i - in.g * v - w + p[I_E] + way->start->stim) / p[C];
}

static inline double adex_adapt(const double *p, double v, double w)
{
    return (p[A] * (v - p[E_L]) - w) / p[TAU_W];
}

static inline double adex_growth(const double *p, double v)
{
    if (!(p[DELTA_T] > 0))
        return 0;
    const double over = fmin((v - p[V_T]) / p[DELTA_T], adex_top);
    return p[G_L] * p[DELTA_T] / p[C] * ecp_expd(over);
}

static inline double adex_v_of(const double *p, double z, double z_peak)
{
    return p[V_T] - p[DELTA_T] * adex_log(fmax(z, z_peak));
}

/* ---- three sets of equations ---------------------------------------------------- */

typedef struct adex_point adex_rule(const struct adex_path *way, double at, struct adex_point y);

static inline struct adex_point adex_by_v(const struct adex_path *way, double t,
                                          struct adex_point y)
{
    const double *p = way->param;
    return (struct adex_point){adex_linear(way, t, y.x, y.w) + adex_growth(p, y.x),
                               adex_adapt(p, y.x, y.w)};
}

static inline struct adex_point adex_by_z(const struct adex_path *way, double t,
                                          struct adex_point y)
{
    const double *p = way->param;
    const double v = adex_v_of(p, y.x, way->z_peak);
    return (struct adex_point){-(p[G_L] / p[C] + y.x / p[DELTA_T] * adex_linear(way, t, v, y.w)),
                               adex_adapt(p, v, y.w)};
}

/* Time and w as functions of z, which falls. */
static inline struct adex_point adex_over_z(const struct adex_path *way, double z,
                                            struct adex_point y)
{
    const double *p = way->param;
    const double v = adex_v_of(p, z, way->z_peak), leak = p[G_L] / p[C];
    const double fall = leak + z / p[DELTA_T] * adex_linear(way, y.x, v, y.w);
    const double dt_dz = -1 / fmax(fall, 1e-3 * leak);
    return (struct adex_point){dt_dz, adex_adapt(p, v, y.w) * dt_dz};
}

static inline struct adex_point adex_rk4(const struct adex_path *way, adex_rule *rule, double at,
                                         double h, struct adex_point y)
{
    const struct adex_point k1 = rule(way, at, y);
    const struct adex_point y2 = {y.x + 0.5 * h * k1.x, y.w + 0.5 * h * k1.w};
    const struct adex_point k2 = rule(way, at + 0.5 * h, y2);
    const struct adex_point y3 = {y.x + 0.5 * h * k2.x, y.w + 0.5 * h * k2.w};
    const struct adex_point k3 = rule(way, at + 0.5 * h, y3);
    const struct adex_point y4 = {y.x + h * k3.x, y.w + h * k3.w};
    const struct adex_point k4 = rule(way, at + h, y4);
    return (struct adex_point){y.x + h / 6 * (k1.x + 2 * (k2.x + k3.x) + k4.x),
                               y.w + h / 6 * (k1.w + 2 * (k2.w + k3.w) + k4.w)};
}

/* ---- pieces of the step ----------------------------------------------------------- */

struct adex_stop {
    int crossed;
    double t; /* of the crossing, or the end of the piece */
};

/* The piece from t on, h long, ends above the peak: where was it reached? */
static inline double adex_cross_z(const struct adex_path *way, double t, double h, double z,
                                  struct adex_cell *y)
{
    struct adex_point at = {t, y->w};
    for (int k = 0; z > way->z_peak; k++) {
        const double next = k < 2 ? fmax(0.125 * z, way->z_peak) : way->z_peak;
        at = adex_rk4(way, adex_over_z, z, next - z, at);
        z = next;
    }
    y->w = at.w;
    return fmin(at.x, t + h);
}

static inline double adex_cross_v(const struct adex_path *way, double t, double h,
                                  struct adex_cell *y)
{
    const double peak = adex_peak(way->param);
    const struct adex_point from = {y->v, y->w};
    struct adex_point to = from;
    double low = 0, high = h, piece = h;
    for (int k = 0; k < 40; k++) {
        to = adex_rk4(way, adex_by_v, t, piece, from);
        low = to.x < peak ? piece : low;
        high = to.x < peak ? high : piece;
        const double newton = piece - (to.x - peak) / adex_by_v(way, t + piece, to).x;
        if (!(fabs(newton - piece) > 1e-13 * h))
            break;
        piece = newton > low && newton < high ? newton : 0.5 * (low + high);
    }
    y->w = to.w;
    return t + piece;
}

/* How far the state allows to go in one piece. */
static inline double adex_reach(const struct adex_path *way, double t, const struct adex_cell *y)
{
    const double *p = way->param;
    const double rate = (p[G_L] + way->input(p, way->start->s, t).g) / p[C];
    const double speed = fabs(adex_linear(way, t, y->v, y->w));
    const double longest = sizeof(ecp_real) == sizeof(double) ? 0.25 * way->dt : way->dt;
    double h = fmin(fmin(way->dt - t, longest), 0.5 * way->fastest + 0.25 * t);
    h = h * rate > 0.3 ? 0.3 / rate : h;
    if (!(p[DELTA_T] > 0))
        return h;
    const double free = 0.5 * fmax(p[DELTA_T], p[V_T] - y->v);
    h = h * speed > free ? free / speed : h;
    const double blowup = adex_growth(p, y->v) / p[DELTA_T];
    return y->v < p[V_T] && h * blowup > 0.1 ? 0.1 / blowup : h;
}

static inline struct adex_stop adex_piece(const struct adex_path *way, double t,
                                          struct adex_cell *y)
{
    const double *p = way->param;
    if (y->v >= adex_peak(p))
        return (struct adex_stop){1, t};
    const double h = adex_reach(way, t, y);
    if (p[DELTA_T] > 0 && y->v >= p[V_T]) {
        const double z = ecp_expd(-(y->v - p[V_T]) / p[DELTA_T]);
        const struct adex_point to = adex_rk4(way, adex_by_z, t, h, (struct adex_point){z, y->w});
        if (to.x <= way->z_peak)
            return (struct adex_stop){1, adex_cross_z(way, t, h, z, y)};
        y->v = adex_v_of(p, to.x, way->z_peak);
        y->w = to.w;
    } else {
        const struct adex_point to =
            adex_rk4(way, adex_by_v, t, h, (struct adex_point){y->v, y->w});
        if (to.x >= adex_peak(p))
            return (struct adex_stop){1, adex_cross_v(way, t, h, y)};
        y->v = to.x;
        y->w = to.w;
    }
    return (struct adex_stop){0, t + h};
}

/* w from t to the end of the step while V rests at v_reset. */
static inline void adex_rest(const struct adex_path *way, double t, struct adex_cell *y)
{
    const double *p = way->param, goal = p[A] * (p[V_RESET] - p[E_L]);
    y->v = p[V_RESET];
    y->w = goal + (y->w - goal) * ecp_expd((t - way->dt) / p[TAU_W]);
}

/* The whole step; 1 when the neuron fired. It fires once at most: where V would
 * reach the peak again it rests at v_reset to the end of the step. */
static inline int adex_climb(const struct adex_path *way, struct adex_cell *y)
{
    const double *p = way->param, nearly = way->dt * (1 - 1e-12);
    const int rests = nearbyint(p[T_REF] / way->dt) > 0;
    int fired = 0;
    double t = 0;
    for (int k = 0; k < ADEX_PIECES && t < nearly; k++) {
        const struct adex_stop stop = adex_piece(way, t, y);
        t = stop.t;
        if (!stop.crossed)
            continue;
        const int again = fired;
        y->v = p[V_RESET];
        y->w += again ? 0 : p[B];
        fired = 1;
        if (rests || again) {
            adex_rest(way, t, y);
            return 1;
        }
    }
    if (t < nearly) { /* conductance without measure: to where it draws V */
        const double g = p[G_L] + way->input(p, way->start->s, t).g;
        const double goal = y->v + adex_linear(way, t, y->v, y->w) * p[C] / g;
        y->v = goal + (y->v - goal) * ecp_expd((t - way->dt) * g / p[C]);
    }
    return fired;
}

/* ---- all marked neurons of a block ------------------------------------------------- */

/* Where the synaptic states of a model are, -1: none, and what they do. */
struct adex_synapses {
    int state[ADEX_SYNAPSES];
    struct adex_input (*input)(const double *param, const double *synapses, double t);
};

static inline void adex_climb_one(const struct ecp_block *b, const struct adex_synapses *synapses,
                                  struct adex_path *way, size_t j)
{
    struct adex_cell start = {.v = (double)b->column[V][j],
                              .w = (double)b->column[W][j],
                              .stim = (double)b->column[STIM][j]};
    for (int s = 0; s < ADEX_SYNAPSES; s++)
        if (synapses->state[s] >= 0)
            start.s[s] = (double)b->column[synapses->state[s]][j];
    struct adex_cell y = start;
    way->start = &start;
    b->fired[j] = (uint8_t)adex_climb(way, &y);
    b->column[V][j] = (ecp_real)y.v;
    b->column[W][j] = (ecp_real)y.w;
}

/* `fired` comes with the marks of adex_step and leaves with the spikes. The
 * synaptic states must still be those of the start of the step. */
static inline void adex_climb_marked(const struct ecp_block *b,
                                     const struct adex_synapses *synapses)
{
    const double *p = b->param;
    struct adex_path way = {.param = p,
                            .dt = (double)b->derived[K_DT],
                            .fastest = (double)b->derived[K_FASTEST],
                            .input = synapses->input};
    if (p[DELTA_T] > 0)
        way.z_peak = exp(-fmin((p[V_PEAK] - p[V_T]) / p[DELTA_T], adex_top));
    for (size_t j = 0; j < b->n; j++) {
        uint64_t eight = 1;
        if (j % 8 == 0 && j + 8 <= b->n)
            memcpy(&eight, b->fired + j, sizeof eight);
        if (eight == 0)
            j += 7;
        else if (b->fired[j])
            adex_climb_one(b, synapses, &way, j);
    }
}

#endif
