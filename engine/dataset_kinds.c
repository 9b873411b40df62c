#include "engine/dataset_kinds.h"

const struct ecp_dataset_kind ecp_dataset_kinds[] = {
    {"unreadable", ecp_unreadable_is, ecp_unreadable_read},
    {"run", ecp_run_is, ecp_run_read},
    {"NWB", ecp_nwb_is, ecp_nwb_read},
    {"HDF5 matrix", ecp_matrix_is_h5, ecp_matrix_read_h5},
    {"CSV matrix", ecp_matrix_is_csv, ecp_matrix_read_csv},
    {0}};
