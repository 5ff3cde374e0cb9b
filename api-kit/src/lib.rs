//! What both HTTP edges share: problems, sign-in, limits, paging, telemetry.
