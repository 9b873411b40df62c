/* fuzz_nwb.c -- an NWB file with odd contents becomes a data set or one sentence, no more.
 *
 * An input is a list of changes to a small whole file. They go through HDF5, so that what is
 * fuzzed is our reading and not that library.
 *
 *   byte 0   what is asked for: --by, --population
 *   byte 1   window; bit 7: matrix inside the file instead
 *   then     changes: what (1), of which path (1), and as many bytes as that takes
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/dataset_read.h"
#include "tests/nwb_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 6, UNITS = 4, MOST_VALUES = 32, LONGEST = 5 };

static const char *const paths[] = {"units/spike_times",
                                    "units/spike_times_index",
                                    "units/id",
                                    "units/obs_intervals",
                                    "units/obs_intervals_index",
                                    "units/region",
                                    "units/electrodes",
                                    "units/electrodes_index",
                                    "units/unit_name",
                                    "units/spike_times_index_index",
                                    "intervals/trials/start_time",
                                    "intervals/trials/stop_time",
                                    "intervals/trials/id",
                                    "intervals/trials/stimulus",
                                    "intervals/trials/angle",
                                    "intervals/trials/tags",
                                    "intervals/trials/tags_index",
                                    "intervals/trials/stimulus_onset",
                                    "intervals/trials/session",
                                    "intervals/epochs/start_time",
                                    "intervals/epochs/id",
                                    "intervals/x_presentations/start_time",
                                    "general/extracellular_ephys/electrodes/id",
                                    "general/extracellular_ephys/electrodes/x",
                                    "general/extracellular_ephys/electrodes/location",
                                    "processing/ecephys/units",
                                    "units",
                                    "intervals/trials",
                                    "intervals",
                                    "nwb_version",
                                    "rdms/m",
                                    "rdms/m_name",
                                    "matrix",
                                    "spikes/times",
                                    "spikes/times_index",
                                    "spikes/row_unit",
                                    "spikes/row_shown"};
enum { PATHS = sizeof paths / sizeof paths[0] };

static const char *const words[] = {"a", "b", "", "IT", "nan", "a_b", "12", "--1"};

struct changes {
    const uint8_t *data;
    size_t size, at;
};

static unsigned next(struct changes *c)
{
    return c->at < c->size ? c->data[c->at++] : 0;
}

static void check(int fine)
{
    if (!fine)
        abort();
}

/* ---- the file ------------------------------------------------------------------------------ */

static hid_t make_base(const char *path)
{
    static const double times[6] = {0.1, 0.25, 3.5, 1.125, 5.5, 2.5}, ends[UNITS] = {3, 3, 5, 6};
    static const double starts[ROWS] = {0, 1, 2, 3, 4, 5}, stops[ROWS] = {1, 2, 3, 4, 5, 6};
    const hid_t file = nwb_create(path);
    const hid_t units = nwb_group(file, "units"), trials = nwb_group(file, "intervals/trials");
    nwb_numbers(units, "id", H5T_STD_I64LE, UNITS, ends);
    nwb_numbers(units, "spike_times", H5T_IEEE_F64LE, 6, times);
    nwb_numbers(units, "spike_times_index", H5T_STD_U16LE, UNITS, ends);
    nwb_words(units, "region", 4, UNITS, (const char *const[]){"V1", "V1", "IT", "IT"});
    nwb_numbers(trials, "id", H5T_STD_I64LE, ROWS, starts);
    nwb_numbers(trials, "start_time", H5T_IEEE_F32LE, ROWS, starts);
    nwb_numbers(trials, "stop_time", H5T_IEEE_F64LE, ROWS, stops);
    nwb_words(trials, "stimulus", 0, ROWS, words);
    return file;
}

/* ---- changes ------------------------------------------------------------------------------- */

static double odd_value(unsigned byte)
{
    static const double odd[] = {NAN,  INFINITY, -INFINITY, -1,     0x1p63, 1e300,
                                 1e-3, -0.25,    0x1p32,    1e-300, 1e6,    0x1p53};
    return byte < 128   ? byte / 8.0
           : byte < 224 ? byte - 128.0
                        : odd[byte % (sizeof odd / sizeof odd[0])];
}

