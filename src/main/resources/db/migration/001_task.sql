-- Every task that was ever accepted and not deleted.
create table task (
    id              bigint generated always as identity primary key,
    task_id         uuid not null unique,
    kind            text not null,
    owner           text not null,
    state           text not null default 'pending'
                    check (state in ('pending', 'running', 'finished', 'stopped', 'failed', 'timed_out')),
    priority        integer not null default 0,
    -- orders tasks of one priority between owners; all alike until shares are counted
    fair_tag        double precision not null default 0,
    model           text not null,
    prompt          text not null,
    -- json, not jsonb: it travels as the text it came as, and nothing in the database looks inside
    request         json not null,
    result          json,
    error           text,
    images          integer not null,
    -- the fencing token: what a worker says under an older one is refused
    attempt         integer not null default 0,
    crashes         integer not null default 0,
    node            uuid,
    lease_until     timestamptz,
    stop_requested  boolean not null default false,
    idempotency_key text,
    submitted       timestamptz not null default now(),
    started         timestamptz,
    finished        timestamptz,
    check ((finished is not null) = (state not in ('pending', 'running'))),
    check ((lease_until is not null) = (state = 'running'))
) with (
    -- leases are renewed in place: lease_until and stop_requested stand in no index
    fillfactor = 90,
    -- rows change twice and then rest, so the queue's indexes gather dead entries by the number of tasks, not by the
    -- size of the history
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 1
);

create unique index task_idempotency on task (owner, idempotency_key) where idempotency_key is not null;
create index task_claim on task (priority desc, fair_tag, id) where state = 'pending';
create index task_running on task (id) where state = 'running';
create index task_active on task (id) where finished is null;
create index task_submitted on task (submitted);
-- history: entered once, at the end, so that submitting and claiming never pay for them
create index task_ended on task (id) where finished is not null;
create index task_ended_by_owner on task (owner, id) where finished is not null;
create index task_ended_by_model on task (model, id) where finished is not null;
create index task_ended_otherwise on task (state, id) where finished is not null and state <> 'finished';

-- Blocks of 2048 ids that the tally has looked at, without a gap between the first and the last. A block is open while
-- a task in it has not ended, and again after a task in it was deleted.
create table tally_block (
    block bigint primary key,
    open  boolean not null
);
create index tally_block_open on tally_block (block) where open;

-- How many ended tasks a block that is not open has: page 50,000 is found by adding these instead of walking the rows.
create table tally (
    block     bigint not null,
    owner     text, -- null: of all owners
    finished  integer not null,
    stopped   integer not null,
    failed    integer not null,
    timed_out integer not null,
    unique nulls not distinct (owner, block)
);
create index tally_of_block on tally (block);
