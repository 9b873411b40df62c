/* exact_reference.h -- leaky integrate-and-fire neurons in long double, without
 * the closed forms and the crossing finder of the engine.
 *
 * The equations between events are linear, y' = A y, and are advanced in small
 * steps by their Taylor series, to the last bit of a long double. A crossing is
 * looked for in every step: a change of sign, or a maximum inside (where V' goes
 * from + to -), then bisection. Slow and simple. */
#ifndef ECP_TESTS_EXACT_REFERENCE_H
#define ECP_TESTS_EXACT_REFERENCE_H

#include <math.h>

typedef long double real;

enum ref_kind { REF_DELTA, REF_EXP, REF_ALPHA };

struct ref_param {
    enum ref_kind kind;
    real tau_m, tau[2], c, v_th, v_reset, t_ref;
};

/* u: potential above where it rests with the constant current; by port current
 * i and slope s. */
struct ref_state {
    real u, i[2], s[2];
};

static const real REF_STEP = 0.05L; /* ms: bracket of a crossing */

static inline struct ref_state ref_slope(const struct ref_param *p, const struct ref_state *y)
{
    struct ref_state d = {.u = -y->u / p->tau_m + (y->i[0] + y->i[1]) / p->c};
    for (int k = 0; k < 2; k++) {
        d.i[k] = y->s[k] - y->i[k] / p->tau[k];
        d.s[k] = -y->s[k] / p->tau[k];
    }
    return d;
}

/* exp(A h) y, for h up to REF_STEP and rates up to 2 per ms: what is left out is
 * below 1e-21 of it. */
static inline struct ref_state ref_moved(const struct ref_param *p, const struct ref_state *y,
                                         real h)
{
    struct ref_state sum = *y, term = *y;
    for (int n = 1; n <= 11; n++) {
        const struct ref_state d = ref_slope(p, &term);
        term.u = d.u * h / n;
        sum.u += term.u;
        for (int k = 0; k < 2; k++) {
            term.i[k] = d.i[k] * h / n;
            term.s[k] = d.s[k] * h / n;
            sum.i[k] += term.i[k];
            sum.s[k] += term.s[k];
        }
    }
    return sum;
}

static inline int ref_is_over(const struct ref_param *p, const struct ref_state *y, real h,
                              real level, int of_slope)
{
    const struct ref_state z = ref_moved(p, y, h);
    return of_slope ? ref_slope(p, &z).u <= 0 : z.u >= level;
}

/* First h in (0, high] for which the test holds; it holds at `high`. */
static inline real ref_bisect(const struct ref_param *p, const struct ref_state *y, real high,
                              real level, int of_slope)
{
    real low = 0;
    for (int k = 0; k < 70; k++) {
        const real middle = (low + high) / 2;
        if (ref_is_over(p, y, middle, level, of_slope))
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* Time within (0, h] at which u reaches `level`, from below; -1: none. `next` is
 * the state at h. */
static inline real ref_crossing(const struct ref_param *p, const struct ref_state *y,
                                const struct ref_state *next, real h, real level)
{
    if (next->u >= level)
        return ref_bisect(p, y, h, level, 0);
    if (ref_slope(p, y).u > 0 && ref_slope(p, next).u < 0) {
        const real top = ref_bisect(p, y, h, 0, 1);
        if (ref_is_over(p, y, top, level, 0))
            return ref_bisect(p, y, top, level, 0);
    }
    return -1;
}

#endif
