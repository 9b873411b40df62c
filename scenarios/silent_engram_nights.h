/* silent_engram_nights.h -- the animals of scenario silent_engram_consolidation: they encode
 * with synapses that change (rules stc and structural), sleep, and are asked.
 *
 * Areas and cells are those of silent_engram. A subject encodes once; each of its nights and
 * tests begins from the synapses that encoding left. Times in ms, weights in mV, rates in Hz. */
#ifndef ECP_SILENT_ENGRAM_NIGHTS_H
#define ECP_SILENT_ENGRAM_NIGHTS_H

#include "scenarios/silent_engram_brain.h"

enum { ECP_ONSETS = 6, ECP_MOST_PULSES = 8 };

/* What becomes of a subject. */
enum {
    ECP_NIGHT_SALINE,
    ECP_NIGHT_BLOCKED, /* proteins blocked, from onset 0 on */
    ECP_NIGHT_BLOCKED_LAST = ECP_NIGHT_BLOCKED + ECP_ONSETS - 1,
    ECP_NIGHT_NAIVE,       /* as it was before encoding, cells tagged nevertheless */
    ECP_NIGHT_UNGROWN,     /* encoded without growth of contacts; proteins are made */
    ECP_NIGHT_CUT_OUTPUT,  /* blocked at once, and DG -> CA3 silenced in the test */
    ECP_NIGHT_CUT_INPUT,   /* the same, EC -> DG */
    ECP_NIGHT_RESCUED,     /* blocked at once; then spines grow on engram cells */
    ECP_NIGHT_SALINE_DAYS, /* and days after the night */
    ECP_NIGHT_BLOCKED_DAYS,
    ECP_NIGHT_NAIVE_DAYS,
    ECP_NIGHTS
};

/* What is asked, by the night before. */
struct ecp_night_condition {
    const char *name, *label;
    int night;
    enum ecp_engram_test test;
};
enum {
    ECP_ASK_SALINE_A,
    ECP_ASK_SALINE_B,
    ECP_ASK_SALINE_LIGHT,
    ECP_ASK_BLOCKED_A,
    ECP_ASK_BLOCKED_B,
    ECP_ASK_BLOCKED_LIGHT,
    ECP_ASK_BLOCKED_MID,
    ECP_ASK_BLOCKED_LOW,
    ECP_ASK_NAIVE_A,
    ECP_ASK_NAIVE_LIGHT,
    ECP_ASK_UNGROWN_A,
    ECP_ASK_UNGROWN_LIGHT,
    ECP_ASK_CUT_OUTPUT,
    ECP_ASK_CUT_INPUT,
    ECP_ASK_RESCUED_A,
    ECP_ASK_SALINE_A_DAYS,
    ECP_ASK_SALINE_LIGHT_DAYS,
    ECP_ASK_BLOCKED_A_DAYS,
    ECP_ASK_BLOCKED_LIGHT_DAYS,
    ECP_ASK_NAIVE_A_DAYS,
    ECP_ASK_ONSET, /* context A, blocked from onsets 1, 2 ... on */
    ECP_ASKED = ECP_ASK_ONSET + ECP_ONSETS - 1
};
extern const struct ecp_night_condition ecp_night_conditions[ECP_ASKED];

struct ecp_night_setup {
    struct ecp_engram_setup engram; /* cells, cues and tests; `learnt` and `gain` are unused */
    double burst;                   /* Hz of EC cells of context A in a pulse of encoding */
    double allocation, us;          /* drive of DG and CA3 cells, of BLA cells then */
    double pulse, pause;            /* length of a pulse; rest after it */
    double pulses, growing;         /* how many; in the first of them contacts grow */
    double growth;                  /* elements that a spike grows */
    double update;                  /* between updates of contacts */
    double c_pre, c_post;           /* calcium of a spike of the source, of the target */
    double h_max;                   /* in units of w_0: early phase that potentiation aims at */
    double theta_tag, theta_pro;    /* in units of w_0 */
    double alpha;                   /* proteins that are aimed at */
    double rescue;                  /* late phase that spines give to synapses on engram cells */
    double night, block;            /* lengths: of the night, of the block */
    double days;                    /* from encoding to the second tests */
    double onset[ECP_ONSETS];       /* of the block, after encoding; the first is 0 */
};
/* ECP_ECONFIG, with the key. */
enum ecp_status ecp_night_setup_check(const struct ecp_night_setup *setup);

