#!/bin/sh
# Builds the images of the Dockerfile, and runs one of them. DATUM_CREDENTIALS_FILE names the key's file.
set -eu
: "${DATUM_CREDENTIALS_FILE:?}" "${DATUM_PROJECT:?}"
image=registry.example.com/web

docker build --target datumctl --tag "$image/datumctl:0.1.0" .
docker build --target zones --tag "$image/zones:latest" \
    --secret "id=datum,src=$DATUM_CREDENTIALS_FILE" --build-arg DATUM_PROJECT .

# As the user whose file it is: nobody else may read it.
docker run --rm --read-only --tmpfs /tmp --user "$(id -u):$(id -g)" \
    --mount "type=bind,source=$DATUM_CREDENTIALS_FILE,target=/run/secrets/datum.json,readonly" \
    --env DATUM_CREDENTIALS_FILE=/run/secrets/datum.json --env DATUMCTL_HOME=/tmp/datumctl --env DATUM_PROJECT \
    "$image/datumctl:0.1.0" datumctl get dnszones
