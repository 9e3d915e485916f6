/* Syncs that take as long as those of another disk: tools/slow-disk compiles this and puts it before
   the C library's own. The data is synced all the same, and what a sync takes here counts. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

static long least_nanoseconds;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void) {
    const char *microseconds = getenv("STALELA_SYNC_MICROSECONDS");
    least_nanoseconds = microseconds ? strtol(microseconds, NULL, 10) * 1000 : 0;
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
}

static int sync_slowly(int (*really)(int), int file) {
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += least_nanoseconds % 1000000000;
    end.tv_sec += least_nanoseconds / 1000000000 + end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    int result = really(file);
    int said = errno;
    /* By default the kernel lets a sleeper sleep 50 microseconds longer than it asked for. */
    prctl(PR_SET_TIMERSLACK, 1UL);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) {
    }
    errno = said;
    return result;
}

int fsync(int file) {
    return sync_slowly(real_fsync, file);
}

int fdatasync(int file) {
    return sync_slowly(real_fdatasync, file);
}
