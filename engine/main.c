#include "engine/cli.h"

int main(int argc, char **argv)
{
    return ecp_cli_main(argc, argv);
}
