"""All tables of the first version, spatial indexes included."""

import sqlalchemy as sa
from alembic import op

from geodata.base import Geometry

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_GEOMETRIES = [
    ("area", "geometry"),
    ("facility", "geometry"),
    ("household", "geometry"),
    ("street_edge", "geometry"),
    ("watcher", "geometry"),
    ("watcher", "service_area"),
]
_TABLES = [
    "watcher_result",
    "household_result",
    "assignment",
    "watcher",
    "street_edge",
    "import_log",
    "household",
    "facility",
    "dataset",
    "audit_event",
    "area",
    "analysis_run",
    "agreement",
]
_BOX = ", ".join(f"geometry_{edge}(NEW.geometry)" for edge in ("min_x", "max_x", "min_y", "max_y"))


def upgrade() -> None:
    """Create every table."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    _create_tables()
    if postgresql:
        for table, column in _GEOMETRIES:
            op.create_index(f"gist_{table}_{column}", table, [column], postgresql_using="gist")
    else:
        _create_street_tree()


def downgrade() -> None:
    """Drop every table."""
    for table in _TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE street_edge_rtree")


def _create_street_tree() -> None:
    op.execute("CREATE VIRTUAL TABLE street_edge_rtree USING rtree(fid, min_x, max_x, min_y, max_y)")
    op.execute(
        "CREATE TRIGGER street_edge_tree_insert AFTER INSERT ON street_edge BEGIN "
        f"INSERT INTO street_edge_rtree VALUES (NEW.fid, {_BOX}); END"
    )
    op.execute(
        "CREATE TRIGGER street_edge_tree_update AFTER UPDATE OF geometry ON street_edge BEGIN "
        f"INSERT OR REPLACE INTO street_edge_rtree VALUES (NEW.fid, {_BOX}); END"
    )
    op.execute(
        "CREATE TRIGGER street_edge_tree_delete AFTER DELETE ON street_edge BEGIN "
        "DELETE FROM street_edge_rtree WHERE fid = OLD.fid; END"
    )


def _create_tables() -> None:
    op.create_table(
        "agreement",
        sa.Column("agreement_id", sa.String(length=40), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=False),
        sa.Column("helped_district", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_agreement")),
    )
    op.create_table(
        "analysis_run",
        sa.Column("run_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("season", sa.String(length=8), nullable=False),
        sa.Column("reference_date", sa.Date(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_analysis_run")),
        sa.UniqueConstraint("revision", "season", "reference_date", name="one_run_a_state"),
    )
    op.create_table(
        "area",
        sa.Column("area_id", sa.String(length=80), nullable=False),
        sa.Column("layer", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kana", sa.String(length=120), nullable=True),
        sa.Column("municipality_code", sa.String(length=5), nullable=True),
        sa.Column("household_count", sa.Integer(), nullable=True),
        sa.Column("edition", sa.String(length=20), nullable=True),
        sa.Column("geometry", Geometry("MULTIPOLYGON"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "layer IN ('boundary', 'community', 'school', 'neighbourhood')",
            name=op.f("ck_area_known_area_layer"),
        ),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_area")),
        sa.UniqueConstraint("layer", "code", name="area_code_once_a_layer"),
    )
    op.create_index(op.f("ix_area_layer"), "area", ["layer"], unique=False)
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("object_kind", sa.String(length=24), nullable=False),
        sa.Column("object_count", sa.Integer(), nullable=False),
        sa.Column("object_hash", sa.String(length=64), nullable=True),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_event")),
    )
    op.create_table(
        "dataset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("municipality_code", sa.String(length=5), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=True),
        sa.Column("reference_date", sa.Date(), nullable=False),
        sa.Column("metric_epsg", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_dataset_one_dataset_a_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset")),
    )
    op.create_table(
        "facility",
        sa.Column("facility_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=True),
        sa.Column("geometry", Geometry("POINT"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('consultation_centre', 'gathering_place', 'shelter', 'community_centre', 'school')",
            name=op.f("ck_facility_known_facility_kind"),
        ),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_facility")),
    )
    op.create_table(
        "household",
        sa.Column("household_id", sa.String(length=40), nullable=False),
        sa.Column("geometry", Geometry("POINT"), nullable=False),
        sa.Column("household_type", sa.String(length=40), nullable=True),
        sa.Column("visits_per_month", sa.Double(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("consent", sa.Integer(), nullable=False),
        sa.Column("needs", sa.String(length=200), nullable=True),
        sa.Column("community_district", sa.String(length=60), nullable=True),
        sa.Column("school_district", sa.String(length=60), nullable=True),
        sa.Column("neighbourhood", sa.String(length=60), nullable=True),
        sa.Column("border_distance_m", sa.Double(), nullable=True),
        sa.Column("district_answers", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("consent BETWEEN 0 AND 4", name=op.f("ck_household_consent_level_known")),
        sa.CheckConstraint("visits_per_month >= 0", name=op.f("ck_household_need_not_negative")),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_household_weight_not_negative")),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_household")),
    )
    op.create_index(
        op.f("ix_household_community_district"), "household", ["community_district"], unique=False
    )
    op.create_index(op.f("ix_household_school_district"), "household", ["school_district"], unique=False)
    op.create_table(
        "import_log",
        sa.Column("import_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("layer", sa.String(length=24), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_import_log")),
    )
    op.create_table(
        "street_edge",
        sa.Column("fid", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("edge_id", sa.String(length=100), nullable=False),
        sa.Column("u", sa.String(length=40), nullable=False),
        sa.Column("v", sa.String(length=40), nullable=False),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("elevation_u_m", sa.Double(), nullable=True),
        sa.Column("elevation_v_m", sa.Double(), nullable=True),
        sa.Column("highway", sa.String(length=60), nullable=True),
        sa.Column("is_steps", sa.Boolean(), nullable=False),
        sa.Column("is_bridge", sa.Boolean(), nullable=False),
        sa.Column("snow_cleared", sa.Boolean(), nullable=False),
        sa.Column("geometry", Geometry("LINESTRING"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_street_edge")),
        sa.UniqueConstraint("edge_id", name=op.f("uq_street_edge_edge_id")),
    )
    op.create_table(
        "watcher",
        sa.Column("watcher_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("geometry", Geometry("POINT"), nullable=True),
        sa.Column("service_area", Geometry("GEOMETRY"), nullable=True),
        sa.Column("organisation", sa.String(length=60), nullable=True),
        sa.Column("district", sa.String(length=60), nullable=True),
        sa.Column("visits_per_month", sa.Double(), nullable=False),
        sa.Column("reach_m", sa.Double(), nullable=True),
        sa.Column("skills", sa.String(length=200), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("term_end", sa.Date(), nullable=True),
        sa.Column("reports_to", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('welfare_commissioner', 'community_promoter', 'neighbour', 'casual_volunteer', "
            "'student', 'npo', 'company', 'delivery_firm', 'shop')",
            name=op.f("ck_watcher_known_watcher_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'vacant', 'ended')", name=op.f("ck_watcher_known_watcher_status")
        ),
        sa.CheckConstraint("reach_m >= 0", name=op.f("ck_watcher_reach_not_negative")),
        sa.CheckConstraint("visits_per_month >= 0", name=op.f("ck_watcher_capacity_not_negative")),
        sa.PrimaryKeyConstraint("watcher_id", name=op.f("pk_watcher")),
    )
    op.create_index(op.f("ix_watcher_district"), "watcher", ["district"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("assignment_id", sa.String(length=140), nullable=False),
        sa.Column("watcher_id", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("visits_per_month", sa.Double(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('primary', 'backup')", name=op.f("ck_assignment_known_role")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.household_id"], name=op.f("fk_assignment_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["watcher_id"], ["watcher.watcher_id"], name=op.f("fk_assignment_watcher_id_watcher")
        ),
        sa.PrimaryKeyConstraint("assignment_id", name=op.f("pk_assignment")),
        sa.UniqueConstraint(
            "watcher_id", "household_id", "role", "valid_from", name="one_link_of_a_role_at_a_time"
        ),
    )
    op.create_index(op.f("ix_assignment_household_id"), "assignment", ["household_id"], unique=False)
    op.create_index(op.f("ix_assignment_watcher_id"), "assignment", ["watcher_id"], unique=False)
    op.create_table(
        "household_result",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("gap_class", sa.String(length=20), nullable=True),
        sa.Column("gap_classes", sa.String(length=160), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.household_id"],
            name=op.f("fk_household_result_household_id_household"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["analysis_run.run_id"],
            name=op.f("fk_household_result_run_id_analysis_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "household_id", name=op.f("pk_household_result")),
    )
    op.create_table(
        "watcher_result",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("watcher_id", sa.String(length=40), nullable=False),
        sa.Column("in_office", sa.Boolean(), nullable=False),
        sa.Column("delivered", sa.Double(), nullable=False),
        sa.Column("promised", sa.Double(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["analysis_run.run_id"],
            name=op.f("fk_watcher_result_run_id_analysis_run"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["watcher_id"], ["watcher.watcher_id"], name=op.f("fk_watcher_result_watcher_id_watcher")
        ),
        sa.PrimaryKeyConstraint("run_id", "watcher_id", name=op.f("pk_watcher_result")),
    )
