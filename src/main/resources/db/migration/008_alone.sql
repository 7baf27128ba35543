-- Finds the first task of the queue that is to run alone, in the queue's order. Nearly always empty.
create index task_alone on task (priority desc, fair_tag, id) where state = 'pending' and crashes > 0;
