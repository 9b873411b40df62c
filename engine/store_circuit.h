/* store_circuit.h -- parts of SONATA circuits (private). */
#ifndef ECP_STORE_CIRCUIT_H
#define ECP_STORE_CIRCUIT_H

#include "engine/store_h5.h"

/* version, magic. */
void ecp_circuit_root(struct ecp_h5_writer *writer);

#endif
