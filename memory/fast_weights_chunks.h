/* fast_weights_chunks.h -- the chunkwise and the parallel form; follows
 * fast_weights_forms.h. */

/* ---- chunkwise --------------------------------------------------------------------- */

/* All of a chunk that does not need the state: scaled rows, products of queries and keys,
 * the triangular system of the delta rule. */
static void NAME(chunk_alone)(const struct piece *b, struct space *s, size_t h, size_t at)
{
    const struct plan *plan = b->plan;
    const size_t first = s->cuts.at[h * s->cuts.stride + at];
    const size_t n = s->cuts.at[h * s->cuts.stride + at + 1] - first, row = h * b->n + first;
    if (b->gates.count > 0)
        NAME(scale_rows)(b, s, h, first, first + n);
    const struct rows x = NAME(rows_of)(b, s, h, first);
    const struct matrix write = {x.k_write, x.stride, 0};
    if (b->q) {
        const struct matrix of_queries[2] = {{x.q, x.stride, 0}, write};
        real *p = s->p + row * s->width;
        NAME(triangle)
        (n, 0, plan->key, (real)plan->scale, of_queries,
         (struct NAME(target)){.at = p, .stride = s->width});
        for (size_t i = 0; i < n && plan->normalised; i++) {
            double sum = 0;
            for (size_t j = 0; j <= i; j++)
                sum += (double)p[i * s->width + j];
            s->weight[row + i] = sum;
        }
    }
    if (plan->delta) {
        const struct matrix of_keys[2] = {{x.k_read, x.stride, 0}, write};
        real *a = s->a + row * s->width;
        NAME(triangle)
        (n, 0, plan->key, 1, of_keys, (struct NAME(target)){.at = a, .stride = s->width});
        NAME(prepare_solving)(n, 0, b->beta + first, a, s->width);
    }
}

/* What the delta rule writes in a chunk: columns x.. of (1 - A)^{-1} beta (V - K S). */
static void NAME(chunk_delta)(const struct piece *b, struct space *s, size_t h, size_t first,
                              struct NAME(target) u)
{
    const struct plan *plan = b->plan;
    const struct rows x = NAME(rows_of)(b, s, h, first);
    const size_t row = h * b->n + first;
    const size_t column = (size_t)(u.at - (s->u + row * plan->value));
    const real *v = b->v + (first * plan->heads + h) * plan->value + column;
    const real *state = b->state + h * plan->key * plan->value + column;
    for (size_t i = 0; i < u.m; i++)
        memcpy(u.at + i * u.stride, v + i * plan->heads * plan->value, u.n * sizeof *v);
    NAME(multiply)
    (plan->key, -1, (struct matrix){x.k_read, x.stride, 0}, (struct matrix){state, plan->value, 0},
     u);
    for (size_t i = 0; i < u.m; i++)
        for (size_t j = 0; j < u.n; j++)
            u.at[i * u.stride + j] *= (real)b->beta[first + i];
    NAME(solve)
    (u.m, (struct matrix){s->a + row * s->width, s->width, 0}, u,
     s->row + (h * plan->value + column) * SOLVE);
}

/* The state passes through the chunks of head h: columns `column` .. + width of it. */
static void NAME(chunks_through)(const struct piece *b, struct space *s, size_t h, size_t column,
                                 size_t width)
{
    const struct plan *plan = b->plan;
    const size_t d = plan->key, m = plan->value, all = plan->heads * m;
    struct NAME(target) state = {b->state + h * d * m + column, m, d, width, 1};
    const struct matrix known = {state.at, m, 0};
    for (size_t at = 0; at < s->cuts.count[h]; at++) {
        const size_t first = s->cuts.at[h * s->cuts.stride + at];
        const size_t n = s->cuts.at[h * s->cuts.stride + at + 1] - first, row = h * b->n + first;
        const struct rows x = NAME(rows_of)(b, s, h, first);
        struct NAME(target) u = {s->u + row * m + column, m, n, width, 1};
        struct matrix written = {b->v + first * all + h * m + column, all, 0};
        if (b->gates.count > 0)
            NAME(decay)(b, gate_of(&b->gates, first, h), d, width, state);
        if (plan->delta) {
            NAME(chunk_delta)(b, s, h, first, u);
            written = (struct matrix){u.at, m, 0};
        }
        if (b->q) {
            struct NAME(target) o = {b->o + first * all + h * m + column, all, n, width, 0};
            NAME(multiply)(d, (real)plan->scale, (struct matrix){x.q, x.stride, 0}, known, o);
            NAME(triangle_times)
            (n, 0, (struct matrix){s->p + row * s->width, s->width, 0}, written, o);
        }
        NAME(multiply)(n, 1, (struct matrix){x.k_write, x.stride, 1}, written, state);
        if (b->gates.count > 0)
            NAME(decay)
        (b, s->cuts.sum + (row + n - 1) * b->gates.count, d, width, state);
    }
}

