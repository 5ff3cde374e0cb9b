//! The resources of the contract, as both edges answer them.

mod message;
mod room;
mod user;

pub use message::{Data, Message, MessageStatus, MessageType, Reaction};
pub use room::{My, PermissionName, Role, RolePermissions, Room, RoomType, Visibility};
pub use user::{InstanceRole, Me, User};
