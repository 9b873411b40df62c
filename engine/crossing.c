#include "engine/crossing.h"

#include <math.h>
#include <string.h>

/* One function of the chain: terms of which the first may have rate 0. A
 * coefficient that is gone is marked by degree -1. */
struct member {
    int n;
    double a[ECP_CROSSING_TERMS + 1], b[ECP_CROSSING_TERMS + 1], rate[ECP_CROSSING_TERMS + 1];
    int degree[ECP_CROSSING_TERMS + 1];
};

enum { MEMBERS = 2 * ECP_CROSSING_TERMS + 2, ZEROS = MEMBERS };

static double member_value(const struct member *m, double t)
{
    double sum = 0;
    for (int k = 0; k < m->n; k++)
        if (m->degree[k] >= 0)
            sum += (m->a[k] + m->b[k] * t) * (m->rate[k] > 0 ? exp(-m->rate[k] * t) : 1);
    return sum;
}

double ecp_decays_value(const struct ecp_decays *f, double t)
{
    double sum = f->constant;
    for (int k = 0; k < f->n; k++)
        sum += (f->term[k].a + f->term[k].b * t) * exp(-f->term[k].rate * t);
    return sum;
}

/* Is f below zero everywhere? Certain when 1; most cases are settled here.
 * Time is cut where it doubles, so that the exponentials of the next cut are
 * the squares of these; in a stretch a term is at most its polynomial's
 * larger end times the exponential's larger or smaller end. */
static int stays_below(const struct ecp_decays *f)
{
    enum { CUTS = 12 };
    double fastest = 0, start[ECP_CROSSING_TERMS], stop[ECP_CROSSING_TERMS];
    for (int k = 0; k < f->n; k++)
        fastest = fmax(fastest, f->term[k].rate);
    double from = 0, to = 0.125 / fastest;
    for (int k = 0; k < f->n; k++) {
        start[k] = 1;
        stop[k] = exp(-f->term[k].rate * to);
    }
    for (int cut = 0; cut <= CUTS; cut++) {
        const int last = cut == CUTS;
        double bound = f->constant;
        for (int k = 0; k < f->n; k++) {
            const struct ecp_decay *term = &f->term[k];
            const double here = term->a + term->b * from;
            const double top = last ? here : fmax(here, term->a + term->b * to);
            if (last && term->b > 0) { /* t exp(-rate t) has no end */
                const double peak = fmax(from, 1 / term->rate);
                bound += fmax(term->a, 0) * start[k] + term->b * peak * exp(-term->rate * peak);
            } else {
                bound += top > 0 ? top * start[k] : last ? 0 : top * stop[k];
            }
        }
        if (bound >= 0)
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
    struct member m = {.n = f->n + 1};
    m.a[0] = f->constant;
    m.degree[0] = f->constant != 0 ? 0 : -1;
    for (int k = 0; k < f->n; k++) {
        m.a[k + 1] = f->term[k].a;
        m.b[k + 1] = f->term[k].b;
        m.rate[k + 1] = f->term[k].rate;
        m.degree[k + 1] = f->term[k].b != 0 ? 1 : f->term[k].a != 0 ? 0 : -1;
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
    double slowest = INFINITY;
    for (int k = 0; k < m->n; k++)
        if (m->degree[k] >= 0 && m->rate[k] < slowest)
            slowest = m->rate[k];
    for (int k = 0; k < m->n; k++) {
        if (m->degree[k] < 0)
            continue;
        const double rate = m->rate[k] - slowest;
        next.rate[k] = rate;
        next.a[k] = m->b[k] - rate * m->a[k];
        next.b[k] = -rate * m->b[k];
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
        slowest = fmin(slowest, f->term[k].rate);
        size += fabs(f->term[k].a) + 2 * fabs(f->term[k].b) / (f->term[k].rate * M_E);
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