/* The same for the sums of keys by which outputs are divided. */
static void NAME(sums_through)(const struct piece *b, struct space *s, size_t h)
{
    const size_t d = b->plan->key;
    real *z = b->z + h * d;
    const struct NAME(target) column = {.at = z, .stride = 1};
    for (size_t at = 0; at < s->cuts.count[h]; at++) {
        const size_t first = s->cuts.at[h * s->cuts.stride + at];
        const size_t stop = s->cuts.at[h * s->cuts.stride + at + 1];
        const struct rows x = NAME(rows_of)(b, s, h, first);
        if (b->gates.count > 0)
            NAME(decay)(b, gate_of(&b->gates, first, h), d, 1, column);
        for (size_t t = first; t < stop && b->q; t++)
            for (size_t c = 0; c < d; c++)
                s->weight[h * b->n + t] +=
                    b->plan->scale * (double)x.q[(t - first) * x.stride + c] * (double)z[c];
        for (size_t t = first; t < stop; t++)
            for (size_t c = 0; c < d; c++)
                z[c] += x.k_write[(t - first) * x.stride + c];
        if (b->gates.count > 0)
            NAME(decay)
        (b, s->cuts.sum + (h * b->n + stop - 1) * b->gates.count, d, 1, column);
    }
}

/* A single head gives two threads work where its columns are cut. */
static size_t NAME(columns_at_once)(const struct plan *plan)
{
    return plan->heads == 1 && plan->value >= 64 ? (plan->value / 2 + 7) / 8 * 8 : plan->value;
}

static void NAME(chunkwise)(const struct piece *b, struct space *s)
{
    const struct plan *plan = b->plan;
    const size_t width = NAME(columns_at_once)(plan), m = plan->value;
    const size_t blocks = (m + width - 1) / width, tasks = blocks + (plan->normalised ? 1 : 0);
    size_t most = 0;
    for (size_t h = 0; h < plan->heads; h++)
        most = s->cuts.count[h] > most ? s->cuts.count[h] : most;
#pragma omp parallel if (is_worth(plan, b->n))
    {
#pragma omp for schedule(dynamic)
        for (size_t k = 0; k < plan->heads * most; k++)
            if (k / plan->heads < s->cuts.count[k % plan->heads])
                NAME(chunk_alone)(b, s, k % plan->heads, k / plan->heads);
#pragma omp for schedule(dynamic)
        for (size_t k = 0; k < plan->heads * tasks; k++) {
            const size_t h = k / tasks, column = k % tasks * width;
            if (k % tasks == blocks)
                NAME(sums_through)(b, s, h);
            else
                NAME(chunks_through)(b, s, h, column, m - column < width ? m - column : width);
        }
    }
}

/* ---- parallel -------------------------------------------------------------------------- */

/* All of the past, and the state from before the sequence, into the coordinates of a
 * strip whose first item is `first`. */
static void NAME(move_on)(const struct piece *b, struct space *s, size_t h, size_t first)
{
    const size_t d = b->plan->key, m = b->plan->value, count = b->gates.count;
    const double *own = gate_of(&b->gates, first, h);
    const double *before = first > 0 ? s->cuts.sum + (h * b->n + first - 1) * count : NULL;
    for (size_t c = 0; c < d; c++) {
        const size_t g = count == 1 ? 0 : c;
        const real keep = (real)ecp_expd(own[g] + (before ? before[g] : 0));
        real *state = b->state + (h * d + c) * m;
        for (size_t j = 0; j < m; j++)
            state[j] *= keep;
        b->z[h * d + c] *= keep;
        for (size_t t = 0; t < first; t++)
            s->k_write[(h * b->n + t) * d + c] *= keep;
    }
}

