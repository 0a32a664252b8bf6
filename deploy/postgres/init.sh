#!/bin/sh
# Run once by the container of PostgreSQL when its data is created: a database and two roles for each service.
set -eu
create() {
    LABINOV_OWNER_PASSWORD=$2 LABINOV_APP_PASSWORD=$3 \
        psql -X -q --username "$POSTGRES_USER" --dbname postgres -v service="$1" -f /opt/labinov/service.sql
}
create submission "$SUBMISSION_OWNER_PASSWORD" "$SUBMISSION_APP_PASSWORD"
create review "$REVIEW_OWNER_PASSWORD" "$REVIEW_APP_PASSWORD"
create showcase "$SHOWCASE_OWNER_PASSWORD" "$SHOWCASE_APP_PASSWORD"
