-- The span that a task came of, as W3C Trace Context writes it, so that whoever runs the task goes on with its trace.
alter table task add column traceparent text;
