-- How far signed heads of the record were brought to places outside of it.

create table record.pushed (
    -- SHA-256 of the place, in hex: an address may hold a secret.
    target text primary key,
    -- `log.head.origin`: which history of the log.
    origin uuid not null,
    -- The newest head that is there.
    size bigint not null
);

grant select, insert, update on record.pushed to hansard_sealer;
grant select on record.pushed to hansard_reader;

-- A head that is there is signed again once there is another key.
grant update on record.checkpoint to hansard_sealer;
