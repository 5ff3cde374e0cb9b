-- What is held as somebody forwarded it is looked for among the claims, also by who only reads.
grant select on log.claims to hansard_reader;