static hid_t odd_type(unsigned which)
{
    switch (which % 10) {
    case 0:
        return H5Tcopy(H5T_IEEE_F64LE);
    case 1:
        return H5Tcopy(H5T_IEEE_F32BE);
    case 2:
        return H5Tcopy(H5T_STD_U8LE);
    case 3:
        return H5Tcopy(H5T_STD_U64BE);
    case 4:
        return H5Tcopy(H5T_STD_I16LE);
    case 5:
        return H5Tcopy(H5T_STD_REF_OBJ);
    case 6: {
        const hid_t type = H5Tcreate(H5T_COMPOUND, 16);
        (void)H5Tinsert(type, "count", 0, H5T_NATIVE_INT);
        (void)H5Tinsert(type, "time", 8, H5T_NATIVE_DOUBLE);
        return type;
    }
    default: {
        const hid_t type = H5Tcopy(H5T_C_S1);
        (void)H5Tset_size(type, which % 10 == 7 ? H5T_VARIABLE : which % 10 == 8 ? 1 : 5);
        return type;
    }
    }
}

static void write_values(struct changes *c, hid_t set, hid_t type, size_t n)
{
    const char *text[MOST_VALUES];
    char fixed[MOST_VALUES * LONGEST] = {0};
    double value[MOST_VALUES];
    const H5T_class_t class = H5Tget_class(type);
    const size_t length = H5Tget_size(type) < LONGEST ? H5Tget_size(type) : LONGEST;
    for (size_t k = 0; k < n; k++) {
        const unsigned byte = next(c);
        value[k] = odd_value(byte);
        text[k] = words[byte % 8];
        for (size_t i = 0; i < length && text[k][i]; i++)
            fixed[k * length + i] = text[k][i];
    }
    if (class == H5T_INTEGER || class == H5T_FLOAT)
        (void)H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value);
    else if (class == H5T_STRING)
        (void)H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       H5Tis_variable_str(type) > 0 ? (const void *)text : (const void *)fixed);
}

static void replace(struct changes *c, hid_t file, const char *path)
{
    const unsigned which = next(c), rank = next(c) % 6;
    hsize_t size[5] = {1, 1, 1, 1, 1};
    size_t n = 1;
    for (unsigned k = 0; k < rank; k++) {
        size[k] = next(c) % 8;
        n *= (size_t)size[k];
    }
    if (n > MOST_VALUES)
        return;
    (void)H5Ldelete(file, path, H5P_DEFAULT);
    const hid_t type = odd_type(which), links = H5Pcreate(H5P_LINK_CREATE);
    const hid_t space = which >= 250 ? H5Screate(H5S_NULL)
                        : rank == 0  ? H5Screate(H5S_SCALAR)
                                     : H5Screate_simple((int)rank, size, NULL);
    (void)H5Pset_create_intermediate_group(links, 1);
    const hid_t set = H5Dcreate2(file, path, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    if (set >= 0) {
        if (which < 240)
            write_values(c, set, type, n);
        (void)H5Dclose(set);
    }
    (void)H5Sclose(space);
    (void)H5Pclose(links);
    (void)H5Tclose(type);
}

/* A dataset that says that it is huge, with hardly anything in it. */
static void declare_much(struct changes *c, hid_t file, const char *path)
{
    const hsize_t size = (hsize_t)1 << next(c) % 48, chunk = 16;
    const hid_t space = H5Screate_simple(1, &size, NULL), how = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_chunk(how, 1, &chunk);
    (void)H5Ldelete(file, path, H5P_DEFAULT);
    const hid_t set = H5Dcreate2(file, path, H5T_IEEE_F64LE, space, H5P_DEFAULT, how, H5P_DEFAULT);
    const hsize_t first = 0, one = 1;
    const double value = odd_value(next(c));
    const hid_t memory = H5Screate_simple(1, &one, NULL);
    (void)H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, NULL, &one, NULL);
    if (set >= 0) {
        (void)H5Dwrite(set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, &value);
        (void)H5Dclose(set);
    }
    (void)H5Sclose(memory);
    (void)H5Sclose(space);
    (void)H5Pclose(how);
}

