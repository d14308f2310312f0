"""Django's PostgreSQL, made to take whatever text SQLite takes (`base`)."""
