#include "engine/crossing.h"

#include <math.h>
#include <string.h>

/* One function of the chain: terms of which the first may have rate 0. One
 * that is gone is marked by degree -1. */
struct member {
    int n;
    int degree[ECP_CROSSING_TERMS + 1];
    double rate[ECP_CROSSING_TERMS + 1];
    double c[ECP_CROSSING_TERMS + 1][ECP_CROSSING_DEGREE + 1];
    const struct ecp_decays *f; /* of the first; NULL: of a derivative */
};

/* As many as there are coefficients: the constant, one polynomial of the
 * highest degree, and two of each other term. */
enum { MEMBERS = ECP_CROSSING_DEGREE + 2 * ECP_CROSSING_TERMS, ZEROS = MEMBERS };

static double polynomial(const double *c, int degree, double t)
{
    double sum = c[degree];
    for (int d = degree - 1; d >= 0; d--)
        sum = sum * t + c[d];
    return sum;
}

double ecp_decays_value(const struct ecp_decays *f, double t)
{
    double sum = f->constant;
    if (f->value)
        return f->value(f->context, t);
    for (int k = 0; k < f->n; k++)
        sum += polynomial(f->term[k].c, f->term[k].degree, t) * exp(-f->term[k].rate * t);
    return sum;
}

static double member_value(const struct member *m, double t)
{
    double sum = 0;
    if (m->f)
        return ecp_decays_value(m->f, t);
    for (int k = 0; k < m->n; k++)
        if (m->degree[k] >= 0)
            sum +=
                polynomial(m->c[k], m->degree[k], t) * (m->rate[k] > 0 ? exp(-m->rate[k] * t) : 1);
    return sum;
}

/* Is f below zero everywhere? Certain when 1; most cases are settled here.
 * Time is cut where it doubles, so that the exponentials of the next cut are
 * the squares of these; in a stretch a term is at most its polynomial's
 * larger end times the exponential's larger or smaller end. Squaring loses a
 * bit each time: what is closer to zero than MARGIN is left to the chain. */
static int stays_below(const struct ecp_decays *f)
{
    enum { CUTS = 12 };
    static const double MARGIN = 1e-11;
    double fastest = 0, start[ECP_CROSSING_TERMS], stop[ECP_CROSSING_TERMS];
    for (int k = 0; k < f->n; k++) {
        fastest = fmax(fastest, f->term[k].rate);
        if (f->term[k].degree > 1)
            return 0; /* rare: time constants that nearly meet */
    }
    double from = 0, to = 0.125 / fastest;
    for (int k = 0; k < f->n; k++) {
        start[k] = 1;
        stop[k] = exp(-f->term[k].rate * to);
    }
    for (int cut = 0; cut <= CUTS; cut++) {
        const int last = cut == CUTS;
        double bound = f->constant, size = fabs(f->constant);
        for (int k = 0; k < f->n; k++) {
            const struct ecp_decay *term = &f->term[k];
            const double slope = term->degree > 0 ? term->c[1] : 0;
            const double here = term->c[0] + slope * from;
            const double top = last ? here : fmax(here, term->c[0] + slope * to);
            double part;
            if (last && slope > 0) { /* t exp(-rate t) has no end */
                const double peak = fmax(from, 1 / term->rate);
                part = fmax(term->c[0], 0) * start[k] + slope * peak * exp(-term->rate * peak);
            } else {
                part = top > 0 ? top * start[k] : last ? 0 : top * stop[k];
            }
            bound += part;
            size += fabs(part);
        }
        if (bound >= -MARGIN * size)
            return 0;
        for (int k = 0; k < f->n; k++) {
            start[k] = stop[k];
            stop[k] *= stop[k];
        }
        from = to;
        to *= 2;
    }
    return 1;
}

static struct member first_member(const struct ecp_decays *f)
{
    struct member m = {.n = f->n + 1, .c = {{f->constant}}, .f = f};
    m.degree[0] = f->constant != 0 ? 0 : -1;
    for (int k = 0; k < f->n; k++) {
        const struct ecp_decay *term = &f->term[k];
        m.rate[k + 1] = term->rate;
        m.degree[k + 1] = term->degree;
        memcpy(m.c[k + 1], term->c, sizeof m.c[k + 1]);
        while (m.degree[k + 1] >= 0 && m.c[k + 1][m.degree[k + 1]] == 0)
            m.degree[k + 1]--;
    }
    return m;
}

static int coefficients(const struct member *m)
{
    int left = 0;
    for (int k = 0; k < m->n; k++)
        left += m->degree[k] + 1;
    return left;
}

