-- Names of files whose keys are destroyed: which generations may still hold them.

create table projection.purge_name (
    generation integer not null references projection.generation on delete cascade,
    file_id uuid not null,
    -- Of the event that ended the file.
    position bigint not null,
    primary key (generation, file_id)
);
-- Whether a receipt has to wait.
create index purge_name_of on projection.purge_name (position);
-- Once a name is purged its row goes: files are many.
grant select, insert, delete on projection.purge_name to hansard_projector;
grant select on projection.purge_name to hansard_reader;
