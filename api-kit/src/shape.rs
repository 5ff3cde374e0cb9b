//! The resources of the contract, as both edges answer them.

mod erasure;
mod file;
mod message;
mod room;
mod user;

pub use erasure::{Destroyed, Erasure, ErasureFacts, ErasureKind, ErasureStatus, EventProof};
pub use file::{File, FilePermission};
pub use message::{Data, Entity, EntityType, ForwardedFrom, Message, MessageStatus, MessageType, Reaction};
pub use room::{Membership, My, PermissionName, Role, RolePermissions, Room, RoomType, Visibility};
pub use user::{Administration, InstanceRole, Me, Proposal, User};
