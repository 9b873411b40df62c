#include "engine/blas_kernels.h"
#include "engine/cli.h"

int main(int argc, char **argv)
{
    ecp_blas_kernels_choose(argv);
    return ecp_cli_main(argc, argv);
}
