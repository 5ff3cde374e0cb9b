//! Read models: projections, their runner, rebuild and verify.