static void change(struct changes *c, hid_t file)
{
    const unsigned what = next(c);
    const char *path = paths[next(c) % PATHS];
    switch (what % 8) {
    case 0:
        (void)H5Ldelete(file, path, H5P_DEFAULT);
        break;
    case 1: {
        const char *to = paths[next(c) % PATHS];
        char target[96];
        (void)snprintf(target, sizeof target, "/%s", to);
        (void)H5Ldelete(file, path, H5P_DEFAULT);
        (void)H5Lcreate_soft(target, file, path, H5P_DEFAULT, H5P_DEFAULT);
        break;
    }
    case 2:
        (void)H5Lmove(file, path, file, paths[next(c) % PATHS], H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 3:
        (void)H5Adelete(file, "nwb_version");
        if (next(c) & 1)
            nwb_text_attribute(file, "nwb_version", words[next(c) % 8]);
        break;
    case 4:
        declare_much(c, file, path);
        break;
    default:
        replace(c, file, path);
    }
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Everything that a set says it has can be looked at. */
static void look(const struct ecp_dataset *set)
{
    const size_t trials = set->n_trials > 0 ? set->n_trials : 1;
    size_t letters = 0;
    double sum = 0;
    for (size_t k = 0; set->mean && k < set->n_conditions * set->n_units; k++)
        sum += set->mean[k];
    for (size_t t = 0; t < set->n_trials; t++)
        check(set->trial_condition[t] < set->n_conditions && set->trial_session[t] < set->n_trials);
    for (size_t k = 0; set->train && k < trials * set->n_units; k++)
        for (size_t i = 0; i < set->train[k].n; i++) {
            const double time = set->train[k].time[i];
            check(time >= set->start - 1e-6 * (1 + fabs(time)) || set->n_trials == 0);
            check(i == 0 || time >= set->train[k].time[i - 1]);
        }
    for (size_t k = 0; set->condition && k < set->n_conditions; k++)
        letters += strlen(set->condition[k]);
    for (size_t k = 0; set->unit && k < set->n_units; k++)
        letters += strlen(set->unit[k]);
    for (size_t k = 0; k < set->n_condition_labels; k++) {
        const struct ecp_label *label = &set->condition_label[k];
        check((label->word == NULL) != (label->number == NULL));
        for (size_t j = 0; j < set->n_conditions; j++)
            letters += label->word ? strlen(label->word[j]) : label->number[j] > 0;
    }
    for (size_t k = 0; k < set->n_unit_labels; k++)
        for (size_t j = 0; j < set->n_units; j++)
            letters += set->unit_label[k].word ? strlen(set->unit_label[k].word[j]) : 1;
    for (size_t k = 0; k < set->n_rdms * set->n_conditions * (set->n_conditions - 1) / 2; k++)
        sum += set->rdm[k];
    check(isnan(sum) || letters < SIZE_MAX);
}

static void read_it(const char *path, unsigned asked, unsigned window)
{
    static const char *const by[] = {NULL,          "stimulus",           "angle+stimulus",
                                     "trials/tags", "stimulus@stop_time", "epochs",
                                     "/+@",         "x_presentations"};
    static const char *const population[] = {NULL, "IT", "region=V1", "location=IT"};
    static const double from[] = {NAN, 0, -500, 100}, to[] = {NAN, 500, 0.5, 1e9};
    static const char *const inside[] = {":/rdms/m", ":/matrix", ":/spikes", ":/"};
    char name[128];
    (void)snprintf(name, sizeof name, "%s%s", path, window & 128 ? inside[window % 4] : "");
    const struct ecp_dataset_request request = {.path = name,
                                                .by = by[asked % 8],
                                                .population = population[asked / 8 % 4],
                                                .from = from[window % 4],
                                                .to = to[window / 4 % 4],
                                                .keep_trains = asked & 64 ? 0 : 1};
    struct ecp_dataset *set = NULL;
    ecp_error_clear();
    const enum ecp_status status = ecp_dataset_read(&request, &set);
    const char *message = ecp_error_message();
    check(status == ECP_OK ? message[0] == '\0' && set != NULL
                           : message[0] != '\0' && !strchr(message, '\n') && set == NULL);
    if (set)
        look(set);
    ecp_dataset_destroy(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct changes c = {data, size, 2};
    char path[64];
    if (size < 2)
        return 0;
    (void)snprintf(path, sizeof path, "%s/fuzz_nwb_%ld.nwb",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const hid_t file = make_base(path);
    check(file >= 0);
    while (c.at < c.size)
        change(&c, file);
    (void)H5Fclose(file);
    read_it(path, data[0], data[1]);
    check(size > 2 || data[0] > 1 || data[1] > 0 || ecp_error_message()[0] == '\0');
    (void)unlink(path);
    return 0;
}
