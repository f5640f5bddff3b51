#!/bin/sh
# Creates Convoke's role and database, if they are not there: database.sh HOST PORT, with the superuser's password in
# PGPASSWORD and the role's in CONVOKE_PASSWORD.
set -eu
export PGHOST="$1" PGPORT="$2" PGUSER=postgres PGDATABASE=postgres
until psql -qc 'SELECT 1' >/dev/null 2>&1; do sleep 1; done
psql -q -v ON_ERROR_STOP=1 -v password="$CONVOKE_PASSWORD" <<'SQL'
SELECT 'CREATE ROLE convoke LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'convoke') \gexec
ALTER ROLE convoke PASSWORD :'password';
SELECT 'CREATE DATABASE convoke OWNER convoke ENCODING UTF8 TEMPLATE template0'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'convoke') \gexec
SQL
