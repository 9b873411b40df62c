/* report.h -- what a run says about itself: a summary to read, one JSON object
 * for programs, and a page to look at. */
#ifndef ECP_REPORT_H
#define ECP_REPORT_H

#include <stdio.h>

#include "engine/forecast.h"
#include "engine/network.h"
#include "engine/plan.h"
#include "engine/recording.h"
#include "engine/score.h"
#include "engine/status.h"

struct ecp_experiment;
struct ecp_memories;
struct ecp_comparisons;

/* All pointers belong to the caller. What a run did not reach is NULL. */
struct ecp_report {
    enum ecp_status status;
    const char *message; /* why it failed, or was stopped; NULL: nothing to say */
    const struct ecp_plan *plan;
    const struct ecp_recording *recording;
    const struct ecp_scores *scores;
    const struct ecp_experiment *experiment; /* NULL: nothing was computed */
    struct ecp_network_facts facts;
    const struct ecp_comparisons *compared; /* NULL: no measures of data sets */
    const struct ecp_memories *memories;    /* NULL: the plan has none */
    int ranks;
    double peak_memory_mb;
    double computed_s; /* wall time of what the scenario computed, beside a network */
    const uint64_t *weights_checksum; /* NULL: not asked for */
    const char *dir;                  /* NULL: no files */
    size_t n_outputs;
    const char *const *output; /* paths of the files that were written */
};

/* Was there a network? */
static inline int ecp_report_has_network(const struct ecp_report *report)
{
    return report->recording && report->recording->n_populations > 0;
}

/* Wall seconds of the run (the build not counted) per model second; NAN. */
double ecp_report_rtf(const struct ecp_report *report);

/* For a person; `colour` 1 puts in the escape sequences of a terminal. */
void ecp_report_print(FILE *to, const struct ecp_report *report, int colour);

/* One JSON object without a line break, to be freed by the caller; undefined
 * and infinite numbers are null. ECP_ENOMEM. */
enum ecp_status ecp_report_json(const struct ecp_report *report, char **out);

/* The same for `ecphory check`. */
enum ecp_status ecp_report_check_json(const struct ecp_plan *plan,
                                      const struct ecp_forecast *forecast, int threads, char **out);

/* DIR/config.cfg; then DIR/run.html, which embeds DIR/raster.svg where there is one, and
 * DIR/run.json, which says that the run is finished: that of an earlier run is removed before
 * anything else of it is replaced. Each file appears when whole. ECP_EIO. */
enum ecp_status ecp_report_remove(const char *dir);
/* DIR/run.json tells of a run that came to its end, with claims that hold or fail. */
int ecp_report_is_final(const char *dir);
enum ecp_status ecp_report_write_config(const struct ecp_report *report);
enum ecp_status ecp_report_write(const struct ecp_report *report);

/* The page itself; `picture` (SVG, `picture_bytes` long) may be NULL. */
void ecp_report_html(FILE *to, const struct ecp_report *report, const char *picture,
                     size_t picture_bytes);

/* Its parts about weights of plastic projections (engine/report_weights.c); nothing
 * where there are none. */
void ecp_report_weights_print(FILE *to, const struct ecp_recording *recording, const char *dim,
                              const char *plain);
void ecp_report_weights_html(FILE *to, const struct ecp_recording *recording,
                             void (*escaped)(FILE *, const char *));

/* Its parts about what a scenario computed (engine/report_computed.c): the results that no
 * claim shows; and with its tables and figures on the page. */
void ecp_report_computed_print(FILE *to, const struct ecp_report *report, const char *dim,
                               const char *plain);
void ecp_report_computed_html(FILE *to, const struct ecp_report *report);
/* Recalls of memories (engine/report_memory.c). */
void ecp_report_memories_print(FILE *to, const struct ecp_report *report, const char *dim,
                               const char *plain);
void ecp_report_memories_html(FILE *to, const struct ecp_report *report);
/* Text and bytes on the page. */
void ecp_report_escaped(FILE *to, const char *text);
void ecp_report_base64(FILE *to, const unsigned char *bytes, size_t n);
/* The whole of a file, malloc'd, or NULL. */
char *ecp_report_slurp(const char *dir, const char *name, size_t *bytes);

/* Write `text` to DIR/NAME under a temporary name, then rename. ECP_EIO. */
enum ecp_status ecp_report_file(const char *dir, const char *name, const char *text);

/* ---- numbers for people ------------------------------------------------ */

struct ecp_words {
    char text[40];
};

struct ecp_words ecp_words_count(double n);     /* 298,880,941 */
struct ecp_words ecp_words_number(double x);    /* 4 digits; "undefined" for NAN */
struct ecp_words ecp_words_bytes(double bytes); /* 1.24 GB */
struct ecp_words ecp_words_seconds(double s);   /* 850 ms, 7.5 s, 3 min 20 s, 2 h 05 min */
struct ecp_words ecp_words_band(double low, double high); /* 3.9 to 4.8, at least 2, any */

#endif
