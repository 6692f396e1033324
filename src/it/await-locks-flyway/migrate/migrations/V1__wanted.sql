alter table wanted add column fresh int;
