/* zd_case.h -- 132 IT units, 7 objects at 3 positions (Zhang & Desimone), the first 18 repeats of
 * which none is missing, as the reference values of decoders and kernels take them. */
#ifndef ECP_TESTS_ZD_CASE_H
#define ECP_TESTS_ZD_CASE_H

#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/sheet.h"
#include "tests/verify/reference_data.h"

enum {
    ZD_OBJECTS = 7,
    ZD_PLACES = 3,
    ZD_CONDITIONS = ZD_OBJECTS * ZD_PLACES,
    ZD_RECORDED = 20,
    ZD_REPEATS = 18,
    ZD_TRIALS = ZD_CONDITIONS * ZD_REPEATS,
    ZD_UNITS = 132
};

struct zd {
    struct ecp_dataset set;
    struct ecp_label label[2]; /* object, place */
    size_t condition[ZD_TRIALS], repeat[ZD_TRIALS];
    const char *object[ZD_CONDITIONS];
    double place[ZD_CONDITIONS];
    double *response;
};

/* `units`: how many of them, the first ones. */
static inline struct zd *zd_create(size_t units)
{
    static const char *const objects[ZD_OBJECTS] = {"car",    "couch", "face", "flower",
                                                    "guitar", "hand",  "kiwi"};
    size_t n = 0;
    double *all = recording_numbers("zd_it/zd_it.h5", "responses/counts", &n);
    struct zd *zd = calloc(1, sizeof *zd);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zd);
    CU_ASSERT_EQUAL_FATAL(n, ZD_CONDITIONS * ZD_RECORDED * ZD_UNITS);
    zd->response = malloc(ZD_TRIALS * ZD_UNITS * sizeof *zd->response);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zd->response);
    for (size_t t = 0; t < ZD_TRIALS; t++) {
        zd->condition[t] = t / ZD_REPEATS;
        zd->repeat[t] = t % ZD_REPEATS;
        memcpy(zd->response + t * units,
               all + (zd->condition[t] * ZD_RECORDED + zd->repeat[t]) * ZD_UNITS,
               units * sizeof *all);
    }
    for (size_t c = 0; c < ZD_CONDITIONS; c++) {
        zd->object[c] = objects[c / ZD_PLACES];
        zd->place[c] = (double)(c % ZD_PLACES);
    }
    zd->label[0] = (struct ecp_label){.name = "object", .unit = "1", .word = zd->object};
    zd->label[1] = (struct ecp_label){.name = "place", .unit = "1", .number = zd->place};
    zd->set = (struct ecp_dataset){.name = "IT",
                                   .n_conditions = ZD_CONDITIONS,
                                   .n_units = units,
                                   .n_condition_labels = 2,
                                   .condition_label = zd->label,
                                   .n_trials = ZD_TRIALS,
                                   .trial_condition = zd->condition,
                                   .trial_repeat = zd->repeat,
                                   .response = zd->response};
    free(all);
    return zd;
}

static inline void zd_destroy(struct zd *zd)
{
    free(zd->response);
    free(zd);
}

#endif
