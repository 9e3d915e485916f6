//! The schema as the migrations make it, written down for verification to compare with.

use crate::world::World;

#[tokio::test]
async fn the_schema_is_written_down_as_the_migrations_make_it() {
    let world = World::new().await;
    let objects = include_str!("../../migrations/postgres/schema.sql");
    let lines = format!(
        "SELECT name || E'\\t' || definition FROM ({objects}) AS o ORDER BY name COLLATE \"C\""
    );
    // Outside the schema the server names it in what it tells.
    let made = world.sql(&format!("SET search_path = pg_catalog; {lines}"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/schema.tsv");
    if std::env::var_os("STALELA_WRITE_SCHEMA").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(written == made, "{path} is old: run this test once with STALELA_WRITE_SCHEMA=1");
}
