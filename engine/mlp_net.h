/* mlp_net.h -- the perceptron in one precision: included by mlp.c once for each, with
 *
 *   REAL      double or float
 *   NAME(f)   the name of function f in this precision
 *   GEMM      the product of matrices
 *
 * Rows of activities have the 1 of the bias behind them, so that it is a weight. */

struct NAME(net) {
    size_t n_layers, room; /* items that fit */
    size_t size[ECP_MLP_LAYERS + 1];
    int bias;
    REAL *w[ECP_MLP_LAYERS], *v[ECP_MLP_LAYERS], *g[ECP_MLP_LAYERS];
    REAL *a[ECP_MLP_LAYERS + 1], *d[ECP_MLP_LAYERS]; /* activities, derivatives of outputs */
};

static size_t NAME(inputs)(const struct NAME(net) * net, size_t layer)
{
    return net->size[layer] + (layer < net->n_layers && net->bias);
}

static void NAME(clear)(struct NAME(net) * net)
{
    for (size_t l = 0; l < ECP_MLP_LAYERS; l++) {
        free(net->w[l]);
        free(net->v[l]);
        free(net->g[l]);
        free(net->d[l]);
    }
    for (size_t l = 0; l <= ECP_MLP_LAYERS; l++)
        free(net->a[l]);
}

static enum ecp_status NAME(init)(struct NAME(net) * net, const struct ecp_mlp_setup *setup)
{
    net->n_layers = setup->n_layers;
    net->bias = setup->bias;
    memcpy(net->size, setup->size, (setup->n_layers + 1) * sizeof *net->size);
    for (size_t l = 0; l < net->n_layers; l++) {
        const size_t count = NAME(inputs)(net, l) * net->size[l + 1];
        struct ecp_chance chance = ecp_chance(setup->seed, WEIGHTS, (uint32_t)l);
        const double bound = 1 / sqrt((double)net->size[l]);
        net->w[l] = ecp_array(count, sizeof(REAL));
        net->v[l] = ecp_array(count, sizeof(REAL));
        net->g[l] = ecp_array(count, sizeof(REAL));
        if (!net->w[l] || !net->v[l] || !net->g[l])
            return ecp_fail(ECP_ENOMEM, "no memory for %zu weights of a layer", count);
        for (size_t k = 0; k < count; k++)
            net->w[l][k] = (REAL)(bound * (2 * ecp_chance_uniform(&chance) - 1));
    }
    return ECP_OK;
}

static enum ecp_status NAME(reserve)(struct NAME(net) * net, size_t n)
{
    if (n <= net->room)
        return ECP_OK;
    net->room = 0;
    for (size_t l = 0; l <= net->n_layers; l++) {
        free(net->a[l]);
        net->a[l] = ecp_array(n * NAME(inputs)(net, l), sizeof(REAL));
        if (!net->a[l])
            return ecp_fail(ECP_ENOMEM, "no memory for the activity of %zu items", n);
        for (size_t k = 0; l < net->n_layers && net->bias && k < n; k++)
            net->a[l][(k + 1) * NAME(inputs)(net, l) - 1] = 1;
        if (l == net->n_layers)
            break;
        free(net->d[l]);
        net->d[l] = ecp_array(n * net->size[l + 1], sizeof(REAL));
        if (!net->d[l])
            return ecp_fail(ECP_ENOMEM, "no memory for derivatives of %zu items", n);
    }
    net->room = n;
    return ECP_OK;
}

static enum ecp_status NAME(forward)(struct NAME(net) * net, size_t n, const double *x)
{
    const size_t first = net->size[0], width = NAME(inputs)(net, 0);
    const enum ecp_status status = NAME(reserve)(net, n);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < first; j++)
            net->a[0][k * width + j] = (REAL)x[k * first + j];
    for (size_t l = 0; l < net->n_layers; l++) {
        const size_t from = NAME(inputs)(net, l), to = net->size[l + 1];
        const size_t next = NAME(inputs)(net, l + 1);
        REAL *y = net->a[l + 1];
        GEMM(&(struct ecp_product){0, 1, n, to, from, from, from, next}, 1, net->a[l], net->w[l], 0,
             y);
        if (l + 1 < net->n_layers)
            for (size_t k = 0; k < n; k++)
                for (size_t j = 0; j < to; j++)
                    y[k * next + j] = y[k * next + j] > 0 ? y[k * next + j] : 0;
    }
    return ECP_OK;
}

