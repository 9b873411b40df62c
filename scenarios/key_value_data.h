/* key_value_data.h -- what experiment B of scenario key_value_forgetting learns: generated
 * classes, or images and labels out of files. Included by key_value_forgetting.c alone. */
#ifndef ECP_KEY_VALUE_DATA_H
#define ECP_KEY_VALUE_DATA_H

enum { PIXELS = 784, TESTED = 512, OF_A_TASK = 2 /* classes */ };
enum { IMAGES, LABELS, IMAGES_2, LABELS_2, TEXTS };

static const struct ecp_scenario_text texts[] = {
    [IMAGES] = {"images", NULL,
                "B: rows of 784 numbers (IDX as train-images-idx3-ubyte of MNIST, HDF5 or text), "
                "divided by the largest; without it data are generated",
                1},
    [LABELS] = {"labels", NULL,
                "B: the class of each of them; task 1 takes classes 0 and 1, in the order of "
                "the file: first those to train on, then 512 to test on",
                1},
    [IMAGES_2] = {"images_2", NULL, "B: of task 2; without it those of task 1", 1},
    [LABELS_2] = {"labels_2", NULL, "B: of task 2, which takes classes 2 and 3", 1},
    [TEXTS] = {0}};

/* n items to train on and TESTED to test on, rows of PIXELS. */
struct set {
    size_t n;
    double *x, *test;
    int *classes, *truth;
};

static enum ecp_status room_for_set(struct ecp_experiment *e, const double *param, struct set *out)
{
    const size_t batch = (size_t)param[BATCH], n = (size_t)param[ITEMS] / batch * batch;
    *out = (struct set){n, ecp_experiment_alloc(e, n * PIXELS, sizeof(double)),
                        ecp_experiment_alloc(e, (size_t)TESTED * PIXELS, sizeof(double)),
                        ecp_experiment_alloc(e, n, sizeof(int)),
                        ecp_experiment_alloc(e, TESTED, sizeof(int))};
    if (!out->x || !out->test || !out->classes || !out->truth)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu items", n);
    return ECP_OK;
}

static enum ecp_status draw_set(struct ecp_experiment *e, const double *param, uint64_t seed,
                                int task, struct set *out)
{
    struct ecp_clusters clusters = {.dimensions = PIXELS,
                                    .first = OF_A_TASK * task,
                                    .classes = OF_A_TASK,
                                    .noise = param[NOISE],
                                    .size = 0.33,
                                    .seed = seed,
                                    .set = 2 * (uint32_t)task};
    const enum ecp_status status = room_for_set(e, param, out);
    if (status != ECP_OK)
        return status;
    ecp_clusters_draw(&clusters, out->n, out->x, out->classes);
    clusters.set++;
    ecp_clusters_draw(&clusters, TESTED, out->test, out->truth);
    return ECP_OK;
}

/* ---- out of files ------------------------------------------------------------------- */

/* Before anything is read: they come in pairs. */
static enum ecp_status check_texts(const struct ecp_plan *plan)
{
    const char *const *text = plan->computes_text;
    for (int k = 0; k < TEXTS; k += 2)
        if (!text[k] != !text[k + 1])
            return ecp_fail(ECP_ECONFIG, "%s is given without %s; allowed: both, or neither",
                            texts[text[k] ? k : k + 1].name, texts[text[k] ? k + 1 : k].name);
    if (text[IMAGES_2] && !text[IMAGES])
        return ecp_fail(ECP_ECONFIG, "images_2 is given without images; allowed: both, or images "
                                     "alone");
    return ECP_OK;
}

