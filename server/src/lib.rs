//! The one binary: settings, roles, lifecycle, admin and auditor commands.