static void NAME(strip_delta)(const struct piece *b, struct space *s, size_t h, size_t first,
                              size_t n)
{
    const struct plan *plan = b->plan;
    const size_t m = plan->value, row = h * b->n;
    const struct rows x = NAME(rows_of)(b, s, h, first), all = NAME(rows_of)(b, s, h, 0);
    struct NAME(target) u = {s->u + (row + first) * m, m, n, m, 1};
    real *a = s->a + h * STRIP * s->width;
    const struct matrix of_keys[2] = {{x.k_read, x.stride, 0}, {all.k_write, all.stride, 0}};
    NAME(triangle)
    (n, first, plan->key, 1, of_keys, (struct NAME(target)){.at = a, .stride = s->width});
    NAME(prepare_solving)(n, first, b->beta + first, a, s->width);
    for (size_t i = 0; i < n; i++)
        memcpy(u.at + i * m, b->v + ((first + i) * plan->heads + h) * m, m * sizeof *u.at);
    NAME(multiply)
    (plan->key, -1, (struct matrix){x.k_read, x.stride, 0},
     (struct matrix){b->state + h * plan->key * m, m, 0}, u);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            u.at[i * m + j] *= (real)b->beta[first + i];
    NAME(multiply)
    (first, 1, (struct matrix){a, s->width, 0}, (struct matrix){s->u + row * m, m, 0}, u);
    NAME(solve)(n, (struct matrix){a + first, s->width, 0}, u, s->row + h * SOLVE * m);
}

static void NAME(parallel_head)(const struct piece *b, struct space *s, size_t h)
{
    const struct plan *plan = b->plan;
    const size_t d = plan->key, m = plan->value, wide = plan->heads * m, row = h * b->n;
    const struct rows all = NAME(rows_of)(b, s, h, 0);
    const struct matrix written = plan->delta ? (struct matrix){s->u + row * m, m, 0}
                                              : (struct matrix){b->v + h * m, wide, 0};
    real *state = b->state + h * d * m, *z = b->z + h * d, *p = s->p + h * STRIP * s->width;
    for (size_t at = 0; at < s->cuts.count[h]; at++) {
        const size_t first = s->cuts.at[h * s->cuts.stride + at];
        const size_t n = s->cuts.at[h * s->cuts.stride + at + 1] - first;
        const struct rows x = NAME(rows_of)(b, s, h, first);
        if (b->gates.count > 0) {
            NAME(move_on)(b, s, h, first);
            NAME(scale_rows)(b, s, h, first, first + n);
        }
        if (plan->delta)
            NAME(strip_delta)(b, s, h, first, n);
        if (!b->q)
            continue;
        const struct matrix of_queries[2] = {{x.q, x.stride, 0}, {all.k_write, all.stride, 0}};
        struct NAME(target) o = {b->o + first * wide + h * m, wide, n, m, 0};
        NAME(triangle)
        (n, first, d, (real)plan->scale, of_queries,
         (struct NAME(target)){.at = p, .stride = s->width});
        NAME(multiply)
        (d, (real)plan->scale, (struct matrix){x.q, x.stride, 0}, (struct matrix){state, m, 0}, o);
        NAME(triangle_times)(n, first, (struct matrix){p, s->width, 0}, written, o);
        for (size_t i = 0; i < n && plan->normalised; i++) {
            double sum = 0;
            for (size_t j = 0; j <= first + i; j++)
                sum += (double)p[i * s->width + j];
            for (size_t c = 0; c < d; c++)
                sum += plan->scale * (double)x.q[i * x.stride + c] * (double)z[c];
            s->weight[row + first + i] = sum;
        }
    }
    NAME(multiply)
    (b->n, 1, (struct matrix){all.k_write, all.stride, 1}, written,
     (struct NAME(target)){state, m, d, m, 1});
    for (size_t t = 0; t < b->n && plan->normalised; t++)
        for (size_t c = 0; c < d; c++)
            z[c] += all.k_write[t * all.stride + c];
    if (b->gates.count > 0) {
        const double *last = s->cuts.sum + (row + b->n - 1) * b->gates.count;
        NAME(decay)(b, last, d, m, (struct NAME(target)){.at = state, .stride = m});
        NAME(decay)(b, last, d, 1, (struct NAME(target)){.at = z, .stride = 1});
    }
}

