alter table wanted add column fresher int;