/* Rows with a class of the task, up to `wanted` of them: how many there are, and which. */
static enum ecp_status pick(const struct ecp_experiment *e, int labels,
                            const struct ecp_rows_read *label, int task, size_t wanted, size_t *at)
{
    size_t n = 0;
    if (label->size != 1)
        return ecp_experiment_refuse(e, labels, "found %zu numbers a row; allowed: 1, a class",
                                     label->size);
    for (size_t k = 0; k < label->n; k++) {
        const double c = label->data[k];
        if (!(c >= 0 && c < 1e6 && c == floor(c)))
            return ecp_experiment_refuse(e, labels,
                                         "row %zu: found %g; allowed: whole numbers "
                                         "from 0",
                                         k, c);
        if (floor(c / OF_A_TASK) == task && n++ < wanted)
            at[n - 1] = k;
    }
    if (n < wanted)
        return ecp_experiment_refuse(e, labels,
                                     "found %zu items of classes %d and %d; wanted: %zu "
                                     "(whole batches of network.items, and %d to test on)",
                                     n, OF_A_TASK * task, OF_A_TASK * task + 1, wanted, TESTED);
    return ECP_OK;
}

/* Both classes in what is trained and in what is tested? */
static enum ecp_status check_classes(const struct ecp_experiment *e, int labels, int task, size_t n,
                                     const int *classes)
{
    for (int c = OF_A_TASK * task; c < OF_A_TASK * (task + 1); c++) {
        size_t k = 0;
        while (k < n && classes[k] != c)
            k++;
        if (k == n)
            return ecp_experiment_refuse(e, labels,
                                         "none of %zu items in turn is of class %d; "
                                         "allowed: classes in mixed order",
                                         n, c);
    }
    return ECP_OK;
}

static enum ecp_status check_images(const struct ecp_experiment *e, int images,
                                    const struct ecp_rows_read *image, size_t n_labels,
                                    double *largest)
{
    if (image->size != PIXELS)
        return ecp_experiment_refuse(e, images, "found %zu numbers a row; allowed: %d (28 x 28)",
                                     image->size, PIXELS);
    if (image->all > 0 && image->all != n_labels)
        return ecp_experiment_refuse(e, images,
                                     "found %zu rows, and %zu labels; allowed: a label "
                                     "for each",
                                     image->all, n_labels);
    *largest = 0;
    for (size_t k = 0; k < image->n * PIXELS; k++) {
        if (!isfinite(image->data[k]))
            return ecp_experiment_refuse(e, images, "row %zu has a number that is not finite",
                                         k / PIXELS);
        *largest = fmax(*largest, fabs(image->data[k]));
    }
    if (*largest == 0)
        return ecp_experiment_refuse(e, images, "found nothing but zeros");
    return ECP_OK;
}

static void take(const struct ecp_rows_read *image, const struct ecp_rows_read *label,
                 double largest, const size_t *at, struct set *set)
{
    for (size_t k = 0; k < set->n + TESTED; k++) {
        double *x = k < set->n ? set->x + k * PIXELS : set->test + (k - set->n) * PIXELS;
        int *class_ = k < set->n ? &set->classes[k] : &set->truth[k - set->n];
        for (size_t j = 0; j < PIXELS; j++)
            x[j] = image->data[at[k] * PIXELS + j] / largest;
        *class_ = (int)label->data[at[k]];
    }
}

static enum ecp_status read_set(struct ecp_experiment *e, const double *param, int task,
                                struct set *out)
{
    const int images = task > 0 && ecp_experiment_text(e, IMAGES_2) ? IMAGES_2 : IMAGES;
    const int labels = images + 1;
    struct ecp_rows_read label = {0}, image = {0};
    double largest = 1;
    enum ecp_status status;
    ECP_TRY(room_for_set(e, param, out));
    const size_t wanted = out->n + TESTED;
    size_t *at = ecp_experiment_alloc(e, wanted, sizeof *at);
    if (!at) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu items", wanted);
        goto done;
    }
    ECP_TRY(ecp_experiment_rows(e, labels, 0, 0, &label));
    ECP_TRY(pick(e, labels, &label, task, wanted, at));
    /* No more rows than are needed: all of MNIST takes 376 MB. */
    ECP_TRY(ecp_experiment_rows(e, images, 0, at[wanted - 1] + 1, &image));
    ECP_TRY(check_images(e, images, &image, label.n, &largest));
    take(&image, &label, largest, at, out);
    ECP_TRY(check_classes(e, labels, task, out->n, out->classes));
    status = check_classes(e, labels, task, TESTED, out->truth);
done:
    free(label.data);
    free(image.data);
    return status;
}

#endif