/* The mean loss, and its derivatives by the logits. */
static double NAME(judge)(struct NAME(net) * net, size_t n, const int *classes)
{
    const size_t m = net->size[net->n_layers];
    double loss = 0;
    for (size_t k = 0; k < n; k++) {
        const REAL *y = net->a[net->n_layers] + k * m;
        REAL *d = net->d[net->n_layers - 1] + k * m;
        double most = (double)y[0], sum = 0;
        for (size_t j = 1; j < m; j++)
            most = fmax(most, (double)y[j]);
        for (size_t j = 0; j < m; j++)
            sum += exp((double)y[j] - most);
        for (size_t j = 0; j < m; j++) {
            const double p = exp((double)y[j] - most) / sum;
            d[j] = (REAL)((p - (j == (size_t)classes[k])) / (double)n);
        }
        loss += (log(sum) + most - (double)y[classes[k]]) / (double)n;
    }
    return loss;
}

/* From the derivatives by the outputs of layer l to those of the layer before. */
static void NAME(back)(struct NAME(net) * net, size_t n, size_t l)
{
    const size_t from = net->size[l], to = net->size[l + 1], width = NAME(inputs)(net, l);
    REAL *d = net->d[l - 1];
    const REAL *a = net->a[l];
    GEMM(&(struct ecp_product){0, 0, n, from, to, to, width, from}, 1, net->d[l], net->w[l], 0, d);
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < from; j++)
            d[k * from + j] = a[k * width + j] > 0 ? d[k * from + j] : 0;
}

static void NAME(move)(struct NAME(net) * net, const struct ecp_mlp_setup *setup, size_t n,
                       size_t l)
{
    const size_t from = NAME(inputs)(net, l), to = net->size[l + 1];
    const REAL rate = (REAL)setup->rate, momentum = (REAL)setup->momentum;
    const REAL decay = (REAL)setup->decay;
    REAL *restrict w = net->w[l], *restrict v = net->v[l];
    const REAL *restrict g = net->g[l];
    GEMM(&(struct ecp_product){1, 0, to, from, n, to, from, from}, 1, net->d[l], net->a[l], 0,
         net->g[l]);
#pragma omp parallel for simd schedule(static) if (from * to > 1 << 15)
    for (size_t k = 0; k < from * to; k++) {
        v[k] = momentum * v[k] + g[k] + decay * w[k];
        w[k] -= rate * v[k];
    }
}

/* As double, for the witness: in `room` where they are not. */
static const double *NAME(widened)(const REAL *x, size_t n, double *room)
{
    if (sizeof(REAL) == sizeof(double))
        return (const double *)(const void *)x;
    for (size_t k = 0; k < n; k++)
        room[k] = (double)x[k];
    return room;
}

static enum ecp_status NAME(tell)(const struct NAME(net) * net,
                                  const struct ecp_mlp_witness *witness, size_t n, size_t l)
{
    const size_t from = n * NAME(inputs)(net, l), to = n * net->size[l + 1];
    double *room = ecp_array(from + to, sizeof *room);
    if (!room)
        return ecp_fail(ECP_ENOMEM, "no memory for what a witness is told");
    const double *x = NAME(widened)(net->a[l], from, room);
    const double *d = NAME(widened)(net->d[l], to, room + from);
    const enum ecp_status status = witness->take(witness->user, l, n, x, d);
    free(room);
    return status;
}

/* All derivatives are of the weights before the step. */
static enum ecp_status NAME(step)(struct NAME(net) * net, const struct ecp_mlp_setup *setup,
                                  size_t n)
{
    enum ecp_status status = ECP_OK;
    for (size_t l = net->n_layers; l-- > 0;) {
        if (l > 0)
            NAME(back)(net, n, l);
        if (setup->witness.take)
            ECP_TRY(NAME(tell)(net, &setup->witness, n, l));
        NAME(move)(net, setup, n, l);
    }
done:
    return status;
}
