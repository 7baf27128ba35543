-- What a task keeps to beside its request.
alter table task
    -- how long it may run, in milliseconds; null: as long as the server lets it
    add column time_limit     bigint,
    -- when it has waited too long by its own terms; null: when the server says so
    add column expires        timestamptz,
    add column webhook_url    text,
    -- what stands before /outputs/ in what the webhook is sent
    add column base_url       text,
    -- of the request as it was sent: the same idempotency key must come with the same
    add column request_digest text,
    -- what it makes a device compute, such as 65536:euler:1:16:1; null: not known when it came
    add column work           text,
    -- what a running task has saved so far
    add column saved          json;

create index task_expires on task (expires) where state = 'pending' and expires is not null;

-- The outbox: one row for each ended task that has somebody to tell, written by the statement that ends it.
create table webhook (
    task         bigint primary key references task (id) on delete cascade,
    url          text not null,
    host         text not null,
    state        text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
    attempts     integer not null default 0,
    -- when to try; while a node tries, when another may; null once it is settled
    due          timestamptz default now(),
    last_attempt timestamptz,
    status       integer,
    error        text,
    check ((due is null) = (state <> 'pending'))
);
create index webhook_due on webhook (due) where due is not null;

-- A trigger rather than part of the statements that end tasks, so that no end can be without it.
create function enter_webhook() returns trigger language plpgsql as $$
begin
    insert into webhook (task, url, host)
    values (new.id, new.webhook_url, lower(coalesce(substring(new.webhook_url from '^[^:]+://(?:[^/?#]*@)?([^/?#]+)'), '')));
    return null;
end $$;

create trigger task_ended_tells after update of finished on task for each row
    when (old.finished is null and new.finished is not null and new.webhook_url is not null)
    execute function enter_webhook();

-- How fast models were: milliseconds of a step, and of an image beside its steps.
create table pace (
    model        text not null,
    pixels       integer not null,
    sampler      text not null,
    guided       boolean not null,
    step_millis  double precision not null,
    image_millis double precision not null,
    images       integer not null,
    measured     timestamptz not null default now(),
    primary key (model, pixels, sampler, guided)
);
