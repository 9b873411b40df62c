/* dataset_read.h -- files into data sets: NWB, runs of ecphory and other SONATA spikes,
 * matrices in HDF5 and CSV. */
#ifndef ECP_DATASET_READ_H
#define ECP_DATASET_READ_H

#include "engine/dataset.h"

/* What of a file is wanted. */
struct ecp_dataset_request {
    const char *path;       /* "FILE", "DIR" of a run, or "FILE:/GROUP/DATASET" */
    const char *name;       /* in tables; NULL: made from the path */
    const char *by;         /* column of trials that says what was shown; for runs "phase"; for
                               matrices a dataset along the rows. NULL: the only one that is likely */
    const char *population; /* of a file with several; NULL: all of them side by side */
    double from, to;        /* ms from the onset of each trial: spikes are counted there; NAN: all
                               of the trial */
    int keep_trains;        /* keep the spike times, too */
};

/* Recognises the kind of file by what is in it. Responses are rates in Hz where they come
 * from spikes. ECP_EIO: missing, truncated, foreign; ECP_ECONFIG: what the sentence says and
 * what there is (times out of order or in another unit, no such column, several
 * populations ...). */
enum ecp_status ecp_dataset_read(const struct ecp_dataset_request *request,
                                 struct ecp_dataset **out);

/* A short name for tables: "C2" of "dir/hmax.h5:/rdms/C2", "hmax" of "dir/hmax.h5"; letters,
 * digits, - and _. */
enum { ECP_DATASET_NAME = 48 };
void ecp_dataset_short_name(const char *path, char name[ECP_DATASET_NAME]);

/* A run: units are the neurons whose spikes are recorded ("E.17", labels "population" and
 * "index"), conditions the phases that count, in their order. Phases "NAME--1", "NAME--2" ...
 * are repeats of the condition NAME. A spike belongs to the window in which the middle of its
 * step lies, and that is its time in the trains. The window may reach beyond the phase, not
 * beyond the run. `by` is not looked at. The set copies what it keeps. ECP_ECONFIG: no such
 * population, no spikes, the window; ECP_ENOMEM (also before it is tried, with the numbers). */
struct ecp_recording;
enum ecp_status ecp_dataset_of_recording(const struct ecp_recording *recording,
                                         const struct ecp_dataset_request *request,
                                         struct ecp_dataset **out);

#endif
