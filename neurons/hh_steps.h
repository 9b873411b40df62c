/* hh_steps.h -- how the Hodgkin-Huxley models move over a step.
 *
 *   c dV/dt = -g_na m^3 h (V - e_na) - g_k n^4 (V - e_k) - g_l (V - e_l) + I
 *   dx/dt   = a_x (1 - x) - b_x x,   x = n, m, h
 *
 * "rk4": the classical Runge-Kutta method. Far from a spike four stages in 0.1 ms
 * leave 1e-5 mV; where the rates are fast, the second and third stage come
 * apart, and the neuron repeats the step in 2 or 8 pieces. Each decides for
 * itself, so that results do not depend on how blocks are cut; those that repeat
 * are packed together to keep the loops vectors. What runs away even so (absurd
 * input) is moved by the other scheme, which cannot.
 *
 * "exponential_euler": every variable moves exactly while the others are held:
 * the membrane by half a piece, the gates by a whole one, the membrane by
 * half (Strang splitting).
 *
 * A model defines, before this file is included, HH_SPIKE and
 *   struct hh_powers hh_powers(u)               at u = V - shift
 *   struct hh_rates hh_rates(u, powers)
 *   struct hh_synapse hh_decay(synapse, tier)   over half a piece
 *   struct hh_drive hh_drive(form, synapse, stimulus)
 *   struct hh_columns hh_columns(block, first)
 *   void hh_arrive(form, block)                 synapses at the end of the step
 * with the types of hh_form.h. Verified in tests/verify/verify_hh.c. */
#ifndef ECP_NEURONS_HH_STEPS_H
#define ECP_NEURONS_HH_STEPS_H

#include "neurons/hh_form.h"

/* A step is repeated where h |k3 - k2| is beyond HH_DOUBT_V mV for the membrane or
 * HH_DOUBT_M for m, or where the current bends by HH_DOUBT_BEND mV/h over it: the
 * error is then about 1e-5 mV. It falls with dt^5, and what is looked at with dt^3.
 * HH_MUCH times as far: in small pieces. */
#define HH_DOUBT_V    0.002
#define HH_DOUBT_M    0.0001
#define HH_DOUBT_BEND 0.01
#define HH_MUCH       50

/* What the stages of a piece have in common. */
struct hh_stage {
    const struct hh_form *form;
    const struct hh_tier *tier;
    ecp_real h;
    size_t n;
};

HH_INLINE ecp_real hh_size(ecp_real x)
{
    return x < 0 ? -x : x;
}

/* dy/dt at the current constant + per_mv V (both per capacitance). */
HH_INLINE struct hh_state hh_slope(const struct hh_form *f, struct hh_state y, struct hh_powers e,
                                   struct hh_drive d)
{
    const struct hh_rates r = hh_rates(y.v - f->shift, e);
    const ecp_real n2 = y.n * y.n, k = f->g_k * (n2 * n2);
    const ecp_real na = f->g_na * ((y.m * y.m) * (y.m * y.h));
    const ecp_real sum =
        (d.constant - (k + na + f->g_l - d.per_mv) * y.v) + (k * f->e_k + na * f->e_na);
    return (struct hh_state){sum, r.an - (r.an + r.bn) * y.n, r.am - (r.am + r.bm) * y.m,
                             r.ah - (r.ah + r.bh) * y.h};
}

HH_INLINE struct hh_state hh_along(struct hh_state y, ecp_real h, struct hh_state k)
{
    return (struct hh_state){y.v + h * k.v, y.n + h * k.n, y.m + h * k.m, y.h + h * k.h};
}

/* The exponentials at the probes. The stages of a step are cut into loops of
 * their own: what one operation must wait for is then done by the next
 * neurons, not by the next operation. */
static void hh_raise(ecp_real shift, size_t n, const ecp_real *restrict v, ecp_real *restrict slow,
                     ecp_real *restrict other)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const struct hh_powers e = hh_powers(v[j] - shift);
        slow[j] = e.slow;
        other[j] = e.other;
    }
}