/* Synapses of a path: sources x targets, w_0 (1 + ...) in mV; NAN: no contact. */
struct ecp_night_synapses {
    float *weight[ECP_PATHS];
};

struct ecp_night_subject {
    const struct ecp_night_setup *setup;
    struct ecp_engram_setup teaching; /* as setup->engram, with the cues of encoding */
    struct ecp_engram_subject engram; /* cells and tags; its `contact` is unused */
    struct ecp_night_synapses before, encoded, ungrown;
    double rate[ECP_AREAS];  /* of tagged cells in pulses of encoding */
    double structure;        /* contacts among tagged cells over chance, mean of DG -> CA3 -> BLA */
    double share[ECP_PATHS]; /* of pairs of tagged cells that have a contact after encoding */
    double strengthened;     /* mean h/w_0 - 1 among tagged cells */
};

struct ecp_night_seeds {
    size_t n;
    double step;
};

/* Subjects encode in context A, with growth and without. */
enum ecp_status ecp_night_encode(struct ecp_experiment *experiment,
                                 const struct ecp_night_setup *setup,
                                 const struct ecp_night_seeds *seeds, double from, double to,
                                 struct ecp_night_subject *subject);

/* Of the synapses among tagged cells after the night. */
struct ecp_night_late {
    double z, theory; /* mean late phase, and by the closed form from each one's early phase */
    double structure; /* as above, of what is there at the test */
    double unpaired;  /* mean late phase of the other synapses */
};
struct ecp_night_asked {
    size_t subjects;
    const struct ecp_night_subject *subject;
    struct ecp_engram_recall *recall; /* put out: subjects x conditions */
    struct ecp_night_late *late;      /* subjects x nights */
};
enum ecp_status ecp_night_ask(struct ecp_experiment *experiment, double from, double to,
                              struct ecp_night_asked *asked);

/* When the block begins in that night, INFINITY: never. */
double ecp_night_block(const struct ecp_night_setup *setup, int night);

/* The late phase of a synapse whose early phase begins at w_0 (1 + early), on a cell that makes
 * proteins as long as its tag lives, if they are blocked from `block` on: by closed forms of
 * rule stc with its defaults (h relaxes with 6884 s, tau_p = tau_z = 1 h). */
double ecp_night_theory(const struct ecp_night_setup *setup, double early, double block);
/* The same, mean of all synapses among a subject's tagged cells as encoding left them. */
double ecp_night_theory_mean(const struct ecp_night_subject *subject, double block);
/* How long its tag lives, ms. */
double ecp_night_tag(const struct ecp_night_setup *setup, double early);

/* ---- inside ---------------------------------------------------------------------------------- */

/* Rule stc for a path, in units of its w_0; its port and delay. */
enum ecp_status ecp_night_plastic(struct ecp_plan *plan, const struct ecp_night_setup *setup,
                                  int path, struct ecp_plan_projection *projection);

/* Parameters of the rules of all paths that change at the beginning of a phase. `begin` makes
 * room for so many parameters, in the plan; `structure`: of the rule that makes contacts. */
struct ecp_night_changes {
    struct ecp_plan *plan;
    struct ecp_plan_change *change;
    size_t n;
};
enum ecp_status ecp_night_changes_begin(struct ecp_plan *plan, size_t parameters,
                                        struct ecp_night_changes *changes);
void ecp_night_change(struct ecp_night_changes *changes, const char *field, int structure,
                      double value);
void ecp_night_changes_apply(const struct ecp_night_changes *changes, struct ecp_plan_phase *phase);

/* Weights of all plastic paths at one time or two (second > first). */
enum ecp_status ecp_night_probe(struct ecp_plan *plan, double first, double second);

int ecp_night_tagged(const struct ecp_night_subject *subject, int path, size_t source,
                     size_t target); /* both cells are */
/* Contacts among tagged cells over those among all, as shares of pairs. */
double ecp_night_structure(const struct ecp_night_subject *subject,
                           const struct ecp_night_synapses *synapses);

#endif
