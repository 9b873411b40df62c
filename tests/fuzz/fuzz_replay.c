/* fuzz_replay.c -- run a fuzz target over the files of a folder, without
 * libFuzzer: the short form that every test run has. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = -1;
    uint8_t *data = NULL;
    int failed = 1;
    if (file && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size >= 0 && fseek(file, 0, SEEK_SET) == 0)
        data = malloc((size_t)size + 1);
    if (data && fread(data, 1, (size_t)size, file) == (size_t)size) {
        (void)LLVMFuzzerTestOneInput(data, (size_t)size);
        failed = 0;
    }
    if (failed)
        (void)fprintf(stderr, "%s: cannot be read\n", path);
    free(data);
    if (file)
        (void)fclose(file);
    return failed;
}

int main(int argc, char **argv)
{
    char path[4096];
    size_t n = 0;
    int failed = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        (void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        failed |= replay(path);
        n++;
    }
    (void)closedir(folder);
    (void)printf("%zu inputs\n", n);
    return failed || n == 0;
}
