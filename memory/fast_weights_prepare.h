/* fast_weights_prepare.h -- part of fast_weights.c: features, strengths and gates of items
 * before a form takes them, what is done to outputs after it, and a look at the state. */

/* ---- keys and queries ------------------------------------------------------------------ */

/* What comes out of the map and is not finite, or sums to nothing: which row it is. */
static enum ecp_status check_features(const struct fast_weights *w, const char *what, size_t item,
                                      const double *x, double sum)
{
    for (size_t c = 0; c < w->plan.key; c++)
        if (!isfinite(x[c]))
            return ecp_fail(ECP_ENUMERIC,
                            "memory fast_weights: feature %zu of %s %zu is %g: the map leaves the "
                            "range of numbers where inputs are large; allowed: smaller ones",
                            c, what, item, x[c]);
    if (w->param[NORMALISER] == SUM && !(sum > 0))
        return ecp_fail(ECP_ENUMERIC,
                        "memory fast_weights: the features of %s %zu sum to %g, and nothing can be "
                        "divided by that: the map vanishes there",
                        what, item, sum);
    return ECP_OK;
}

/* Rows of heads x d numbers, first in `x`, to features in `to`; the item's number is for
 * messages. */
static enum ecp_status features(const struct fast_weights *w, const char *what, size_t n,
                                const double *x, double *to)
{
    const size_t rows = n * w->plan.heads, m = w->plan.key;
    const int normaliser = (int)w->param[NORMALISER];
    const double epsilon = what[0] == 'k' ? 0 : w->param[EPSILON];
    enum ecp_status status = ECP_OK;
    if (w->map)
        ecp_feature_map_apply(w->map, rows, x, to);
    else
        memcpy(to, x, rows * m * sizeof *to);
    for (size_t r = 0; r < rows; r++) {
        double *row = to + r * m, sum = 0;
        if (!w->map && normaliser != UNIT)
            break;
        for (size_t c = 0; c < m; c++)
            sum += normaliser == UNIT ? row[c] * row[c] : row[c];
        ECP_TRY(check_features(w, what, (size_t)w->stored + r / w->plan.heads, row, sum));
        const double divisor = normaliser == UNIT ? (sum > 0 ? sqrt(sum) : 1) : sum + epsilon;
        for (size_t c = 0; c < m && normaliser >= SUM; c++)
            row[c] /= divisor;
    }
done:
    return status;
}

static void narrow(size_t n, const double *restrict x, float *restrict y)
{
#pragma omp parallel for simd schedule(static) if (n > 1 << 14)
    for (size_t k = 0; k < n; k++)
        y[k] = (float)x[k];
}

static void widen(size_t n, const float *restrict x, double *restrict y)
{
#pragma omp parallel for simd schedule(static) if (n > 1 << 14)
    for (size_t k = 0; k < n; k++)
        y[k] = (double)x[k];
}

/* Strengths of a piece; written into the keys where there is no delta rule. */
static void strengthen(const struct fast_weights *w, const double *given, size_t n, double *key,
                       double *strength)
{
    const size_t all = w->plan.heads * w->plan.key;
    for (size_t t = 0; t < n; t++) {
        strength[t] = given ? given[t] : w->param[STRENGTH];
        for (size_t c = 0; c < all && !w->plan.delta && strength[t] != 1; c++)
            key[t * all + c] *= strength[t];
    }
}

/* Keys go through without a copy where nothing is done to them. */
static int keys_change(const struct fast_weights *w, const struct ecp_items *items)
{
    return w->map || w->param[NORMALISER] >= SUM ||
           (!w->plan.delta && (items->strength || w->param[STRENGTH] != 1));
}

/* ---- gates -------------------------------------------------------------------------------- */

static enum ecp_status gates_of(const struct fast_weights *w, const struct ecp_items *items,
                                struct gates *out)
{
    const int rule = (int)w->param[RULE];
    const int gated = rule == SIMPLE_GLA || rule == GLA || rule == GATED_DELTA;
    const size_t columns = items->decay_columns;
    *out = (struct gates){NULL, 0, 0, 0};
    if (items->decay && !gated)
        return ecp_fail(ECP_EARG,
                        "memory fast_weights: decay is given, which rule %s has not; "
                        "allowed with simple_gla, gla and gated_delta",
                        rule == RETNET ? "retnet (it has its own)" : "without gates");
    if (rule == RETNET) {
        *out = (struct gates){w->kept, 0, 1, 1};
    } else if (gated && !items->decay) {
        *out = (struct gates){w->kept, 0, 0, 1};
    } else if (gated && columns == 1) {
        *out = (struct gates){items->decay, 1, 0, 1};
    } else if (gated) {
        *out = (struct gates){items->decay, columns, w->d, rule == GLA ? w->d : 1};
        for (size_t k = 0; rule != GLA && k < items->n * columns; k++)
            if (items->decay[k] != items->decay[k - k % columns % w->d])
                return ecp_fail(ECP_EARG,
                                "memory fast_weights: decay of item %zu differs between channels "
                                "of one head; allowed with gla alone",
                                k / columns);
    }
    return ECP_OK;
}

