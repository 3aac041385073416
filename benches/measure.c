/* Runs commands in turns (A B A B ...) and prints one line a run: which, wall nanoseconds, peak memory in KiB, page faults.
 * A separate small program because a child inherits the peak memory of the process that starts it: started from an
 * interpreter, every child would seem as large as the interpreter.
 *
 *   measure ROUNDS -- [NAME=VALUE...] COMMAND... [-- [NAME=VALUE...] COMMAND...]...
 *
 * A command's environment is set here and not by env(1), whose start would be measured. */

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_COMMANDS 16

extern char **environ;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void run(int which, char **command, const posix_spawn_file_actions_t *actions) {
    pid_t child;
    int status;
    struct rusage usage;
    for (; strchr(*command, '=') != NULL; command++) putenv(*command);
    long long started = now();
    if (posix_spawn(&child, command[0], actions, NULL, command, environ) != 0) exit(1);
    if (wait4(child, &status, 0, &usage) != child) exit(1);
    long long took = now() - started;
    if (status != 0) {
        fprintf(stderr, "%s: status %d\n", command[0], status);
        exit(1);
    }
    printf("%d %lld %ld %ld\n", which, took, usage.ru_maxrss, usage.ru_minflt + usage.ru_majflt);
}

int main(int count, char **arguments) {
    char **commands[MOST_COMMANDS];
    int known = 0;
    for (int at = 2; at < count; at++) {
        if (strcmp(arguments[at], "--") != 0) continue;
        if (known == MOST_COMMANDS) return 2;
        arguments[at] = NULL;
        commands[known++] = &arguments[at + 1];
    }
    if (known == 0) return 2;

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (int rounds = atoi(arguments[1]); rounds > 0; rounds--)
        for (int which = 0; which < known; which++) run(which, commands[which], &actions);
    return 0;
}
