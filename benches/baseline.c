/* The least work that answers `auth get-token` from files: read the index that says which credential is active, read
 * credentials.json, find that credential's access token, print it. It trusts both files, looks at no expiry and parses
 * nothing it does not need, so it is a floor and not a rival.
 *
 *   baseline INDEX CREDENTIALS */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USER_KEY "\"key\":\""

static char index_text[64 * 1024], credentials_text[1024 * 1024];

static void read_file(const char *path, char *text, size_t size) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, text, size - 1);
    if (length < 0) exit(1);
    text[length] = '\0';
    close(file);
}

/* What follows the first `mark` in `text`. */
static char *after(char *text, const char *mark) {
    char *found = strstr(text, mark);
    if (!found) exit(1);
    return found + strlen(mark);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    read_file(arguments[1], index_text, sizeof index_text);
    read_file(arguments[2], credentials_text, sizeof credentials_text);

    char *key = after(index_text, USER_KEY) - 1; /* with its opening quote, to miss keys that end alike */
    key[1 + strcspn(key + 1, "\"")] = '\0';
    char *credential = after(credentials_text, key);
    char *token = after(credential, "\\\"access_token\\\":\\\"");
    size_t length = strcspn(token, "\\\"");
    token[length] = '\n';
    return write(STDOUT_FILENO, token, length + 1) == (ssize_t)length + 1 ? 0 : 1;
}
