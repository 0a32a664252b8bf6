-- A database of one service, its owner (migrations, rebuilds) and its application role. Can be run again.
-- The same for the embedded default and for containers: psql -v service=NAME, passwords in the environment.
\set ON_ERROR_STOP on
\getenv owner_password LABINOV_OWNER_PASSWORD
\getenv app_password LABINOV_APP_PASSWORD
\set owner :service _owner
\set app :service _app

SELECT format('CREATE ROLE %I', name) FROM (VALUES (:'owner'), (:'app')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE :"owner" LOGIN PASSWORD :'owner_password';
ALTER ROLE :"app" LOGIN PASSWORD :'app_password';

SELECT format('CREATE DATABASE %I OWNER %I', :'service', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"service" TO :"app";
