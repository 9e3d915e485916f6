//! Tiles of hashes, for anybody.

use axum::extract::{Path, State};
use axum::response::Response;
use proof::{TilePath, hash_tile};

use crate::app::App;
use crate::problem::{NO_SUCH_RESOURCE, Problem};

/// `tile/<level>/<index>[.p/<width>]`: what is there never changes, so anybody may keep it.
pub(super) async fn tile(
    State(app): State<App>,
    Path((id, level, index)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let outlet = super::outlet(&id)?;
    let nothing = || Problem::new(NO_SUCH_RESOURCE);
    let path = TilePath::parse(&format!("{level}/{index}")).ok_or_else(nothing)?;
    let nodes = app.ledger().tile(&outlet, path).await?.ok_or_else(nothing)?;
    Ok(super::lasting("public, max-age=31536000, immutable", hash_tile(&nodes)))
}
