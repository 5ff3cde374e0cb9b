-- Sign-ins. A session lives if it is not ended, not expired, and of its account's generation or kept by it; rows are
-- not touched when a generation ends.
create table session (
    id uuid primary key,
    user_id uuid not null,
    -- SHA-256 of the token's secret, in hex.
    secret_sha256 text not null,
    generation bigint not null,
    -- None once it is ended, as nobody is shown it any more, and once the user's key is destroyed.
    ip text,
    user_agent text,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended boolean not null,
    -- Last sequence of stream `session-{id}`.
    version bigint not null
);

-- Indexes.

-- One's own sessions.
create index if not exists session_by_user on session (user_id, id) where not ended;