/* ---- whether a delta rule diverges ---------------------------------------------------------- */

/* Each item turns S into (1 - b k k^T) S + b k v^T, which lengthens nothing while
 * 0 <= b |k|^2 <= 2: then |S| is at most the sum of |b| |k| |v|, with gates as without. */
static void watch(struct fast_weights *w, size_t n, const double *keys, const double *values,
                  const double *strength)
{
    const size_t d = w->plan.key, m = w->plan.value, heads = w->plan.heads;
    if (!w->plan.delta || w->plan.bounded)
        return;
    for (size_t t = 0; t < n * heads; t++) {
        const double b = strength[t / heads], key = cblas_dnrm2((int)d, keys + t * d, 1);
        const double steep = b * key * key;
        w->reach[t % heads] += fabs(b) * key * cblas_dnrm2((int)m, values + t * m, 1);
        if (fabs(steep - 1) > fabs(w->steepest - 1))
            w->steepest = steep;
    }
}

static enum ecp_status check_state(const struct fast_weights *w)
{
    static const double far = 1e3; /* times what a rule that is stable could reach */
    const int steep = !(w->steepest >= 0 && w->steepest <= 2);
    for (size_t h = 0; h < w->plan.heads; h++) {
        const int finite = isfinite(w->norm[h]);
        if (finite && !(steep && w->norm[h] > far * w->reach[h]))
            continue;
        if (!steep)
            return ecp_fail(ECP_ENUMERIC,
                            "memory fast_weights: the state of head %zu left the finite range "
                            "within the first %llu items: keys, values or strengths are too large",
                            h, (unsigned long long)w->stored);
        return ecp_fail(ECP_ENUMERIC,
                        "memory fast_weights: the state of head %zu %s within the first %llu "
                        "items: strength times the squared length of a key's features reaches "
                        "%.3g, and the delta rule diverges outside 0 to 2; allowed: smaller ones, "
                        "or normaliser sum or unit",
                        h, finite ? "grew far past its values" : "left the finite range",
                        (unsigned long long)w->stored, w->steepest);
    }
    return ECP_OK;
}

static enum ecp_status look_at_state(struct fast_weights *w)
{
    const size_t size = w->plan.key * w->plan.value, all = w->plan.heads * size;
    if (w->param[PRECISION] > 0) {
        widen(all, w->state_single, w->state);
        widen(w->plan.heads * w->plan.key, w->z_single, w->z);
    }
    for (size_t h = 0; h < w->plan.heads; h++)
        w->norm[h] = cblas_dnrm2((int)size, w->state + h * size, 1);
    return check_state(w);
}

/* ---- pieces, outputs --------------------------------------------------------------------- */

/* Whole chunks, enough for all threads and few enough to stay in the caches. */
static size_t items_at_once(const struct plan *p, size_t n)
{
    const size_t few = 16 / p->heads + 1, chunk = p->form == FORM_CHUNKWISE ? p->chunk : 64;
    const size_t chunks = chunk * few < 256 ? 256 / chunk + 1 : few;
    if (p->form == FORM_PARALLEL || chunk >= n / chunks)
        return n;
    return chunk * chunks;
}

/* Each head's part of a row, less its mean, over its standard deviation. */
static void standardise(const struct plan *p, size_t n, double *out)
{
    for (size_t r = 0; r < n * p->heads; r++) {
        double *x = out + r * p->value, mean = 0, square = 0;
        for (size_t j = 0; j < p->value; j++)
            mean += x[j] / (double)p->value;
        for (size_t j = 0; j < p->value; j++)
            square += (x[j] - mean) * (x[j] - mean) / (double)p->value;
        for (size_t j = 0; j < p->value; j++)
            x[j] = (x[j] - mean) / sqrt(square + 1e-5);
    }
}
