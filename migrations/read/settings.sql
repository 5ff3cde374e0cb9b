-- What a client stores for its user.
create table settings (
    user_id uuid primary key,
    -- A JSON object; none once the user's key is destroyed.
    settings json,
    -- Last sequence of stream `settings-{user}`.
    version bigint not null
);
