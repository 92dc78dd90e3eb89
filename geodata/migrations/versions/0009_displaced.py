"""Whether the points of this store were displaced on their way in."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Whether the points of this store were displaced on their way in."""


def downgrade() -> None:
    """Take it back."""