/* Stage 1, 2, 3 or 4 for all cells: the slope at the probe enters the sum with
 * `weight`, and the next probe lies `along` it. Stages 2 and 3 take the slope
 * at the same time: how far they are apart tells how rough the step is. */
HH_INLINE void hh_stage(const struct hh_stage *of, int stage, ecp_real weight, ecp_real along,
                        struct hh_cells *restrict c)
{
    const struct hh_form f = *of->form;
    const struct hh_tier tier = *of->tier;
    const ecp_real scale_v = of->h / (ecp_real)HH_DOUBT_V, scale_m = of->h / (ecp_real)HH_DOUBT_M;
    const ecp_real scale_bend = of->h / (ecp_real)HH_DOUBT_BEND;
    const size_t n = of->n;
    hh_raise(f.shift, n, stage == 1 ? c->v : c->probe_v, c->slow, c->other);
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const struct hh_state y = {c->v[j], c->n[j], c->m[j], c->h[j]};
        const struct hh_state probe = {c->probe_v[j], c->probe_n[j], c->probe_m[j], c->probe_h[j]};
        const struct hh_state at = stage == 1 ? y : probe;
        const struct hh_powers e = {c->slow[j], c->other[j]};
        struct hh_synapse s = {c->ex[j], c->ex_slope[j], c->in[j], c->in_slope[j]};
        if (stage == 2 || stage == 4) {
            s = hh_decay(s, tier);
            c->ex[j] = s.ex;
            c->ex_slope[j] = s.ex_slope;
            c->in[j] = s.in;
            c->in_slope[j] = s.in_slope;
        }
        const struct hh_drive d = hh_drive(&f, s, c->stim[j]);
        const struct hh_state k = hh_slope(&f, at, e, d);
        if (stage == 1)
            c->bend[j] = d.constant;
        if (stage == 2) {
            c->bend[j] -= 2 * d.constant;
            c->second_v[j] = k.v;
            c->second_m[j] = k.m;
        }
        if (stage == 3) {
            const ecp_real v = hh_size(k.v - c->second_v[j]) * scale_v;
            const ecp_real m = hh_size(k.m - c->second_m[j]) * scale_m;
            const ecp_real more = v > m ? v : m;
            c->doubt[j] = more > c->doubt[j] ? more : c->doubt[j];
        }
        if (stage == 4) {
            const ecp_real more = hh_size(c->bend[j] + d.constant) * scale_bend;
            c->doubt[j] = more > c->doubt[j] ? more : c->doubt[j];
        }
        /* Apart from y until the end: less is lost to rounding. */
        const struct hh_state before = {c->sum_v[j], c->sum_n[j], c->sum_m[j], c->sum_h[j]};
        const struct hh_state sum =
            hh_along(stage == 1 ? (struct hh_state){0, 0, 0, 0} : before, weight, k);
        if (stage == 4) {
            c->v[j] = y.v + sum.v;
            c->n[j] = y.n + sum.n;
            c->m[j] = y.m + sum.m;
            c->h[j] = y.h + sum.h;
        } else {
            const struct hh_state next = hh_along(y, along, k);
            c->sum_v[j] = sum.v;
            c->sum_n[j] = sum.n;
            c->sum_m[j] = sum.m;
            c->sum_h[j] = sum.h;
            c->probe_v[j] = next.v;
            c->probe_n[j] = next.n;
            c->probe_m[j] = next.m;
            c->probe_h[j] = next.h;
        }
    }
}

/* One piece of length `h`. */
static void hh_rk4_piece(const struct hh_form *f, const struct hh_tier *tier, ecp_real h, size_t n,
                         struct hh_cells *c)
{
    const ecp_real half = h / 2, sixth = h / 6, third = h / 3;
    const struct hh_stage of = {f, tier, h, n};
    hh_stage(&of, 1, sixth, half, c);
    hh_stage(&of, 2, third, half, c);
    hh_stage(&of, 3, third, h, c);
    hh_stage(&of, 4, sixth, 0, c);
}

