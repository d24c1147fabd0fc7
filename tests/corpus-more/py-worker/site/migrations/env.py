from alembic import context
from sqlalchemy import engine_from_config, pool

configuration = context.config
with engine_from_config(configuration.get_section("alembic"), prefix="sqlalchemy.", poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
