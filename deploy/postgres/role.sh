#!/bin/sh
# Make the role that Dossier uses, once, when the server's data is made: it makes its own databases and the role that
# serves, and is bound by row-level security.
set -eu
psql --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv password DATABASE_PASSWORD
CREATE ROLE dossier LOGIN CREATEDB CREATEROLE NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
SQL
