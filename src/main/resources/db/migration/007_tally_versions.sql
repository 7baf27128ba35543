-- Nodes remember how many tasks the blocks have. Each change of a block gets a higher number than all before it, also
-- when a node of an older release makes it; whoever changes blocks holds the tally's lock, so that numbers become visible
-- in their order.
create sequence tally_version;
alter table tally_block add column version bigint not null default 0;
create index tally_block_version on tally_block (version);

create function number_tally_block() returns trigger language plpgsql as $$
begin
    new.version := nextval('tally_version');
    return new;
end $$;

create trigger tally_block_changes before insert or update on tally_block for each row
    execute function number_tally_block();
