/* silent_engram_brain.h -- the spiking network of the scenarios silent_engram and
 * silent_engram_key_value: one subject, what it learns, what becomes of it, and how it is
 * tested. Also the list of conditions that both share.
 *
 * Areas EC -> DG -> CA3 -> BLA. A synapse is w = w_0 c G: contact c (0 or 1; made by
 * structural plasticity, needs no protein synthesis) and gain G (1, or more after
 * consolidation, which needs it). Times in ms, weights and potentials in mV, rates in Hz. */
#ifndef ECP_SILENT_ENGRAM_BRAIN_H
#define ECP_SILENT_ENGRAM_BRAIN_H

#include <stddef.h>
#include <stdint.h>

#include "engine/experiment.h"

enum { ECP_EC, ECP_DG, ECP_CA3, ECP_BLA, ECP_AREAS };
enum { ECP_PATHS = ECP_AREAS - 1 }; /* path k leads from area k to area k + 1 */
extern const char *const ecp_engram_area[ECP_AREAS];

/* What is done to a subject after learning. */
enum ecp_engram_fate {
    ECP_FATE_SALINE,
    ECP_FATE_BLOCKED,    /* protein synthesis blocked */
    ECP_FATE_CUT_OUTPUT, /* blocked, and DG -> CA3 silenced at the test */
    ECP_FATE_CUT_INPUT,  /* blocked, and EC -> DG silenced at the test */
    ECP_FATE_RESCUE_DG,  /* blocked, then spines of engram cells grown in DG */
    ECP_FATE_RESCUE,     /* and in all areas */
    ECP_FATE_UNTAUGHT,   /* cells are tagged, no contacts are made */
    ECP_FATES
};

/* How it is asked. The powers of the light fall. */
enum ecp_engram_test {
    ECP_TEST_NATURAL, /* context A */
    ECP_TEST_OTHER,   /* context B */
    ECP_TEST_HIGH,    /* light on engram cells of DG */
    ECP_TEST_MID,
    ECP_TEST_LOW,
    ECP_TESTS
};
enum { ECP_POWERS = 3, ECP_CONDITIONS = 16, ECP_DAYS = 2 };

/* What is compared: the same in the spiking network and in the memory. */
struct ecp_engram_condition {
    const char *name, *label; /* in tables; under the axis of a figure */
    enum ecp_engram_fate fate;
    enum ecp_engram_test test;
};
extern const struct ecp_engram_condition ecp_engram_conditions[ECP_CONDITIONS];

/* Positions in that list. */
enum {
    ECP_SALINE_NATURAL,
    ECP_SALINE_OTHER,
    ECP_SALINE_HIGH,
    ECP_SALINE_MID,
    ECP_SALINE_LOW,
    ECP_BLOCKED_NATURAL,
    ECP_BLOCKED_OTHER,
    ECP_BLOCKED_HIGH,
    ECP_BLOCKED_MID,
    ECP_BLOCKED_LOW,
    ECP_CUT_OUTPUT_HIGH,
    ECP_CUT_INPUT_HIGH,
    ECP_RESCUE_DG_NATURAL,
    ECP_RESCUE_NATURAL,
    ECP_UNTAUGHT_NATURAL,
    ECP_UNTAUGHT_HIGH
};

/* Hours and days after learning. */
struct ecp_engram_timeline {
    double consolidation; /* gains grow from 0 to here, evenly, while proteins are made */
    double block_from, block_for;
    double test[ECP_DAYS];
    double contact_tau, gain_tau; /* with which they are lost again; 0: never */
};

/* ECP_ECONFIG, with the key: phases overlap, tests are missing. */
enum ecp_status ecp_engram_timeline_check(const struct ecp_engram_timeline *timeline);
/* Share of the growth of gains that happens, given a block (or none). */
double ecp_engram_consolidated(const struct ecp_engram_timeline *timeline, int blocked);

struct ecp_engram_setup {
    size_t size[ECP_AREAS];
    size_t cued;               /* EC cells of each context: the first are A's, then B's */
    size_t engram[ECP_AREAS];  /* cells that are driven while it learns; [ECP_EC] unused */
    double contact[ECP_PATHS]; /* probability of a contact before learning */
    double learnt[ECP_PATHS];  /* by how much it rises between tagged cells */
    double weight[ECP_PATHS];  /* w_0 */
    double gain, rescue;       /* G after consolidation; after growth of spines */
    double noise, bias;        /* sd of the membrane, mean drive */
    double inhibition;         /* of each cell by a spike of any in its area */
    double background, cue;    /* Hz of EC cells, of cued ones on average */
    double cue_share;          /* of a context's cells that its cue has in tests */
    double volley, period;     /* volleys of the cue; volley = period: none, all even */
    double power[ECP_POWERS];  /* probability that a light pulse makes a cell fire */
    double allocation, us;     /* drive of DG and CA3, of BLA cells while it learns */
    double teach, tag_sd, tag_hz;
    double settle, test, dt;
    struct ecp_engram_timeline time;
};

/* The defaults of the scenario silent_engram. */
struct ecp_engram_setup ecp_engram_setup_default(void);
/* ECP_ECONFIG, with the key: engrams or cues larger than their areas, and so on. */
enum ecp_status ecp_engram_setup_check(const struct ecp_engram_setup *setup);

