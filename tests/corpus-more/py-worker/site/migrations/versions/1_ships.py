"""ships"""
import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    op.create_table("ships", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(80), nullable=False))
    op.execute("insert into ships (name) values ('Vasa')")


def downgrade():
    op.drop_table("ships")
