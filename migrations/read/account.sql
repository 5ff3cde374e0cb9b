-- Accounts, as their owners and others see them. No credential is here.
create table account (
    id uuid primary key,
    -- None of an account without one, and once the user's key is destroyed.
    email text,
    -- None once the user's key is destroyed.
    display_name text,
    -- Whether anybody can sign in to it.
    password_set boolean not null,
    -- Sessions of another generation are dead, but for the kept one.
    generation bigint not null,
    kept_session uuid,
    -- Instance roles, sorted: `admin`, `auditor`.
    roles text[] not null,
    created_at timestamptz not null,
    -- Last sequence of stream `user-{id}`.
    version bigint not null
);
