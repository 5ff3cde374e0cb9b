-- A receipt holds no text that somebody wrote or is written to: no erasure reaches it. Those of who asked, signed in, to have
-- their email verified held it, `[email, verified]`. They hold the answer now; those of who had no email, and was refused, go.

update log.receipts set answer = json_build_object('verified', answer->1)
where case when json_typeof(answer) = 'array' then answer->>0 like '%@%' and json_typeof(answer->1) = 'boolean' end;
delete from log.receipts
where case when json_typeof(answer) = 'array' then json_typeof(answer->0) = 'null' and json_typeof(answer->1) = 'boolean' end;
