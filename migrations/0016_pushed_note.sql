-- A head that is signed anew, with other keys, is brought to where it was once more.

alter table record.pushed
    -- The newest head that is there, as it was signed; none of what was brought there before this was kept.
    add column note text;