/* Divide by the slowest exponential, differentiate: one coefficient less. */
static struct member next_member(const struct member *m)
{
    struct member next = *m;
    next.f = NULL;
    double slowest = INFINITY;
    for (int k = 0; k < m->n; k++)
        if (m->degree[k] >= 0 && m->rate[k] < slowest)
            slowest = m->rate[k];
    for (int k = 0; k < m->n; k++) {
        const double rate = m->rate[k] - slowest;
        if (m->degree[k] < 0)
            continue;
        next.rate[k] = rate;
        for (int d = 0; d <= m->degree[k]; d++)
            next.c[k][d] = (d < m->degree[k] ? (d + 1) * m->c[k][d + 1] : 0) - rate * m->c[k][d];
        if (rate == 0)
            next.degree[k] = m->degree[k] - 1;
    }
    return next;
}

/* The zero of a monotone stretch with a change of sign: Ridders' method, which
 * keeps the bracket (Ridders 1979, doi:10.1109/TCS.1979.1084580). */
static double bracketed(const struct member *m, double low, double high, double at_low,
                        double at_high)
{
    for (int k = 0; k < 200; k++) {
        const double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high || high - low < 1e-13)
            break;
        const double at_middle = member_value(m, middle);
        const double under = at_middle * at_middle - at_low * at_high;
        double t = middle, at_t = at_middle;
        if (under > 0) {
            const double sign = at_low > at_high ? 1 : -1;
            const double try = middle + (middle - low) * sign * at_middle / sqrt(under);
            if (try > low && try < high) {
                t = try;
                at_t = member_value(m, try);
            }
        }
        const double left = fmin(t, middle), right = fmax(t, middle);
        const double at_left = t < middle ? at_t : at_middle;
        const double at_right = t < middle ? at_middle : at_t;
        if ((at_left >= 0) != (at_low >= 0)) {
            high = left;
            at_high = at_left;
        } else if ((at_right >= 0) != (at_low >= 0)) {
            low = left;
            at_low = at_left;
            high = right;
            at_high = at_right;
        } else {
            low = right;
            at_low = at_right;
        }
    }
    return at_high >= 0 ? high : low;
}

/* Zeros of m in (0, end), given those of the member after it; `first_only`
 * stops at the first. */
static int zeros_between(const struct member *m, double end, const double *turn, int n_turns,
                         double *zero, int first_only)
{
    int found = 0;
    double low = 0, at_low = member_value(m, 0);
    for (int k = 0; k <= n_turns && found < ZEROS; k++) {
        const double high = k < n_turns ? turn[k] : end;
        const double at_high = member_value(m, high);
        if ((at_low >= 0) != (at_high >= 0)) {
            zero[found++] = bracketed(m, low, high, at_low, at_high);
            if (first_only)
                break;
        }
        low = high;
        at_low = at_high;
    }
    return found;
}

/* Where the last change can lie when there is no horizon: beyond it the
 * constant outweighs what is left of the terms. */
static double last_change(const struct ecp_decays *f)
{
    double slowest = INFINITY, size = 0;
    for (int k = 0; k < f->n; k++) {
        const struct ecp_decay *term = &f->term[k];
        slowest = fmin(slowest, term->rate);
        /* t^d exp(-rate t) <= (2 d / (e rate))^d exp(-rate t / 2) */
        for (int d = 0; d <= term->degree; d++)
            size += fabs(term->c[d]) * (d ? pow(2 * d / (term->rate * M_E), d) : 1);
    }
    const double constant = fabs(f->constant);
    if (!(size > 0) || !(constant > 0))
        return 700 / slowest;
    return fmin(700, 2 * fmax(log(2 * size / constant), 1)) / slowest;
}

double ecp_decays_crossing(const struct ecp_decays *f, double horizon)
{
    struct member chain[MEMBERS];
    double zeros[2][ZEROS];
    int n_members = 1, n_turns = 0;
    if (f->n == 0 || stays_below(f))
        return INFINITY;
    const double end = isinf(horizon) ? last_change(f) : horizon;
    chain[0] = first_member(f);
    while (n_members < MEMBERS && coefficients(&chain[n_members - 1]) > 1) {
        chain[n_members] = next_member(&chain[n_members - 1]);
        n_members++;
    }
    /* The last one has a single term and no zero (t = 0 apart). */
    for (int k = n_members - 2; k >= 0; k--) {
        double *zero = zeros[k & 1];
        n_turns = zeros_between(&chain[k], end, zeros[(k + 1) & 1], n_turns, zero, k == 0);
    }
    if (n_members < 2 || n_turns == 0)
        return INFINITY;
    return zeros[0][0];
}
