-- Who was erased after read models were where they are: these do not know yet what to purge. Few, found by when it was.
create or replace view keys.erased as
    select erased_user as user_id, destroyed_at from keys.key where erased_user is not null;
create index key_erased_at on keys.key (destroyed_at) where erased_user is not null;
