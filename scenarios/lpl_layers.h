/* lpl_layers.h -- what the parts of the scenario lpl_layers share. */
#ifndef ECP_LPL_LAYERS_H
#define ECP_LPL_LAYERS_H

#include "engine/experiment.h"

enum {
    OBJECTS = 10,
    HIDDEN = 20,
    INPUTS = 100,
    LAYERS = 3,
    MOST_SEEDS = 20,
    SHOWN = 2000,
    AT_ONCE = 10
};
enum { RULE, PRED_OFF, HEBB_OFF, DECORRELATE_OFF, UNTRAINED, CONDITIONS };

enum { SPREAD, STEPS, BATCH, SEEDS, PREDICT, HEBB, DECORRELATE, RATE, ABLATIONS, EPOCHS, END };

enum {
    INPUT,
    LPL_1,
    LPL_2,
    LPL_3,
    LPL_SD,
    GAIN,
    LEAST_STEP,
    PRED_3,
    HEBB_3,
    DEC_3,
    UNTRAINED_3,
    PRED_LOSS,
    DEC_LOSS,
    PRED_FALL,
    DEC_FALL,
    HEBB_ACTIVITY,
    LPL_DIM_LOW,
    LPL_DIM_HIGH,
    DEC_DIM,
    RESULTS
};

static const char *const ecp_lpl_conditions[CONDITIONS] = {"lpl", "pred_off", "hebb_off",
                                                           "decorrelate_off", "untrained"};
/* What comes out: [condition][layer][seed]; layer 0 is the input. */
struct outcome {
    double right[CONDITIONS][LAYERS + 1][MOST_SEEDS];
    double dimension[CONDITIONS][LAYERS + 1][MOST_SEEDS];
    double activity[CONDITIONS][LAYERS + 1][MOST_SEEDS];
};

/* Results, table and figure of n worlds. */
enum ecp_status ecp_lpl_layers_show(struct ecp_experiment *experiment,
                                    const struct outcome *outcome, size_t n, int conditions);

#endif
