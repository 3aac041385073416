#!/bin/sh
# Two people and a service account, side by side. README command one runs it against the emulator:
#   cargo run --quiet -- emulator exec -- sh docs/tour.sh
set -eu
PS4='$ '
set -x
datumctl login --quiet --context acme/staging-d4e5f6
datumctl login --quiet --context hopper-labs/compiler-g7h8i9
datumctl login --quiet --credentials "$EMULATOR_CREDENTIALS_FILE" --no-context
datumctl auth list
datumctl auth switch ada@example.com
datumctl whoami
datumctl auth get-token
datumctl logout --all