/* ---- any of them -------------------------------------------------------------------------- */

static void NAME(divide)(const struct piece *b, const struct space *s)
{
    const struct plan *p = b->plan;
#pragma omp parallel for schedule(static) if (is_worth(p, b->n))
    for (size_t k = 0; k < b->n * p->heads; k++) {
        const double weight = s->weight[k % p->heads * b->n + k / p->heads] + p->epsilon;
        for (size_t j = 0; j < p->value; j++)
            b->o[k * p->value + j] = (real)((double)b->o[k * p->value + j] / weight);
    }
}

static void NAME(space_free)(struct space *s)
{
    void *const all[] = {s->cuts.at, s->cuts.count, s->cuts.sum, s->q,   s->k_write, s->k_read,
                         s->p,       s->a,          s->u,        s->row, s->weight};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free(all[k]);
    *s = (struct space){0};
}

/* Room for a piece of `b->n` items; ECP_ENOMEM. */
static enum ecp_status NAME(space_create)(const struct piece *b, struct space *s)
{
    const struct plan *p = b->plan;
    const size_t items = p->heads * b->n, count = b->gates.count;
    const int strips = p->form == FORM_PARALLEL, cut = p->form != FORM_RECURRENT;
    const size_t scaled = cut && count > 0 ? items * p->key : 0;
    const size_t square_rows = !cut ? 0 : strips ? p->heads * STRIP : items;
    s->width = strips ? b->n : p->chunk < b->n ? p->chunk : b->n;
    s->cuts.stride = b->n + 1;
    s->cuts.at = ecp_array(p->heads * (b->n + 1), sizeof *s->cuts.at);
    s->cuts.count = ecp_array(p->heads, sizeof *s->cuts.count);
    s->cuts.sum = ecp_array(items * count, sizeof *s->cuts.sum);
    s->q = ecp_array(scaled, sizeof *s->q);
    s->k_write = ecp_array(scaled, sizeof *s->q);
    s->k_read = ecp_array(scaled, sizeof *s->q);
    s->p = ecp_array(b->q ? square_rows * s->width : 0, sizeof *s->p);
    s->a = ecp_array(p->delta ? square_rows * s->width : 0, sizeof *s->a);
    s->u = ecp_array(cut && p->delta ? items * p->value : 0, sizeof *s->u);
    s->row = ecp_array(p->heads * SOLVE * p->value, sizeof *s->row);
    s->weight = ecp_array(items, sizeof *s->weight);
    if (s->cuts.at && s->cuts.count && s->cuts.sum && s->q && s->k_write && s->k_read && s->p &&
        s->a && s->u && s->row && s->weight)
        return ECP_OK;
    NAME(space_free)(s);
    return ecp_fail(ECP_ENOMEM, "memory fast_weights: no memory for %zu items at once", b->n);
}

static void NAME(pass)(const struct piece *b, struct space *s)
{
    const struct plan *p = b->plan;
    const size_t width = p->form == FORM_PARALLEL ? STRIP : p->chunk;
    if (p->form != FORM_RECURRENT) {
#pragma omp parallel for schedule(static) if (is_worth(p, b->n))
        for (size_t h = 0; h < p->heads; h++)
            cut_head(&b->gates, b->n, h, width, LIMIT, &s->cuts);
    }
    if (p->form == FORM_CHUNKWISE) {
        NAME(chunkwise)(b, s);
    } else {
#pragma omp parallel for schedule(dynamic) if (is_worth(p, b->n))
        for (size_t h = 0; h < p->heads; h++) {
            if (p->form == FORM_PARALLEL)
                NAME(parallel_head)(b, s, h);
            else
                NAME(recurrent_head)(b, s, h);
        }
    }
    if (b->q && p->normalised)
        NAME(divide)(b, s);
}

#undef piece
#undef space
#undef rows
#undef matrix
