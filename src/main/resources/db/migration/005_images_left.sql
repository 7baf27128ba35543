-- Tasks that the deletion of old images has passed because they had not ended, or ended late: to be looked at again, so
-- that one which waits keeps nobody else's images.
create table retention_left (task bigint primary key references task (id) on delete cascade);
