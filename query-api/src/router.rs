//! Every route of the read edge.

use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Queries;
use crate::audit::holds::{get_hold, list_holds};
use crate::audit::list_events;
use crate::audit::past::{
    get_room as get_past_room, list_members as list_past_members, list_messages as list_past_messages,
};
use crate::audit::provenance::get_provenance;
use crate::bans::list_bans;
use crate::calls::{get_call, get_ice_servers, list_calls};
use crate::erasures::{audit_erasure, get_erasure};
use crate::files::{get_content, get_file, list_permissions};
use crate::invites::list_invites;
use crate::messages::{get_message, list_messages, list_readers, list_versions};
use crate::roles::get_role;
use crate::rooms::{
    explain_permissions, get_member, get_membership, get_room, list_members, list_public_rooms, list_rooms,
};
use crate::search::search_messages;
use crate::stream::open_stream;
use crate::tree::{get_checkpoint, get_checkpoint_key, get_tile, prove_consistency, prove_inclusion};
use crate::users::{
    export_own_data, get_account, get_own_account, get_settings, list_blocks, list_sessions, list_users,
};

/// Every route of the read edge. `HEAD` is answered as `GET` is, without the body.
pub fn router(queries: Queries) -> OpenApiRouter {
    routes().with_state(queries)
}

/// What the routes are, for the document of the whole API.
pub fn document() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<Queries> {
    OpenApiRouter::new()
        .routes(routes!(list_sessions::handle))
        .routes(routes!(get_own_account::handle))
        .routes(routes!(export_own_data::handle))
        .routes(routes!(get_settings::handle))
        .routes(routes!(list_blocks::handle))
        .routes(routes!(get_account::handle))
        .routes(routes!(list_users::handle))
        .routes(routes!(list_rooms::handle))
        .routes(routes!(list_public_rooms::handle))
        .routes(routes!(get_room::handle))
        .routes(routes!(get_role::handle))
        .routes(routes!(list_members::handle))
        .routes(routes!(get_member::handle))
        .routes(routes!(get_membership::handle))
        .routes(routes!(list_bans::handle))
        .routes(routes!(list_invites::handle))
        .routes(routes!(get_call::handle))
        .routes(routes!(list_calls::handle))
        .routes(routes!(get_ice_servers::handle))
        .routes(routes!(explain_permissions::handle))
        .routes(routes!(list_messages::handle))
        .routes(routes!(get_message::handle))
        .routes(routes!(list_versions::handle))
        .routes(routes!(list_readers::handle))
        .routes(routes!(get_file::handle))
        .routes(routes!(get_content::handle))
        .routes(routes!(list_permissions::handle))
        .routes(routes!(get_erasure::handle))
        .routes(routes!(audit_erasure::handle))
        .routes(routes!(search_messages::handle))
        .routes(routes!(list_events::handle))
        .routes(routes!(get_past_room::handle))
        .routes(routes!(list_past_members::handle))
        .routes(routes!(list_past_messages::handle))
        .routes(routes!(get_provenance::handle))
        .routes(routes!(list_holds::handle))
        .routes(routes!(get_hold::handle))
        .routes(routes!(get_checkpoint::handle))
        .routes(routes!(get_checkpoint_key::handle))
        .routes(routes!(get_tile::handle))
        .routes(routes!(prove_inclusion::handle))
        .routes(routes!(prove_consistency::handle))
        .routes(routes!(open_stream::handle))
}