/* The membrane after `h` with the gates held. */
HH_INLINE ecp_real hh_relax_v(const struct hh_form *f, struct hh_state y, struct hh_drive d,
                              ecp_real h)
{
    const ecp_real n2 = y.n * y.n, k = f->g_k * (n2 * n2);
    const ecp_real na = f->g_na * ((y.m * y.m) * (y.m * y.h));
    const ecp_real rate = k + na + f->g_l - d.per_mv;
    const ecp_real goal = (d.constant + (k * f->e_k + na * f->e_na)) / rate;
    return goal + (y.v - goal) * ecp_exp(-rate * h);
}

HH_INLINE ecp_real hh_relax_gate(ecp_real x, ecp_real a, ecp_real b, ecp_real h)
{
    const ecp_real goal = a / (a + b);
    return goal + (x - goal) * ecp_exp(-(a + b) * h);
}

static void hh_split_piece(const struct hh_form *form, const struct hh_tier *half_piece, ecp_real h,
                           size_t n, struct hh_cells *restrict c)
{
    const struct hh_form f = *form;
    const struct hh_tier tier = *half_piece;
    const ecp_real half = h / 2;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        struct hh_state y = {c->v[j], c->n[j], c->m[j], c->h[j]};
        const struct hh_synapse s = {c->ex[j], c->ex_slope[j], c->in[j], c->in_slope[j]};
        const struct hh_synapse end = hh_decay(hh_decay(s, tier), tier);
        y.v = hh_relax_v(&f, y, hh_drive(&f, s, c->stim[j]), half);
        const ecp_real u = y.v - f.shift;
        const struct hh_rates r = hh_rates(u, hh_powers(u));
        y.n = hh_relax_gate(y.n, r.an, r.bn, h);
        y.m = hh_relax_gate(y.m, r.am, r.bm, h);
        y.h = hh_relax_gate(y.h, r.ah, r.bh, h);
        c->v[j] = hh_relax_v(&f, y, hh_drive(&f, end, c->stim[j]), half);
        c->n[j] = y.n;
        c->m[j] = y.m;
        c->h[j] = y.h;
        c->ex[j] = end.ex;
        c->ex_slope[j] = end.ex_slope;
        c->in[j] = end.in;
        c->in_slope[j] = end.in_slope;
    }
}

/* A whole step: form->pieces pieces, times the tier's division. */
static void hh_pass(const struct hh_form *f, int tier, int split, size_t n, struct hh_cells *c)
{
    static const int division[HH_TIERS] = {1, 2, 8};
    const int pieces = (int)f->pieces * division[tier];
    const ecp_real h = f->piece / (ecp_real)division[tier];
    memset(c->doubt, 0, n * sizeof *c->doubt);
    for (int k = 0; k < pieces; k++) {
        if (split)
            hh_split_piece(f, &f->tier[tier], h, n, c);
        else
            hh_rk4_piece(f, &f->tier[tier], h, n, c);
    }
}

/* Whether the gates and the membrane are where they can be. */
HH_INLINE int hh_sane(const struct hh_cells *c, size_t j)
{
    const ecp_real low = (ecp_real)-0.01, high = (ecp_real)1.01, most = 1000;
    return (c->n[j] >= low) & (c->n[j] <= high) & (c->m[j] >= low) & (c->m[j] <= high) &
           (c->h[j] >= low) & (c->h[j] <= high) & (c->v[j] >= -most) & (c->v[j] <= most);
}

/* Repeat the step of the packed cells, and put the results into the columns. */
static void hh_flush(const struct hh_form *f, int tier, struct hh_pack *pack,
                     const struct hh_columns *to)
{
    const size_t count = pack->count, whole = (count + HH_LANES - 1) / HH_LANES * HH_LANES;
    struct hh_cells moved;
    int insane = 0;
    if (count == 0)
        return;
    for (size_t k = count; k < whole; k++) /* whole vectors: copies of the last */
        hh_fetch(to, pack->which[count - 1], &pack->cells, k);
    moved = pack->cells;
    hh_pass(f, tier, 0, whole, &moved);
    for (size_t k = 0; k < count; k++)
        insane |= !hh_sane(&moved, k);
    if (insane)
        hh_pass(f, tier, 1, whole, &pack->cells);
    for (size_t k = 0; k < count; k++) {
        const struct hh_cells *take = hh_sane(&moved, k) ? &moved : &pack->cells;
        const size_t j = pack->which[k];
        to->v[j] = take->v[k];
        to->n[j] = take->n[k];
        to->m[j] = take->m[k];
        to->h[j] = take->h[k];
    }
    pack->count = 0;
}

