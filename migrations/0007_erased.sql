-- Who is erased, for what asks that of many at once: few, whatever the number of keys. A query of the keys themselves may
-- be planned as a look at every one of them.
create view keys.erased as select erased_user as user_id from keys.key where erased_user is not null;
grant select on keys.erased to hansard_projector, hansard_reader, hansard_writer;
