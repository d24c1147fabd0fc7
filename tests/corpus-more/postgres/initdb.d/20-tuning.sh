psql -v ON_ERROR_STOP=1 -d postgres -c "ALTER SYSTEM SET log_min_duration_statement = '2s'"
