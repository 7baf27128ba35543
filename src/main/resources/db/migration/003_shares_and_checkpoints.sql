-- Finds the last tag of an owner whose tasks wait. Tags are 0 where no shares are counted, and then it stays empty.
create index task_share on task (owner, fair_tag) where state = 'pending' and fair_tag > 0;

-- Whether there are rows in checkpoint for it.
alter table task add column checkpointed boolean not null default false;

-- How far the images of long tasks have come, so that another node goes on where one died.
create table checkpoint (
    task    bigint not null references task (id) on delete cascade,
    image   integer not null,
    -- the lease under which it was written; an older one overwrites nothing
    attempt integer not null,
    step    integer not null,
    -- the sampler's
    state   bytea not null,
    -- what the prompts were encoded to; written once
    input   bytea not null,
    primary key (task, image)
) with (fillfactor = 50);
-- latents don't compress, and compressing them would take longer than writing them
alter table checkpoint alter column state set storage external;
alter table checkpoint alter column input set storage external;

-- A trigger, so that no end leaves them behind.
create function drop_checkpoints() returns trigger language plpgsql as $$
begin
    delete from checkpoint where task = new.id;
    return null;
end $$;

create trigger task_ended_forgets after update of finished on task for each row
    when (old.finished is null and new.finished is not null and new.checkpointed)
    execute function drop_checkpoints();