/* The first attempt is kept where there was no doubt. */
static int hh_mark(size_t n, const struct hh_cells *restrict c, uint8_t *restrict mark)
{
    int any = 0;
#pragma omp simd reduction(| : any)
    for (size_t j = 0; j < n; j++) {
        const int sane = hh_sane(c, j);
        const int keep = (c->doubt[j] < 1) & sane, medium = (c->doubt[j] < HH_MUCH) & sane;
        const int kind = keep ? HH_KEEP : medium ? HH_MEDIUM : HH_FINE;
        mark[j] = (uint8_t)kind;
        any |= kind;
    }
    return any;
}

/* Neurons of one mark join the pack, as they were before the attempt. */
static void hh_collect(const struct hh_columns *from, size_t first, size_t n, const uint8_t *mark,
                       struct hh_pack *pack)
{
    for (size_t j = 0; j < n; j++)
        if (mark[j] == pack->mark) {
            pack->which[pack->count] = (uint16_t)(first + j);
            hh_fetch(from, first + j, &pack->cells, pack->count++);
        }
}

/* States of a part of a block, of at most HH_BLOCK neurons, at the end of the step. */
static void hh_move(const struct hh_form *f, const struct hh_columns *c, size_t n, int split)
{
    struct hh_cells cells;
    struct hh_pack pack[2] = {{.mark = HH_MEDIUM}, {.mark = HH_FINE}};
    uint8_t mark[HH_CHUNK];
    for (size_t first = 0; first < n; first += HH_CHUNK) {
        const size_t part = n - first < HH_CHUNK ? n - first : HH_CHUNK;
        hh_fetch_all(c, first, part, &cells);
        hh_pass(f, 0, split, part, &cells);
        if (!split && hh_mark(part, &cells, mark))
            for (int k = 0; k < 2; k++) {
                if (pack[k].count + part > HH_PACK)
                    hh_flush(f, k + 1, &pack[k], c);
                hh_collect(c, first, part, mark, &pack[k]);
            }
        hh_store(c, first, part, &cells);
    }
    hh_flush(f, 1, &pack[0], c);
    hh_flush(f, 2, &pack[1], c);
}

/* A spike where the membrane, above the mark, begins to fall; no reset. */
static void hh_settle(const struct hh_form *f, const struct ecp_block *b)
{
    const struct hh_columns c = hh_columns(b, 0);
    const ecp_real level = f->shift + (ecp_real)HH_SPIKE;
    const uint16_t refractory = (uint16_t)f->refractory;
    const ecp_real *restrict v = c.v;
    ecp_real *restrict last = c.v_last;
    uint16_t *restrict wait = c.wait;
    uint8_t *restrict fired = c.fired;
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        fired[j] = (uint8_t)((wait[j] == 0) & (v[j] >= level) & (last[j] > v[j]));
        last[j] = v[j];
    }
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        wait[j] = fired[j] ? refractory : (uint16_t)(wait[j] - (wait[j] > 0));
}

static void hh_update(const struct ecp_block *b, int split)
{
    struct hh_form form;
    memcpy(&form, b->derived, sizeof form);
    for (size_t first = 0; first < b->n; first += HH_BLOCK) {
        const struct hh_columns columns = hh_columns(b, first);
        hh_move(&form, &columns, b->n - first < HH_BLOCK ? b->n - first : HH_BLOCK, split);
    }
    hh_settle(&form, b);
    hh_arrive(&form, b);
}

#endif