/* Wiring and tags of one animal; memory is the experiment's. */
struct ecp_engram_subject {
    const struct ecp_engram_setup *setup;
    uint64_t seed;
    uint8_t *contact[ECP_PATHS]; /* sources x targets: enum below */
    uint8_t *driven[ECP_AREAS];  /* cells, 1: driven while it learns */
    uint8_t *tagged[ECP_AREAS];  /* cells, 1: fired above threshold then */
    size_t n_tagged[ECP_AREAS];
    double threshold[ECP_AREAS]; /* Hz */
    double tagged_driven;        /* share of driven cells that are tagged, and of tagged ones */
    double driven_tagged;        /* that were driven */
};
enum { ECP_NO_CONTACT, ECP_CONTACT_OLD, ECP_CONTACT_LEARNT };

struct ecp_engram_seeds {
    size_t n; /* subjects */
    double step;
};

/* Draw the wiring of subjects, let them learn in context A, tag what fired, make contacts.
 * Each draws from its seed alone: that of the experiment + k step. */
enum ecp_status ecp_engram_learn(struct ecp_experiment *experiment,
                                 const struct ecp_engram_setup *setup,
                                 const struct ecp_engram_seeds *seeds, double until,
                                 struct ecp_engram_subject *subject);

/* What a test shows. */
struct ecp_engram_recall {
    double engram[ECP_AREAS], other[ECP_AREAS]; /* mean rates, Hz; EC: of tagged cells */
    double index;    /* (engram - other)/(engram + other + 1 Hz) in BLA */
    double freezing; /* 1/(1 + exp(-(engram - 5 Hz)/1.5 Hz)) in BLA */
    double quality;  /* (engram - other in BLA)/engram in DG; NAN: DG silent */
    double overlap;  /* share of tagged cells of DG, CA3, BLA that are active again */
    double chance;   /* share of all cells that are active */
    double bits;     /* mutual information of being tagged and active, bits a cell */
};

/* Spikes of the test for a picture: at most `room`; the first `shown` ms after settling. */
struct ecp_engram_raster {
    double shown;
    size_t room, n[ECP_AREAS];
    double *time[ECP_AREAS], *row[ECP_AREAS];
};

/* All subjects, in all conditions, on both days: a network for each fate and day, whose tests
 * follow each other. */
struct ecp_engram_asked {
    size_t subjects;
    const struct ecp_engram_subject *subject;
    struct ecp_engram_raster *raster; /* NULL, or for each condition; those with room are filled
                                         with what the first subject did on the first day */
    struct ecp_engram_recall *recall[ECP_DAYS]; /* put out: subjects x conditions */
    double *structure[ECP_DAYS]; /* subjects x fates: contacts among tagged cells over chance */
};
enum ecp_status ecp_engram_ask(struct ecp_experiment *experiment, double from, double to,
                               struct ecp_engram_asked *asked);

/* ---- inside ------------------------------------------------------------------------------- */

/* A stretch of a run. */
struct ecp_engram_trial {
    const char *name;
    int context;  /* 1: A, 2: B, 0: neither */
    double power; /* of the light, 0: off */
    int teach;    /* cells of the engram are driven */
    double duration;
};

/* Cells of all areas, inhibition and noise, background of EC, a probe of spikes of each area; no
 * paths. Then phases, cues, light and drive of the trials, after the phases that are there. */
enum ecp_status ecp_engram_add_cells(struct ecp_plan *plan, const struct ecp_engram_setup *setup);
enum ecp_status ecp_engram_add_trials(struct ecp_plan *plan,
                                      const struct ecp_engram_subject *subject, int day,
                                      const struct ecp_engram_trial *trial, size_t n);

/* A plan that holds the subject's network as it is after `fate` on `day` (-1: before learning)
 * and runs the trials; the caller destroys it. */
enum ecp_status ecp_engram_plan(const struct ecp_engram_subject *subject, enum ecp_engram_fate fate,
                                int day, const struct ecp_engram_trial *trial, size_t n_trials,
                                struct ecp_plan **out);

/* Room for tags, and which cells are driven while the subject learns; memory is the
 * experiment's. */
enum ecp_status ecp_engram_draw_cells(struct ecp_experiment *experiment,
                                      struct ecp_engram_subject *subject);

/* Tags cells that fire more than tag_sd sd over the mean of their area at rest; ms. ECP_ECONFIG:
 * none of an area do, or all. */
struct ecp_engram_stretch {
    double start, stop;
};
enum ecp_status ecp_engram_tag(struct ecp_engram_subject *subject,
                               const struct ecp_recording *recording,
                               struct ecp_engram_stretch rest, struct ecp_engram_stretch learn);

/* A test of that kind, and what it shows that begins at `start`. ECP_ENOMEM. */
struct ecp_engram_trial ecp_engram_trial_of(const struct ecp_engram_setup *setup,
                                            enum ecp_engram_test test);
enum ecp_status ecp_engram_measure(const struct ecp_engram_subject *subject,
                                   const struct ecp_recording *recording, double start,
                                   struct ecp_engram_recall *out);

/* Contacts of a path that are there after the fate, by the day: kind of each, as `contact`. */
uint8_t ecp_engram_contact_now(const struct ecp_engram_subject *subject, enum ecp_engram_fate fate,
                               int day, int path, size_t source, size_t target);
/* And their gain. */
double ecp_engram_gain_now(const struct ecp_engram_subject *subject, enum ecp_engram_fate fate,
                           int day, int path, size_t source, size_t target);

#endif
