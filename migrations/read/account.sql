-- Accounts, as their owners and others see them. No credential is here.
create table account (
    id uuid primary key,
    -- None of an account without one, and once the user's key is destroyed.
    email text,
    -- Whether they proved that they read what is mailed to it.
    email_verified boolean not null,
    -- None once the user's key is destroyed.
    display_name text,
    -- The file of their picture; it may be gone.
    avatar_file_id uuid,
    -- What they are found by: the name without case and accents, and the email without case; none where that is none.
    folded text collate "C",
    email_folded text collate "C",
    -- Whether anybody can sign in to it.
    password_set boolean not null,
    -- Sessions of another generation are dead, but for the kept one.
    generation bigint not null,
    kept_session uuid,
    -- Instance roles, sorted: `admin`, `auditor`.
    roles text[] not null,
    -- Whether an administrator keeps them from signing in.
    suspended boolean not null,
    -- The administrator who would make them an auditor, and until when another can confirm it.
    auditor_proposed_by uuid,
    auditor_proposed_until timestamptz,
    created_at timestamptz not null,
    -- Whether it was erased: nobody's, and nobody's again.
    erased boolean not null,
    -- Last sequence of stream `user-{id}`.
    version bigint not null
);

-- Indexes.

-- Whom a message mentions: people by their names, without regard to case; the oldest account first.
create index if not exists account_by_name on account (lower(display_name), id);
-- People in the order of their names: enough to find a part of a name without looking at the table.
create index if not exists account_by_folded on account (folded, id);
-- Who has an email.
create index if not exists account_by_email on account (email_folded);
