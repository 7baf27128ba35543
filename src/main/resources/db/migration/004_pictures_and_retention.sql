-- Folders of pictures that nodes share. One is known by what it holds, so that it may change its node or its address.
create table place (
    id      uuid primary key,
    -- where the node that has the folder now answers other nodes
    url     text not null,
    seen    timestamptz not null default now(),
    -- the pictures that it had before it was first shared have been entered
    adopted boolean not null default false,
    -- silent for so long that its pictures got new copies
    lost    boolean not null default false
) with (fillfactor = 50);

-- Pictures that more than one node should know of. Stays empty where nothing is shared.
create table picture (
    path    text primary key,
    -- the attempt that made it; null for one that was there before its folder was shared
    task_id uuid,
    attempt integer,
    place   uuid,
    copy    uuid,
    -- in object storage
    stored  boolean not null default false,
    -- named by its task's row
    kept    boolean not null default false,
    -- to be deleted wherever it is; the row goes last, so that nobody takes the name before
    gone    boolean not null default false,
    made    timestamptz not null default now()
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

create index picture_uncopied on picture (place, made) where kept and not gone and not stored and copy is null;
create index picture_unkept on picture (place, task_id) where not kept;
create index picture_gone on picture (path) where gone;
-- for what happens when a place is lost
create index picture_place on picture (place);
create index picture_copy on picture (copy) where copy is not null;

-- How far the deletion of old images has come, by task id.
create table retention (images_done bigint not null);
insert into retention values (0);

-- What nodes prove to each other when they are given no cluster.secret: whoever reads it may change every task anyway.
create table cluster_secret (secret text not null);
insert into cluster_secret values (replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));
